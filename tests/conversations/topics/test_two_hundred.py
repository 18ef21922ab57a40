"""Two hundred messages each way, with media and edits, under Telegram's limits: nothing is lost, all in order.

Telegram's limits and the limiter are the real ones; ten minutes of the group pass as fast as the program works.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import ManualClock
from bot.sandbox import Limits, LocalTelegram, Person
from storage.runtime.engine import Database
from storage.schema import updates
from storage.topics import relays
from tests.conversations.conftest import World
from tests.conversations.stepped_time import SteppedTime, stepped_world, time_passes
from tests.conversations.topics.test_talk import said_by_bot, talk

MESSAGES = 200
WITHIN_S = 1800


@pytest.fixture
async def limited(
    telegram: LocalTelegram, mei: Person, clock: ManualClock, sqlite_db: Database, tmp_path: Path
) -> AsyncIterator[tuple[World, SteppedTime]]:
    async with stepped_world(telegram, clock, sqlite_db, tmp_path, [mei]) as (world, time):
        telegram.limits = Limits(timer=time.now)
        yield world, time


def kind_of(number: int) -> str:
    return {3: "photo", 5: "voice", 7: "document"}.get(number % 10, "text")


@pytest.mark.slow(seconds=5)
async def test_two_hundred_messages_each_way_arrive_once_and_in_order(
    limited: tuple[World, SteppedTime], anna: Person, mei: Person
) -> None:
    world, time = limited
    group = world.group
    async with time_passes(world, time):
        topic = await talk(world, anna, mei)
        for number in range(MESSAGES):
            say(world, anna, mei, topic, number)
            await asyncio.sleep(0)
        until = time.now() + WITHIN_S
        while not await all_is_done(world):
            assert time.now() < until, (len(came(world, topic)), len(went(anna)))
            await world.telegram.bell.wait(0.5)
    assert came(world, topic) == expected("in")
    assert went(anna) == expected("out")
    for messages, way in ((said_by_bot(group, topic), "in"), (anna.inbox, "out")):
        edits = [line for m in messages for line in m.text.splitlines() if line.startswith(f"edited {way}")]
        assert len(edits) == MESSAGES // 20
    floods = [r for r in world.telegram.requests if r.response.get("error_code") == 429]
    assert not floods, "the limiter kept no limit"


async def all_is_done(world: World) -> bool:
    async with world.db.read() as conn:
        handled = (await conn.execute(select(func.count()).where(updates.c.state == "waiting"))).scalar_one() == 0
        return handled and not world.telegram.updates.pending and not (await conn.execute(relays.with_words())).all()


def say(world: World, anna: Person, mei: Person, topic: int, number: int) -> None:
    """One message each way, of the kind that its number says; every twentieth is edited at once."""
    kind = kind_of(number)
    if kind == "text":
        mine = anna.say(f"in {number:03}")
        hers = mei.say_in(world.group, f"out {number:03}", topic=topic)
    else:
        mine = anna.send_media(kind, b"x", f"{number}.bin", f"in {number:03}")
        hers = mei.send_media_in(world.group, kind, b"x", f"{number}.bin", f"out {number:03}", topic=topic)
    if number % 20 == 0:
        anna.edit(mine["message_id"], f"edited in {number:03}")
        mei.edit_in(world.group, hers["message_id"], f"edited out {number:03}")


def expected(way: str) -> list[str]:
    return [f"{way} {number:03}" for number in range(MESSAGES)]


def came(world: World, topic: int) -> list[str]:
    """What came to the topic: words that waited together are lines of one message, and a change of one of them is a
    message of its own."""
    lines = [line for m in said_by_bot(world.group, topic) for line in m.text.splitlines()]
    first_words = [line for line in lines if line.startswith("in ")]
    assert len(first_words) == len(set(first_words))
    changed = [line.removeprefix("edited ") for line in lines]
    return list(dict.fromkeys(line for line in changed if line.startswith("in ")))


def went(anna: Person) -> list[str]:
    texts = [m.text.removeprefix("edited ") for m in anna.inbox]
    return [text for text in texts if text.startswith("out ")]
