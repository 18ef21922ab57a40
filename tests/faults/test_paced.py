"""Telegram's rate limits and flood waits, at the start and in the loops of the program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock, SystemClock
from bot.work.topics.group_rate import MINUTE, PER_MINUTE, GroupPace
from storage.runtime.heartbeats import last_beat
from tests.faults.program import until
from tests.faults.world import AGENT_CHAT, World

FREE_IN = timedelta(seconds=7)  # longer than the program takes to begin


@pytest.mark.slow
async def test_a_program_that_is_started_again_does_not_pass_the_groups_limit(any_world: World) -> None:
    world = any_world
    await world.agents()
    [anna] = await world.customers(1)
    anna.say("/agent")
    free_at = SystemClock().now() + FREE_IN
    before = GroupPace(world.db, ManualClock(free_at - MINUTE))
    for _ in range(PER_MINUTE):
        await before.room(AGENT_CHAT)
    seen: list[datetime] = []
    opened = world.telegram.when("createForumTopic", lambda: seen.append(datetime.now(UTC)), moment="arrived")
    await world.program.start()
    await anna.hears("I’ve asked a person", timeout=60)
    await opened.has_sprung()
    assert seen[0] >= free_at


@pytest.mark.slow
async def test_a_sender_that_telegram_asked_to_wait_still_gives_signs_of_life(world: World) -> None:
    await world.customers(1, due_in_days=0)
    world.telegram.faults.next("sendMessage", retry_after=600)
    asked = world.telegram.when("sendMessage", moment="arrived")
    await world.program.start()
    await asked.has_sprung()
    asked_at = datetime.now(UTC)

    async def ticks() -> bool:
        async with world.db.read() as conn:
            beat = await last_beat(conn, "sender")
        return beat is not None and beat > asked_at + timedelta(seconds=5)

    await until(ticks, "a tick of the sender while it waits", within_s=40)
    code, _ = await world.program.stop()
    assert code == 0
