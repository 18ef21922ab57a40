"""A handler that only computes is interrupted after seconds; one that waits is not."""

from __future__ import annotations

import asyncio
import re
import signal
import time

import pytest

from bot.clock import ManualClock
from bot.work.runtime import watchdog as watchdog_module
from bot.work.runtime.inbox_turns import Inbox
from bot.work.runtime.intake import polled, write_down
from bot.work.runtime.watchdog import Stalled, Watchdog
from storage.runtime.engine import Database
from storage.schema import updates

pytestmark = pytest.mark.slow


async def test_a_regular_expression_without_an_end_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WIND_UP_EVERY_S", "RINGS_AFTER_S", "RINGS_AGAIN_S"):  # it computes all that time
        monkeypatch.setattr(watchdog_module, name, getattr(watchdog_module, name) / 5)

    async def hang() -> None:
        re.match(r"(a+)+$", "a" * 60 + "b")

    task = asyncio.create_task(hang())
    watchdog = Watchdog(lambda held_up_by: held_up_by is task)
    watchdog.start()
    try:
        with pytest.raises(Stalled):
            await task
    finally:
        watchdog.stop()
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL


async def test_what_is_no_handling_of_an_update_is_only_named(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> str:
        time.sleep(4.5)  # noqa: ASYNC251  it is what this is about
        return "done"

    watchdog = Watchdog(lambda _task: False)
    watchdog.start()
    try:
        assert await asyncio.create_task(work(), name="planning of something") == "done"
        await asyncio.sleep(0.01)
    finally:
        watchdog.stop()
    assert re.search(r"something blocked the event loop.*what=planning", capsys.readouterr().out)


async def test_an_update_that_hangs_is_put_aside_the_second_time_and_one_that_waits_is_not(
    sqlite_db: Database, clock: ManualClock
) -> None:
    begun: list[str] = []

    async def handle(body: str) -> None:
        begun.append(body)
        if '"hang"' in body:
            while True:
                time.sleep(0.01)  # noqa: ASYNC251  holds up the loop as well as to compute does
        await asyncio.sleep(6)

    async def nobody(_body: str) -> None:
        return None

    inbox = Inbox(sqlite_db, clock, handle, nobody)
    watchdog = Watchdog(inbox.is_handling)
    for number, text in ((1, "hang"), (2, "wait")):
        user = {"id": number}
        await write_down(
            sqlite_db,
            [polled({"update_id": number, "message": {"chat": user, "from": user, "text": text}})],
            clock,
        )
    watchdog.start()
    try:
        await inbox.settle()
    finally:
        watchdog.stop()
    async with sqlite_db.read() as conn:
        rows = (await conn.execute(updates.select().order_by(updates.c.update_id))).all()
    assert [(row.state, row.error) for row in rows] == [("failed", "Stalled"), ("done", None)]
    assert len(begun) == 3
