"""The machine's clock is set back, by an hour, by a day, or after it was a year ahead: reminders are sent, nobody is
told twice, and silent customers get a case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from bot.work.operations.clock_steps import correct_clock_steps
from bot.work.operations.monitoring import look
from storage.schema import cases
from tests.conversations.conftest import World


async def customers_with_a_case(world: World) -> set[str]:
    async with world.db.read() as conn:
        return set((await conn.execute(select(cases.c.customer_id))).scalars())


async def troubles(world: World) -> set[str]:
    parts = world.app.parts
    return {t.kind for t in await look(world.db, parts.policies, parts.settings, ("telegram",), world.clock.now())}


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)], ids=["an hour", "a day"])
async def test_a_step_back_stops_nothing_and_tells_nothing_twice(
    world: World, anna: Person, ming: Person, back: timedelta
) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=3)
    await world.link("C1", anna)
    await world.pass_time(hours=1)
    told = len(anna.inbox)
    assert told == 2  # the welcome, and the reminder

    world.clock.set_back(back)
    assert "clock_back" in await troubles(world)
    await world.app.catch_up()
    await world.customer("C2", phone="+8613800000001")
    await world.owes("C2", "I2", days=3)
    await world.owes("C2", "I3", days=-40)
    await world.link("C2", ming)
    await world.app.catch_up()
    await ming.hears("1,200.00")
    assert "C2" in await customers_with_a_case(world)
    await world.app.bot_side.watch()
    assert "clock_back" in await troubles(world)  # for an hour, so that somebody hears of it

    await world.pass_time(hours=2)
    assert "clock_back" not in await troubles(world)
    if back < timedelta(days=1):
        assert len(anna.inbox) == told


async def test_after_a_year_ahead_reminders_leave_and_cases_open(world: World, anna: Person, ming: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=30)
    await world.link("C1", anna)
    await world.app.catch_up()
    world.clock.move(timedelta(days=400))
    await world.app.catch_up()
    world.clock.set_back(timedelta(days=400))
    await world.app.catch_up()

    await world.customer("C2")
    await world.owes("C2", "I2", days=3)
    await world.link("C2", ming)
    await world.customer("C3")
    await world.owes("C3", "I3", days=-20)
    await world.app.catch_up()
    await ming.hears("1,200.00")
    assert "C3" in await customers_with_a_case(world)
    heard = len(ming.inbox)
    await world.pass_time(hours=5)
    assert len(ming.inbox) == heard
    assert await correct_clock_steps(world.db, world.clock.now()) is None
