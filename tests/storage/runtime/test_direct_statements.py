"""Statements that go straight to the driver do what they would do through SQLAlchemy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, bindparam, event, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.direct_statements import as_given, ask, given_rows, tell
from storage.runtime.engine import Database, is_unavailable
from storage.schema import Instant, known_groups

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAMES = ("chat_id", "title", "seen_at")
KEEP = known_groups.insert().values(given_rows(known_groups, NAMES, 1)[0])
KEEP_TWO = known_groups.insert().values(given_rows(known_groups, NAMES, 2)).returning(known_groups.c.chat_id)
GROUPS = select(known_groups.c.chat_id, known_groups.c.title, known_groups.c.seen_at).order_by(known_groups.c.chat_id)
THESE = GROUPS.where(
    known_groups.c.chat_id.in_(bindparam("given_ids", type_=BigInteger(), expanding=True)),
    known_groups.c.title == "a group",
)
COUNTED = select(func.count().label("n")).select_from(known_groups)
DROP = known_groups.delete()


def group(number: int, at: datetime = AT) -> dict[str, object]:
    return {"chat_id": number, "title": "a group", "seen_at": at}


async def keep(conn: AsyncConnection, *numbers: int) -> None:
    await tell(conn, KEEP, [as_given([group(number)]) for number in numbers])


async def ids(db: Database) -> list[int]:
    async with db.read() as conn:
        [rows] = await ask(conn, (GROUPS, {}))
        return [row.chat_id for row in rows]


async def test_values_and_rows_are_converted(db: Database) -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=8)))
    async with db.write() as conn:
        [made] = await ask(conn, (KEEP_TWO, as_given([group(1, elsewhere), group(2)])))
        await keep(conn, 3, 4)
    assert {row.chat_id for row in made} == {1, 2}
    async with db.read() as conn:
        few, several, none, [counted] = await ask(
            conn,
            (THESE, {"given_ids": [1]}),
            (THESE, {"given_ids": [4, 2, 3]}),
            (THESE, {"given_ids": []}),
            (COUNTED, {}),
        )
        same = (await conn.execute(THESE, {"given_ids": [4, 2, 3]})).all()
    assert [tuple(row) for row in few] == [(1, "a group", AT)]
    assert [tuple(row) for row in several] == [tuple(row) for row in same]
    assert (none, counted.n) == ([], 4)


async def test_values_beside_a_list_are_stored_as_all_others(db: Database) -> None:
    """An instant in another form would be earlier or later than the same one to SQLite."""
    is_one = known_groups.c.chat_id.in_(bindparam("given_ids", type_=BigInteger(), expanding=True))
    seen = known_groups.update().where(is_one).values(seen_at=bindparam("given_at", type_=Instant()))
    async with db.write() as conn:
        await conn.execute(insert(known_groups), [group(1), group(2, AT - timedelta(days=1))])
        await tell(conn, seen, [{"given_ids": [2], "given_at": AT}])
        alike = select(known_groups.c.chat_id).where(known_groups.c.seen_at == AT).order_by(known_groups.c.chat_id)
        assert (await conn.execute(alike)).scalars().all() == [1, 2]


async def test_a_write_whose_result_nobody_needs_is_done_before_what_comes_next(db: Database) -> None:
    async with db.write() as conn:  # in their order, with the next statement, and with the end
        await keep(conn, 1)
        await tell(conn, DROP, [{}])
        await keep(conn, 2)
        assert (await conn.execute(GROUPS)).scalars().all() == [2]
        await keep(conn, 3)
        [[counted]] = await ask(conn, (COUNTED, {}))
        assert counted.n == 2
        await keep(conn, 4)
    with pytest.raises(RuntimeError):
        async with db.write() as conn:
            await keep(conn, 5)
            raise RuntimeError
    for _ in range(2):  # it is there, and the connection is as good as before
        with pytest.raises(IntegrityError):
            async with db.write() as conn:
                await keep(conn, 6, 2)
        assert await ids(db) == [2, 3, 4]


async def test_an_error_says_what_it_says_through_sqlalchemy(db: Database) -> None:
    nowhere = Table("nowhere", MetaData(), Column("n", Integer))
    with pytest.raises(DBAPIError) as refused:
        async with db.write() as conn:
            await keep(conn, 1)
            await ask(conn, (select(nowhere), {}))
    assert isinstance(refused.value.__cause__, Exception) and not is_unavailable(refused.value)
    assert "nowhere" in str(refused.value) and "a group" not in str(refused.value)
    with pytest.raises(IntegrityError):
        async with db.write() as conn:
            await keep(conn, 1)
            await ask(conn, (KEEP_TWO, as_given([group(1), group(2)])))
    assert not await ids(db)


async def test_each_list_has_its_own_length(db: Database) -> None:
    many = {name: bindparam(f"given_{name}", type_=BigInteger(), expanding=True) for name in ("these", "others")}
    either = COUNTED.where(known_groups.c.chat_id.in_(many["these"]) | known_groups.c.chat_id.in_(many["others"]))
    async with db.write() as conn:
        await keep(conn, 1, 2, 3)
        asked = ([1, 2], [3]), ((1,), (2, 3)), ((1,), (2,)), ([1], [])
        given = [{"given_these": these, "given_others": others} for these, others in asked]
        given.append(dict(reversed(given[0].items())))
        assert [row.n for [row] in await ask(conn, *((either, values) for values in given))] == [3, 3, 2, 1, 3]


async def test_a_table_may_be_changed_under_a_running_program(postgresql_db: Database) -> None:
    """PostgreSQL then refuses each statement that was made ready before, once."""
    tables = [Table(name, MetaData(), Column("n", BigInteger)) for name in ("one", "two")]

    async def counted(table: Table) -> int:
        async with postgresql_db.read() as conn:
            [rows] = await ask(conn, (select(table.c.n), {}))
            return len(rows)

    async def change(how: str) -> None:  # by another program
        async with postgresql_db.write() as conn:
            for table in tables:
                raw: Any = (await conn.get_raw_connection()).driver_connection
                await raw.execute(how.format(table.name))

    await change("CREATE TABLE {} (n INTEGER)")
    assert [await counted(table) for table in tables] == [0, 0]
    await change("ALTER TABLE {} ALTER COLUMN n TYPE BIGINT")
    with pytest.raises(DBAPIError):
        await counted(tables[0])
    assert [await counted(table) for table in tables] == [0, 0]


async def test_who_listens_for_statements_hears_of_these(db: Database) -> None:
    heard: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement.split()[0])

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    async with db.write() as conn:
        await keep(conn, 1)
        await ask(conn, (COUNTED, {}), (GROUPS, {}))
    assert heard == ["INSERT", "SELECT", "SELECT"]


async def test_defaults_that_sqlalchemy_would_compute_are_refused(db: Database) -> None:
    table = Table("known_groups", MetaData(), Column("chat_id", Integer), Column("title", Integer, default=1))
    async with db.write() as conn:
        with pytest.raises(ValueError, match="defaults"):
            await tell(conn, insert(table).values(given_rows(table, ["chat_id"], 1)[0]), [{"given_chat_id_0": 1}])
