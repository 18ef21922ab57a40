"""Rounds continue whatever happens to the machine's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, MutableMapping
from datetime import datetime, timedelta, tzinfo

import pytest
import structlog
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.schedulers import base
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.rounds import Round, Rounds, every
from storage.runtime.engine import Database


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """By how many seconds the machine's clock is off, as the only number of the list; the scheduler asks it, too."""
    off = [0.0]

    class Moved(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=off[0])

    monkeypatch.setattr(base, "datetime", Moved)
    return off


@pytest.fixture
def capture() -> Iterator[list[MutableMapping[str, object]]]:
    """What is logged."""
    with structlog.testing.capture_logs() as lines:
        yield lines  # type: ignore[misc]


@pytest.mark.parametrize("when", [every(1), CronTrigger(second="*", timezone="UTC")], ids=["interval", "cron"])
@pytest.mark.parametrize("steps", [[-3600], [-86400], [400 * 86400, 0]], ids=["an hour", "a day", "400 days and back"])
async def test_rounds_go_on_when_the_clock_is_set(
    machine: list[float], steps: list[int], when: IntervalTrigger | CronTrigger
) -> None:
    made = 0
    again = asyncio.Event()

    async def do() -> None:
        nonlocal made
        made += 1
        again.set()

    running = Rounds()
    running.start([Round("count", do, when)])
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


async def test_what_became_due_while_rounds_were_held_runs_after_it(machine: list[float]) -> None:
    made = asyncio.Event()

    async def do() -> None:
        made.set()

    running = Rounds()
    running.start([Round("look", do, every(3600))])
    async with running.held():
        machine[0] = 7200
        running._scheduler.wakeup()
        for _ in range(10):
            await asyncio.sleep(0)
        assert not made.is_set()
    await asyncio.wait_for(made.wait(), 10)
    async with running.held():
        running.stop()
    assert running._scheduler.state == base.STATE_PAUSED
    await running.end(1)


async def test_a_round_that_fails_is_told_and_made_again(capture: list[MutableMapping[str, object]]) -> None:
    tries = 0
    again = asyncio.Event()

    async def fails() -> None:
        nonlocal tries
        tries += 1
        if tries > 1:
            again.set()
        raise ValueError("somebody's words")

    running = Rounds()
    running.start([Round("watch", fails, every(1))])
    await asyncio.wait_for(again.wait(), 10)
    running.stop()
    await running.end(1)
    assert {(line["event"], line["round"]) for line in capture} == {("a round failed", "watch")}


async def test_a_round_is_not_made_twice_at_once_and_ends_before_the_program_does() -> None:
    begun = ended = 0
    due_again, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        nonlocal begun, ended
        begun += 1
        await may_end.wait()
        ended += 1

    running = Rounds()
    running._scheduler.add_listener(lambda event: due_again.set(), EVENT_JOB_MAX_INSTANCES)
    running.start([Round("slow", slow, every(1))])
    await asyncio.wait_for(due_again.wait(), 10)
    running.stop()
    asyncio.get_running_loop().call_later(0.1, may_end.set)
    await running.end(5)
    assert (begun, ended) == (1, 1)


async def test_a_round_that_does_not_end_is_cancelled() -> None:
    begun = asyncio.Event()
    cancelled = False

    async def endless() -> None:
        nonlocal cancelled
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    running = Rounds()
    running.start([Round("endless", endless, every(1))])
    await asyncio.wait_for(begun.wait(), 10)
    running.stop()
    await running.end(0.01)
    assert cancelled


async def test_a_process_that_never_began_its_rounds_ends_at_once() -> None:
    rounds = Rounds()
    rounds.stop()
    await rounds.end(5)


async def test_a_round_is_a_span_with_its_transactions(sqlite_db: Database, made_spans: InMemorySpanExporter) -> None:
    done = asyncio.Event()

    async def do() -> None:
        async with sqlite_db.write():
            done.set()

    running = Rounds()
    running.start([Round("count", do, IntervalTrigger(seconds=0.01, timezone="UTC"))])
    await asyncio.wait_for(done.wait(), 10)
    running.stop()
    await running.end(5)
    write, made, *_ = made_spans.get_finished_spans()
    assert (made.name, made.parent) == ("round count", None)
    assert (write.name, write.attributes) == ("write", {"db.system.name": "sqlite"})
    assert write.parent is not None and write.parent.span_id == made.context.span_id
