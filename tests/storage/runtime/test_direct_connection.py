"""A prepared statement runs straight on the driver and gives what SQLAlchemy gives for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, bindparam, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime import direct_connection
from storage.runtime.direct_connection import LONGEST_LIST, DirectResult, run_directly
from storage.runtime.engine import Database, insert_in, put, put_all
from storage.schema import Instant, known_groups

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
KEY = ["chat_id"]
IDS = bindparam("given_ids", type_=BigInteger(), expanding=True)
GROUPS = select(known_groups.c.chat_id, known_groups.c.title, known_groups.c.seen_at).order_by(known_groups.c.chat_id)
THESE = GROUPS.where(known_groups.c.chat_id.in_(IDS), known_groups.c.title == "a group")
ALL = GROUPS.order_by(None)
EITHER = ALL.union_all(ALL.where(known_groups.c.chat_id == 2)).order_by("chat_id")
COUNTED = select(func.count()).select_from(known_groups)
SEEN = (
    update(known_groups)
    .where(known_groups.c.chat_id.in_(IDS))
    .values(seen_at=bindparam("given_at", type_=Instant()))
    .returning(known_groups.c.seen_at)
)


def group(number: int, at: datetime = AT) -> dict[str, object]:
    return {"chat_id": number, "title": "a group", "seen_at": at}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that went straight to the driver."""
    texts: list[str] = []
    ready = direct_connection.DirectConnection.ready

    def noted(*asked: Any) -> Any:
        if found := ready(*asked):
            texts.append(found.sql)
        return found

    monkeypatch.setattr(direct_connection.DirectConnection, "ready", noted)
    return texts


def again(statement: Any) -> Any:
    """The same statement, prepared and not."""
    return run_directly(statement._clone()), statement._clone()


async def test_rows_are_as_sqlalchemy_reads_them(db: Database, ran: list[str]) -> None:
    async with db.write() as conn:
        await put_all(conn, known_groups, KEY, [group(1), group(2), group(3)])
    asked: list[tuple[Any, dict[str, object]]] = [
        (GROUPS, {}),
        (THESE, {"given_ids": [3, 1]}),
        (THESE, {"given_ids": (2,)}),
        (THESE, {"given_ids": []}),
        (EITHER, {}),
        (COUNTED, {}),
        (SEEN, {"given_ids": [1], "given_at": AT.astimezone(timezone(timedelta(hours=8)))}),
    ]
    reads: list[Callable[[Any], Any]] = [
        lambda found: found.all(),
        lambda found: found.first(),
        lambda found: found.scalars().all(),
        lambda found: [dict(row) for row in found.mappings()],
        lambda found: [row._asdict() for row in found],
        lambda found: list(found.keys()),
    ]
    async with db.write() as conn:
        for statement, values in asked:
            direct, other = again(statement)
            ran.clear()
            for read in reads:
                assert read(await conn.execute(direct, values)) == read(await conn.execute(other, values))
            assert len(ran) == len(reads)


async def test_how_many_rows_were_written_is_known(db: Database, ran: list[str]) -> None:
    one, _ = again(insert_in("postgresql" if not db.is_sqlite else "sqlite", known_groups).on_conflict_do_nothing())
    later, _ = again(update(known_groups).where(known_groups.c.chat_id > 1).values(title="another"))
    async with db.write() as conn:
        assert (await conn.execute(one, group(1))).rowcount == 1
        assert (await conn.execute(one, [group(1)])).rowcount == 0
        await conn.execute(one, [group(2), group(3)])
        assert (await conn.execute(later)).rowcount == 2
    assert len(ran) == 4


async def test_what_is_put_replaces_what_was_there(db: Database, ran: list[str]) -> None:
    later = AT + timedelta(hours=1)
    async with db.write() as conn:
        await put(conn, known_groups, KEY, group(1))
        await put_all(conn, known_groups, KEY, [group(1, later), group(2)])
        found = (await conn.execute(select(known_groups.c.seen_at).order_by(known_groups.c.chat_id))).scalars().all()
    assert (found, len(ran)) == ([later, AT], 2)


async def test_what_only_sqlalchemy_can_do_it_does(db: Database, ran: list[str]) -> None:
    direct, _ = again(THESE)
    table = Table("known_groups", MetaData(), *(Column(name, Integer) for name in KEY), Column("title", default="none"))
    with_default = run_directly(insert(table))
    async with db.write() as conn:
        await put(conn, known_groups, KEY, group(1))
        ran.clear()
        assert len((await conn.execute(direct, {"given_ids": list(range(LONGEST_LIST + 1))})).all()) == 1
        assert len((await conn.execute(direct, {"given_ids": {1}})).all()) == 1
        async with conn.begin_nested():
            assert len((await conn.execute(direct, {"given_ids": [1]})).all()) == 1
        compiled = await conn.run_sync(
            lambda sync: direct_connection._run_of(sync.dialect, with_default, {"chat_id": 2}, many=False)
        )
    assert (compiled, ran) == (None, [])


async def test_who_listens_for_statements_hears_of_prepared_ones(db: Database) -> None:
    heard: list[str] = []
    direct, _ = again(COUNTED)
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *what: heard.append(what[2].split()[0]))
    async with db.read() as conn:
        await conn.execute(direct)
    assert heard == ["SELECT"]


async def test_an_error_is_sqlalchemys_and_names_no_values(db: Database) -> None:
    nowhere = Table("nowhere", MetaData(), Column("n", Integer))
    missing, double = run_directly(select(nowhere)), run_directly(insert(known_groups))
    with pytest.raises(DBAPIError, match="nowhere"):
        async with db.write() as conn:
            await conn.execute(double, group(1))
            await conn.execute(missing)
    with pytest.raises(IntegrityError) as refused:
        async with db.write() as conn:
            await conn.execute(double, group(1))
            await conn.execute(double, group(1))
    assert "a group" not in str(refused.value)
    async with db.read() as conn:  # nothing of either was kept, and the connection is as good as before
        assert (await conn.execute(run_directly(COUNTED._clone()))).scalar_one() == 0


async def test_a_table_may_be_changed_under_a_running_program(postgresql_db: Database) -> None:
    """PostgreSQL then refuses a statement that was made ready before, once."""
    table = Table("changed", MetaData(), Column("n", BigInteger))
    counted = run_directly(select(table.c.n))

    async def change(how: str) -> None:
        async with postgresql_db.write() as conn:
            raw: Any = (await conn.get_raw_connection()).driver_connection
            await raw.execute(how)

    async def ask(conn: AsyncConnection) -> list[Any]:
        return list((await conn.execute(counted)).all())

    await change("CREATE TABLE changed (n INTEGER)")
    async with postgresql_db.read() as conn:
        assert await ask(conn) == []
    await change("ALTER TABLE changed ALTER COLUMN n TYPE BIGINT")
    with pytest.raises(DBAPIError):
        async with postgresql_db.read() as conn:
            await ask(conn)
    async with postgresql_db.read() as conn:
        result = await conn.execute(counted)
        assert isinstance(result, DirectResult) and not result.all()
