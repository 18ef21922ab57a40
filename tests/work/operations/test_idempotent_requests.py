"""A request with an `Idempotency-Key` is done once; one that failed is forgotten, whatever made it fail."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.work.operations import idempotent_requests
from bot.work.operations.desk_requests import DeskRequest
from bot.work.operations.idempotent_requests import CUT_OFF_AFTER, KEPT_FOR, Keyed, KeyInUse, Once, OtherRequest
from storage.operations import idempotency_keys
from storage.runtime.engine import Database


class Away(Exception):
    """What made it fail."""


def keyed(clock: ManualClock, digest: str = "d") -> Keyed:
    return Keyed("mei", "a-1", digest, clock.now())


async def done(db: Database, once: Once, request: Keyed) -> str | None:
    """What was kept; else it is done now."""
    async with once.taking(request) as kept:
        if kept is None:
            async with db.write() as conn:
                await request.end(conn, "answer")
        return kept


async def is_known(db: Database) -> bool:
    async with db.read() as conn:
        return await idempotency_keys.find(conn, "mei", "a-1") is not None


async def test_it_is_kept_for_a_day(sqlite_db: Database, clock: ManualClock) -> None:
    db, once = sqlite_db, Once(sqlite_db)
    assert await done(db, once, keyed(clock)) is None
    clock.move(KEPT_FOR - timedelta(seconds=1))
    assert await done(db, once, keyed(clock)) == "answer"
    with pytest.raises(OtherRequest):
        await done(db, once, keyed(clock, "another"))
    clock.move(timedelta(seconds=1))
    assert await done(db, once, keyed(clock, "another")) is None


async def test_while_it_is_under_way_the_same_one_is_refused(db: Database, clock: ManualClock) -> None:
    once, began = Once(db), keyed(clock)
    async with once.taking(began):
        for each in (once, Once(db)):  # of another process
            with pytest.raises(KeyInUse):
                await done(db, each, keyed(clock))
        clock.move(CUT_OFF_AFTER)
        assert await done(db, Once(db), keyed(clock)) is None  # as if this process had been killed


async def test_one_so_slow_that_it_was_taken_again_keeps_nothing(db: Database, clock: ManualClock) -> None:
    slow = keyed(clock)
    async with Once(db).taking(slow):
        clock.move(CUT_OFF_AFTER)
        assert await done(db, Once(db), keyed(clock)) is None
        with pytest.raises(KeyInUse):
            async with db.write() as conn:
                await DeskRequest(slow, None, 200).end(conn, None)
    assert await done(db, Once(db), keyed(clock)) == "answer"


async def test_of_those_at_the_same_moment_one_is_done(db: Database, clock: ManualClock) -> None:
    async def tried() -> object:
        try:
            return await done(db, Once(db), keyed(clock))
        except KeyInUse as refused:
            return type(refused)

    got = await asyncio.gather(*(tried() for _ in range(8)))
    assert got.count(None) == 1
    assert set(got) <= {None, KeyInUse, "answer"}


async def test_one_that_failed_is_forgotten_before_its_answer(sqlite_db: Database, clock: ManualClock) -> None:
    once = Once(sqlite_db)
    with pytest.raises(Away):
        async with once.taking(keyed(clock)):
            raise Away
    assert not await is_known(sqlite_db)
    assert await done(sqlite_db, once, keyed(clock)) is None
    with pytest.raises(Away):
        async with once.taking(keyed(clock)):
            raise Away  # after the answer was kept: it stays
    assert await done(sqlite_db, once, keyed(clock)) == "answer"


async def test_one_that_took_too_long_is_forgotten(sqlite_db: Database, clock: ManualClock) -> None:
    once, began = Once(sqlite_db), asyncio.Event()

    async def hang() -> None:
        async with once.taking(keyed(clock)):
            began.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await began.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "forget a request"])
    assert not await is_known(sqlite_db)


async def test_while_the_database_is_away_it_is_forgotten_as_soon_as_it_is_back(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, drop, back = Once(sqlite_db), idempotency_keys.drop_cut_off, asyncio.Event()

    async def late(*given: object) -> None:
        await back.wait()
        await drop(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(idempotency_keys, "drop_cut_off", late)
    monkeypatch.setattr(idempotent_requests, "FORGET_WITHIN_S", 0.01)
    with pytest.raises(Away):
        async with once.taking(keyed(clock)):
            raise Away
    forgetting = [task for task in asyncio.all_tasks() if task.get_name() == "forget a request"]
    back.set()
    await asyncio.wait(forgetting)
    assert not await is_known(sqlite_db)
