"""Rounds go on whatever the machine's clock does."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers import base

from bot import loops
from bot.loops import Loops


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """By how many seconds the machine's clock is off, as the only number of the list; the scheduler asks it, too."""
    off = [0.0]
    right = time.time

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=off[0])

    monkeypatch.setattr(base, "datetime", Moved)
    monkeypatch.setattr(loops, "datetime", Moved)
    monkeypatch.setattr(loops.time, "time", lambda: right() + off[0])
    monkeypatch.setattr(loops, "CLOCK_LOOK_S", 0.01)
    return off


@pytest.mark.parametrize("steps", [[-3600], [-86400], [400 * 86400, 0]], ids=["an hour", "a day", "400 days and back"])
async def test_rounds_go_on_when_the_clock_is_set_back(machine: list[float], steps: list[int]) -> None:
    made = 0
    again = asyncio.Event()

    async def do() -> None:
        nonlocal made
        made += 1
        again.set()

    running = Loops(1.0)
    running.start([(do, 1)])
    await asyncio.wait_for(again.wait(), 10)
    for off in steps:
        machine[0] = off
        again.clear()
        await asyncio.wait_for(again.wait(), 10)
    again.clear()
    await asyncio.wait_for(again.wait(), 10)  # and they go on at their pace from there
    running.stop()
    await running.end(1)
    assert made <= 8
