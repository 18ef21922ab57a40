"""A group's rate limit holds over all processes and restarts: what was sent in the last minute is stored."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.work.topics.group_rate import MINUTE, PER_MINUTE, GroupPace
from storage.runtime.engine import Database

pytestmark = pytest.mark.postgresql_one_in(3)

GROUP, ANOTHER = -100123, -100124


async def fill(pace: GroupPace, chat: int = GROUP) -> None:
    assert [await pace.room(chat) for _ in range(PER_MINUTE)] == [0.0] * PER_MINUTE


async def test_a_program_that_begins_again_knows_what_the_one_before_sent(db: Database, clock: ManualClock) -> None:
    await fill(GroupPace(db, clock))
    clock.move(timedelta(seconds=20))
    assert await GroupPace(db, clock).room(GROUP) == (MINUTE - timedelta(seconds=20)).total_seconds()
    clock.move(MINUTE - timedelta(seconds=20))
    await fill(GroupPace(db, clock))


async def test_two_processes_share_a_groups_minute(db: Database, clock: ManualClock) -> None:
    one, other = GroupPace(db, clock), GroupPace(db, clock)
    waits = await asyncio.gather(*(pace.room(GROUP) for pace in (one, other) for _ in range(PER_MINUTE)))
    assert sum(wait == 0.0 for wait in waits) == PER_MINUTE


async def test_places_become_free_one_by_one(db: Database, clock: ManualClock) -> None:
    pace = GroupPace(db, clock)
    for _ in range(PER_MINUTE):
        await pace.room(GROUP)
        clock.move(timedelta(seconds=1))
    assert await pace.room(GROUP) == MINUTE.total_seconds() - PER_MINUTE
    clock.move(MINUTE - timedelta(seconds=PER_MINUTE))
    assert await pace.room(GROUP) == 0.0
    assert await pace.room(GROUP) == 1.0


async def test_an_album_takes_a_place_for_each_of_its_parts(db: Database, clock: ManualClock) -> None:
    pace = GroupPace(db, clock)
    assert await pace.room(GROUP) == 0.0
    clock.move(timedelta(seconds=10))
    assert await pace.room(GROUP, PER_MINUTE - 3) == 0.0
    assert await pace.room(GROUP, 3) == MINUTE.total_seconds() - 10
    assert await pace.room(GROUP, 2) == 0.0


async def test_each_group_has_a_minute_of_its_own(db: Database, clock: ManualClock) -> None:
    pace = GroupPace(db, clock)
    await fill(pace)
    await fill(pace, ANOTHER)


async def test_a_clock_that_was_set_back_does_not_close_a_group_for_hours(db: Database, clock: ManualClock) -> None:
    await fill(GroupPace(db, ManualClock(clock.now() + timedelta(hours=5))))
    await fill(GroupPace(db, clock))
