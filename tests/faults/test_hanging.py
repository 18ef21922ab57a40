"""A message for which a function never returns: nobody else waits long, not even after a kill."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import func, select

from storage.schema import updates
from tests.faults.program import until
from tests.faults.world import World

pytestmark = pytest.mark.slow(seconds=15)

NEVER_ENDING = "tests.faults.never_ending"


async def aside(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(updates.c.error).where(updates.c.state == "failed"))).scalars())


async def test_others_are_answered_and_who_wrote_it_is_told(world: World) -> None:
    world.program.module = NEVER_ENDING
    anna, ming = await world.customers(2)
    await world.program.start()
    anna.say("hang")
    ming.say("/balance")
    await ming.hears("", timeout=20)
    await anna.hears("Sorry", timeout=30)
    assert await aside(world) == ["Stalled"]


async def test_what_the_process_did_not_survive_twice_is_put_aside(any_world: World) -> None:
    world = any_world
    world.program.module = NEVER_ENDING
    anna, ming = await world.customers(2)

    async def begun(life: int) -> bool:
        async with world.db.read() as conn:
            query = select(func.count()).where(updates.c.begun_at.is_not(None), updates.c.attempts == life)
            return bool((await conn.execute(query)).scalar())

    anna.say("hang hard")
    for life in (1, 2):
        await world.program.start()
        await until(partial(begun, life), "begun with it", 20)
        await world.program.killed()
    ming.say("/balance")
    await world.program.start()
    await ming.hears("", timeout=20)
    await anna.hears("Sorry", timeout=20)
    assert await aside(world) == ["NotSurvived"]
