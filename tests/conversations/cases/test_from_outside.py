"""What agents do from outside a case's topic reaches the customer, and the topic shows it."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import ClientSession
from sqlalchemy import select

from bot.rules.agreements.agreed_terms import PlanWish
from bot.sandbox import Person
from bot.work.acting_outside import CaseAction
from bot.work.agreements import agreements_outside
from bot.work.cases import casework, casework_outside
from bot.work.cases.case_pages import see_case
from bot.work.operations.api_keys import make_key
from bot.work.outlook.customer_timeline import story
from bot.work.topics import messages_outside
from storage.cases.agents import Agent
from storage.schema import cases, contacts, plans
from tests.conversations.cases.overdue import overdue
from tests.conversations.conftest import World


async def agent(world: World, person: Person) -> Agent:
    found = await casework.agent_of(world.db, person.user_id)
    assert found is not None
    return found


async def test_words_and_agreements_go_the_same_way_as_from_the_topic(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    db, me, now = world.db, await agent(world, mei), world.clock.now()
    await messages_outside.say(CaseAction(db, me, 1, now), "How can I help <you>?")
    await messages_outside.note(CaseAction(db, me, 1, now), "sounds worried")
    world.app.parts.desk_has_work.set()
    await anna.hears("Mei")  # who is writing
    asked = await anna.hears("How can I help <you>\\?")
    said = await world.group.hears("Mei has written to the customer:", topic=thread)
    assert "How can I help <you>?" in said.text
    assert "Mei notes, only for agents:\nsounds worried" in said.text
    anna.reply(asked.message_id, "Next week is fine")
    await world.group.hears("Next week is fine", topic=thread)

    desk = world.app.parts.policies.current.desk
    await agreements_outside.promise(CaseAction(db, me, 1, now), desk, "200.00", None, world.today)
    world.app.parts.desk_has_work.set()
    noted = await anna.hears("Mei has noted what you agreed on: you’ll pay .*200")
    assert noted.button("Another day")
    await world.group.hears("Mei agreed on .*200", topic=thread)

    await casework_outside.snooze(CaseAction(db, me, 1, now), now + timedelta(hours=2))
    world.app.parts.desk_has_work.set()
    await world.group.hears("This case rests until .*, 2:00 pm, by the customer’s clock", topic=thread)

    await casework_outside.close(CaseAction(db, me, 1, now), "promised")
    world.app.parts.desk_has_work.set()
    await world.group.hears("Closed by Mei: promised to pay", topic=thread)
    async with db.read() as conn:
        told = (await conn.execute(select(contacts.c.body, contacts.c.state).where(contacts.c.kind == "agent"))).all()
    assert {row.state for row in told} == {"accepted"}
    assert any("200" in (row.body or "") for row in told)


async def test_what_a_program_does_over_http_is_done_at_once(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    key = await make_key(world.db, "mei", ("desk",), world.clock.now(), mei.user_id)
    assert world.app.web_side is not None
    at = f"{world.app.web_side.address}/api/v1/cases/1"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    async with ClientSession(headers=headers) as program:
        async with program.post(f"{at}/say", json={"text": "How can I help you?"}) as answer:
            assert (answer.status, (await answer.json())["owner"]) == (202, "Mei")
        await anna.hears("How can I help you\\?")
        anna.say("I was ill")
        await world.group.hears("I was ill", topic=thread)
        mei.say_in(world.group, "Get well soon", topic=thread)
        await anna.hears("Get well soon")
        async with program.post(f"{at}/done", json={"outcome": "hardship"}) as answer:
            assert (answer.status, (await answer.json())["state"]) == (200, "closed")
    await world.group.hears("Closed by Mei", topic=thread)


async def test_the_console_and_the_story_say_who_wrote_what(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    """From the topic and from outside, by who has the case and by a supervisor, the same words or others."""
    await world.agent(bob, "Bob", role="supervisor")
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Hello", topic=thread)
    await anna.hears("^Hello$")
    bob.say_in(world.group, "Hello", topic=thread)
    await anna.hears("^Hello$")
    await messages_outside.say(CaseAction(world.db, await agent(world, bob), 1, world.clock.now()), "Anything else?")
    world.app.parts.desk_has_work.set()
    await anna.hears("Anything else")
    mei.say_in(world.group, "/hold 3 hospital", topic=thread)
    await anna.hears("Mei")
    await world.app.catch_up()
    policy, now = world.app.parts.policies.current, world.clock.now()
    seen, told = await see_case(world.db, policy, 1, now), await story(world.db, policy, "C1", now)
    assert seen is not None
    assert told is not None
    by_agents = [line for line in seen.lines if line.side == "agent"]
    assert [line.name for line in by_agents] == ["Mei", "Bob", "Bob", "Mei"]
    assert [line.body for line in by_agents[:3]] == ["Hello", "Hello", "Anything else?"]
    written = [entry.words for entry in told.entries if entry.words.startswith("over telegram: ")]
    assert [words.split("'s message, accepted")[0] for words in written[-4:]] == [
        *(f"over telegram: {name}" for name in ("Mei", "Bob", "Bob", "Mei")),
    ]


async def test_a_plan_that_does_not_arrive_is_taken_back(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    db, me = world.db, await agent(world, mei)
    anna.deactivate()  # the bot is not told
    await agreements_outside.plan(CaseAction(db, me, 1, world.clock.now()), PlanWish(3))
    world.app.parts.desk_has_work.set()
    await world.group.hears("not delivered", topic=thread)
    async with db.read() as conn:
        (plan,) = (await conn.execute(select(plans))).all()
        (case,) = (await conn.execute(select(cases))).all()
    assert (plan.state, case.snoozed_until, case.owner_id) == ("withdrawn", None, mei.user_id)
