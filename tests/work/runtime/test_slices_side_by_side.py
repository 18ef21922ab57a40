"""On PostgreSQL a round plans two slices at once: each is whole or has not begun, and nobody is planned for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.work.policy.policies import PolicyBook
from bot.work.runtime import planning_round, slices
from bot.work.runtime.planning_round import Planned, plan_due
from storage.facts import looks
from storage.reminders import notice_planning
from storage.runtime import statistics, workers
from storage.runtime.engine import Database
from storage.schema import customers, notices, planning_terms
from tests.work.lives import POLICY, rows
from tests.work.runtime.test_planning_by_change import many

TODAY = date(2026, 3, 2)
BOOK = PolicyBook(POLICY)
NINE = datetime(2026, 3, 3, 1, tzinfo=UTC)  # in Taipei
WITHIN_S = 60  # what waits so long waits for ever


@pytest.fixture(autouse=True)
def from_fifty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "SIDE_FROM", 50)


async def planned(db: Database, now: datetime, **more: Any) -> Planned:
    async with asyncio.timeout(WITHIN_S):
        return await plan_due(db, BOOK, now, **more)


async def told(db: Database) -> list[str]:
    return sorted(row.customer_id for row in await rows(db, notices))


async def test_two_slices_are_looked_at_at_the_same_time(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=101)
    take, both, taken = looks.take, asyncio.Event(), []

    async def together(conn: Any, customer_ids: Sequence[str]) -> Any:
        taken.append(len(customer_ids))
        if len(taken) == 2:
            both.set()
        await both.wait()
        return await take(conn, customer_ids)

    monkeypatch.setattr(looks, "take", together)
    assert (await planned(postgresql_db, clock.now())).notices == 101
    assert sorted(taken) == [50, 51]
    assert len(set(await told(postgresql_db))) == len(await told(postgresql_db)) == 101
    assert not await planned(postgresql_db, clock.now())


async def test_few_are_one_slice(postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=99)
    take, taken = looks.take, []

    async def noted(conn: Any, customer_ids: Sequence[str]) -> Any:
        taken.append(len(customer_ids))
        return await take(conn, customer_ids)

    monkeypatch.setattr(looks, "take", noted)
    assert (await planned(postgresql_db, clock.now())).notices == 99
    assert taken == [99]


async def test_where_one_of_them_fails_the_other_stays_and_the_next_round_looks_at_the_rest(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=120)
    look_again = looks.look_again

    async def killed_at_last(conn: Any, customer_ids: Sequence[str], at: Any) -> None:
        if "C00001" not in customer_ids:
            return await look_again(conn, customer_ids, at)
        while not await told(postgresql_db):  # noqa: ASYNC110  the server sets no event
            await asyncio.sleep(0.01)
        raise ZeroDivisionError

    monkeypatch.setattr(looks, "look_again", killed_at_last)
    with pytest.raises(ZeroDivisionError):
        await planned(postgresql_db, clock.now())
    assert await told(postgresql_db) == [f"C{n:05}" for n in range(61, 121)]
    assert [row.swept_to for row in await rows(postgresql_db, planning_terms)] == [""]
    monkeypatch.setattr(looks, "look_again", look_again)
    assert (await planned(postgresql_db, clock.now())).notices == 60
    assert await told(postgresql_db) == [f"C{n:05}" for n in range(1, 121)]


async def test_one_that_fails_ends_the_other_before_the_round_does(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=120)
    look_again, is_there, ended = looks.look_again, asyncio.Event(), []

    async def fails(_conn: Any, customer_ids: Sequence[str], _at: Any) -> None:
        if "C00001" in customer_ids:
            await is_there.wait()
            raise ZeroDivisionError
        is_there.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(len(customer_ids))

    monkeypatch.setattr(looks, "look_again", fails)
    with pytest.raises(ZeroDivisionError):
        await planned(postgresql_db, clock.now())
    assert (ended, await told(postgresql_db)) == ([60], [])
    monkeypatch.setattr(looks, "look_again", look_again)
    assert (await planned(postgresql_db, clock.now())).notices == 120


async def test_one_that_waits_for_what_the_other_has_locked_goes_on_as_that_one_ends(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=120)
    look_again = looks.look_again

    async def lock_the_same(conn: Any, customer_ids: Sequence[str], at: Any) -> None:
        same = select(customers.c.customer_id).where(customers.c.customer_id == "C00007").with_for_update()
        await conn.execute(same)
        await look_again(conn, customer_ids, at)

    monkeypatch.setattr(looks, "look_again", lock_the_same)
    assert (await planned(postgresql_db, clock.now())).notices == 120


async def test_a_round_that_waits_long_for_them_is_not_taken_for_one_that_has_stopped(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=120)
    take, say, said, often = looks.take, workers.say, [], asyncio.Event()

    async def noted(conn: Any) -> None:
        await say(conn)
        said.append(conn)
        if len(said) == 3:
            often.set()

    async def slow(conn: Any, customer_ids: Sequence[str]) -> Any:
        await often.wait()
        return await take(conn, customer_ids)

    monkeypatch.setattr(planning_round, "SAY_EVERY_S", 0.001)
    monkeypatch.setattr(workers, "say", noted)
    monkeypatch.setattr(looks, "take", slow)
    assert (await planned(postgresql_db, clock.now())).notices == 120


@pytest.mark.parametrize("number", [workers.PLANNING, *workers.PLANNING_SIDES])
@pytest.mark.parametrize("customers_due", [60, 120], ids=["one slice", "side by side"])
async def test_a_round_waits_for_slices_of_another_process(
    postgresql_db: Database, clock: ManualClock, number: int, customers_due: int
) -> None:
    await many(postgresql_db, clock.now(), TODAY, last=customers_due)
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = :number")
    async with asyncio.timeout(WITHIN_S), postgresql_db.write() as other:
        await workers.one_at_a_time(other, number)
        here = asyncio.create_task(planned(postgresql_db, clock.now()))
        async with postgresql_db.read() as conn:
            while not (await conn.execute(waits, {"number": number})).scalar_one():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert (await here).notices == customers_due


async def test_what_both_plan_is_spread_as_if_they_came_one_after_the_other(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours_chosen, waiting_in = notice_planning.hours_chosen, notice_planning.waiting_in
    asked, both = [], asyncio.Event()

    async def noted(*given: Any) -> Any:
        asked.append(await hours_chosen(*given))
        if len(asked) == 2:
            both.set()
        return asked[-1]

    async def counted_as_both_are_planned(*given: Any) -> int:
        await both.wait()
        return await waiting_in(*given)

    monkeypatch.setattr(notice_planning, "hours_chosen", noted)
    monkeypatch.setattr(notice_planning, "waiting_in", counted_as_both_are_planned)
    book, rate = PolicyBook(load_policy("humane")), 0.2
    clock.set(NINE - timedelta(hours=5))
    await many(postgresql_db, clock.now(), NINE.date(), last=240)
    assert (await plan_due(postgresql_db, book, clock.now(), rate=rate)).notices == 240
    half = timedelta(seconds=120 / (rate / 2))
    at = [row.send_after for row in await rows(postgresql_db, notices)]
    assert sum(NINE < each < NINE + half for each in at) == 120
    assert sum(NINE + half < each < NINE + 2 * half for each in at) == 120


@pytest.mark.new_postgresql
async def test_what_a_round_left_that_was_broken_off_makes_the_next_one_no_slower(
    postgresql_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL may have counted the rows that were undone: it found none, and takes any index to be as good as any
    other."""
    await many(postgresql_db, clock.now(), TODAY, last=120)
    look_again, wrong = looks.look_again, []

    async def breaks_off(_conn: Any, _customer_ids: Sequence[str], _at: Any) -> None:
        raise ZeroDivisionError

    async def notes(conn: Any, customer_ids: Sequence[str], at: Any) -> None:
        wrong.append(await statistics.counted_as_empty(conn))
        await look_again(conn, customer_ids, at)

    monkeypatch.setattr(looks, "look_again", breaks_off)
    with pytest.raises(ZeroDivisionError):
        await planned(postgresql_db, clock.now())
    async with postgresql_db.write() as conn:
        await conn.execute(text("ANALYZE notices"))
        assert "notices" in await statistics.counted_as_empty(conn)
    monkeypatch.setattr(looks, "look_again", notes)
    assert (await planned(postgresql_db, clock.now())).notices == 120
    assert wrong == [[], []]
