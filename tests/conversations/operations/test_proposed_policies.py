"""What supervisors read in Telegram of a policy that one of them proposes in the console."""

from __future__ import annotations

from bot.rules.policy.policy import read_policy
from bot.sandbox import Person
from bot.work.policy.proposals import Decision, decide, propose, read_proposals
from storage.cases.agents import Agent
from storage.schema import proposal_notices
from tests.conversations.cases.asking import heard, opens_the_bot
from tests.conversations.conftest import World
from tests.work.lives import rows


def supervisor(person: Person, name: str) -> Agent:
    return Agent(person.user_id, name, ("en",), "supervisor")


async def proposes(world: World, person: Person, why: str) -> None:
    operators = world.app.parts.in_force.operators
    draft = read_policy(operators.text + "\n# kinder\n", operators.source)
    by, now = supervisor(person, "Mei <3"), world.clock.now()
    assert await propose(world.db, operators, draft, by, why, now, changed_lines=2) is None


async def decides(world: World, person: Person, decision: Decision, reason: str = "") -> None:
    operators = world.app.parts.in_force.operators
    waiting = (await read_proposals(world.db, operators)).waiting
    assert waiting is not None
    by, now = supervisor(person, "Ming"), world.clock.now()
    assert await decide(world.db, operators, waiting.proposal_id, decision, by, reason, now) is None


async def test_the_others_hear_that_a_policy_waits_and_who_proposed_it_what_was_decided(
    world: World, mei: Person, ming: Person, bob: Person
) -> None:
    await world.agent(mei, "Mei <3", role="supervisor")
    await world.agent(ming, "Ming", ("zh-Hant",), role="supervisor")
    await opens_the_bot(mei, ming, bob)
    await proposes(world, mei, "fewer worries")
    for _ in range(2):
        await world.app.bot_side.keep_desk()
    told = await ming.hears("新的政策")
    for words in ("Mei <3", "2 行", "fewer worries", "/console"):
        assert words in told.text
    assert len(heard(ming, "新的政策")) == 1
    await decides(world, ming, "refused", "not before Christmas")
    for _ in range(2):
        await world.app.bot_side.keep_desk()
    assert "not before Christmas" in (await mei.hears("Ming refused the policy that you proposed")).text
    assert len(heard(mei, "that you proposed")) == 1
    await proposes(world, mei, "once more")
    await decides(world, ming, "approved")  # before anybody was told that it waits
    await world.app.bot_side.keep_desk()
    await mei.hears("Ming approved the policy that you proposed")
    assert len(heard(ming, "新的政策")) == 1
    assert not heard(bob, "polic")
    assert not heard(mei, "another policy")
    assert await rows(world.db, proposal_notices) == []


async def test_nobody_is_told_who_is_no_supervisor_or_of_what_is_taken_back(
    world: World, mei: Person, ming: Person
) -> None:
    for person, name in ((mei, "Mei"), (ming, "Ming")):
        await world.agent(person, name, role="supervisor")
    await opens_the_bot(mei, ming)
    await proposes(world, mei, "fewer worries")
    await decides(world, mei, "withdrawn")
    assert await rows(world.db, proposal_notices) == []
    await proposes(world, mei, "fewer worries")
    await world.agent(ming, "Ming")
    await world.app.bot_side.keep_desk()
    assert not heard(ming, "another policy")
    assert await rows(world.db, proposal_notices) == []
