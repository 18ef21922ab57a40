"""On SQLite a round reads what the next slice's customers owe while it writes what this slice's are told: what it knows
of them is true when their turn comes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from bot.clock import ManualClock
from bot.work.policy.policies import PolicyBook
from bot.work.runtime import slices
from bot.work.runtime.planning_round import plan_due
from storage.facts import looks
from storage.runtime.engine import Database
from storage.schema import instalments, notices
from tests.work.lives import POLICY, rows
from tests.work.runtime.test_planning_by_change import Looked, many

TODAY = date(2026, 3, 2)
BOOK = PolicyBook(POLICY)


@pytest.fixture(autouse=True)
def of_a_hundred(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in {"SLICE": 100, "LARGE_SLICE": 100, "SIDE_FROM": 50}.items():
        monkeypatch.setattr(slices, name, number)


async def told(db: Database) -> list[str]:
    return sorted(row.customer_id for row in await rows(db, notices))


def ids(first: int, last: int) -> list[str]:
    return [f"C{n:05}" for n in range(first, last + 1)]


async def test_the_next_slice_is_read_beside_the_one_that_is_written(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, look_again = looks.take, looks.look_again
    happened: list[tuple[str, str, object]] = []

    def note(what: str, conn: Any, customer_ids: Sequence[str]) -> None:
        happened.append((what, customer_ids[0], conn.sync_connection.connection.driver_connection))

    async def taken(conn: Any, customer_ids: Sequence[str]) -> Any:
        note("read", conn, customer_ids)
        return await take(conn, customer_ids)

    async def written(conn: Any, customer_ids: Sequence[str], at: Any) -> None:
        await look_again(conn, customer_ids, at)
        note("written", conn, customer_ids)

    monkeypatch.setattr(looks, "take", taken)
    monkeypatch.setattr(looks, "look_again", written)
    await many(sqlite_db, clock.now(), TODAY, last=240)
    assert (await plan_due(sqlite_db, BOOK, clock.now())).notices == 240
    where = {(what, first): on for what, first, on in happened}
    assert len(where) == len(happened) == 6
    writer = where["written", "C00001"]
    assert {on for (what, _), on in where.items() if what == "written"} == {writer}
    assert where["read", "C00001"] is writer
    assert where["read", "C00081"] is where["read", "C00161"] is not writer
    order = [(what, first) for what, first, _ in happened]
    assert order.index(("read", "C00081")) < order.index(("written", "C00001"))
    assert order.index(("written", "C00001")) < order.index(("read", "C00161"))
    assert await told(sqlite_db) == ids(1, 240)


async def test_who_pays_between_two_slices_is_not_told(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_again, paying = looks.look_again, set()

    async def pay() -> None:
        paid = {"amount_paid": 120_000, "paid": 120_000}
        async with sqlite_db.write() as conn:
            await conn.execute(update(instalments).where(instalments.c.instalment_id == "IC00150").values(paid))

    async def then_somebody_pays(conn: Any, customer_ids: Sequence[str], at: Any) -> None:
        await look_again(conn, customer_ids, at)
        if "C00001" in customer_ids:
            paying.add(asyncio.create_task(pay()))
            await asyncio.sleep(0)  # it is the next to write

    monkeypatch.setattr(looks, "look_again", then_somebody_pays)
    await many(sqlite_db, clock.now(), TODAY, last=240)
    assert (await plan_due(sqlite_db, BOOK, clock.now())).notices == 239
    assert all(task.done() for task in paying)
    assert await told(sqlite_db) == [each for each in ids(1, 240) if each != "C00150"]


async def test_a_round_that_was_killed_is_finished_by_the_next(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_again = looks.look_again

    async def killed(conn: Any, customer_ids: Sequence[str], at: Any) -> None:
        if "C00100" in customer_ids:
            raise ZeroDivisionError
        await look_again(conn, customer_ids, at)

    monkeypatch.setattr(looks, "look_again", killed)
    await many(sqlite_db, clock.now(), TODAY, last=240)
    with pytest.raises(ZeroDivisionError):
        await plan_due(sqlite_db, BOOK, clock.now())
    assert await told(sqlite_db) == ids(1, 80)
    monkeypatch.setattr(looks, "look_again", look_again)
    assert (await plan_due(sqlite_db, BOOK, clock.now())).notices == 160
    assert await told(sqlite_db) == ids(1, 240)


async def test_if_the_next_one_cannot_be_read_the_round_ends_and_is_made_again(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = looks.take

    async def breaks(conn: Any, customer_ids: Sequence[str]) -> Any:
        if "C00100" in customer_ids:
            raise ZeroDivisionError
        return await take(conn, customer_ids)

    monkeypatch.setattr(looks, "take", breaks)
    await many(sqlite_db, clock.now(), TODAY, last=240)
    with pytest.raises(ZeroDivisionError):
        await plan_due(sqlite_db, BOOK, clock.now())
    monkeypatch.setattr(looks, "take", take)
    await plan_due(sqlite_db, BOOK, clock.now())
    assert await told(sqlite_db) == ids(1, 240)


@pytest.mark.parametrize("customers", [100, 101, 150, 240, 600])
async def test_everybody_who_is_new_is_looked_at_once(
    db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, customers: int
) -> None:
    looked = Looked(monkeypatch)
    await many(db, clock.now(), TODAY, last=customers)
    assert (await plan_due(db, BOOK, clock.now())).notices == customers
    assert looked.customers == ids(1, customers)
