"""The figures of a few weeks in which the program itself reminded, guarded and wrote down each evening."""

from __future__ import annotations

from datetime import timedelta

from bot.rules.operations.figures import Share
from bot.rules.operations.periods import Period
from bot.sandbox import Person
from bot.work.operations.figures import read_figures
from tests.conversations.conftest import World


async def test_who_paid_is_cured_and_who_did_not_rolls_on(world: World, anna: Person) -> None:
    for n, who in enumerate(("C1", "C2")):
        await world.customer(who)
        await world.owes(who, f"I{n}", days=-27 if n else -1, amount="100.00")
    await world.link("C1", anna)
    await world.pass_time(days=2)
    began = world.today - timedelta(days=1)

    await world.pays("P1", "I0", "100.00")
    await world.pass_time(days=3)
    policy = world.app.parts.policies.current
    whole = Period(began + timedelta(days=1), world.today)
    found = await read_figures(world.db, policy, whole, world.clock.now())
    rolls = found.done.rolls
    assert (rolls.since, rolls.until) == (began, world.today - timedelta(days=1))
    assert rolls.moved == {("1-29", "current"): 1, ("1-29", "30-59"): 1}
    assert (rolls.cured, rolls.forward("1-29")) == (Share(1, 2), Share(1, 2))
    assert {cure.version: cure.cured for cure in found.cures} == {policy.version: Share(1, 1), None: Share(0, 1)}
    assert found.done.coverage.covered.share == 1
    assert found.done.sends["telegram"].accepted >= 1
    assert found.aging["TWD"]["30-59"].customers == 1
    assert found.unwritten == {}
