"""`/reveal` and `/call`: the case's owner gets the number in private, and whether a call is allowed; calls are
evidence."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.policies import load_pack, load_policy
from bot.rules.cases.case_events import Revealed
from bot.rules.cases.event_codec import decode
from bot.rules.policy.packs import tighten
from bot.sandbox import Person
from bot.work.outlook.customer_timeline import story
from bot.work.policy.policies import PolicyBook
from storage.schema import case_events, contacts
from tests.conversations.conftest import World
from tests.conversations.topics.test_topic_header import EMAIL, PHONE, overdue


async def has_case(world: World, anna: Person, mei: Person) -> int:
    """Anna's case is Mei's, who has opened the bot: the topic."""
    thread = await overdue(world, anna)
    mei.say("/start")
    await mei.hears("")
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    return thread


def in_the_group(world: World) -> str:
    return "\n".join([m.text for m in world.group.messages] + [t.name for t in world.group.topics])


async def events(world: World, *kinds: str) -> list[tuple[str, int | None, str | None]]:
    query = select(case_events).where(case_events.c.kind.in_(kinds)).order_by(case_events.c.event_id)
    async with world.db.read() as conn:
        return [(e.kind, e.actor_id, decode(e.kind, e.body)) for e in (await conn.execute(query)).all()]


async def test_the_number_comes_in_private_and_nothing_of_it_in_the_group(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await has_case(world, anna, mei)
    mei.say_in(world.group, "/reveal to agree on a plan", topic=thread)
    told = await mei.hears("Case #1")
    for words in ("Anna Lee", PHONE, EMAIL, "You may call now."):
        assert words in told.text
    await world.group.hears("Sent to you in private", topic=thread)
    assert not [secret for secret in (PHONE, EMAIL) if secret in in_the_group(world)]
    assert await events(world, "revealed") == [
        ("revealed", mei.user_id, Revealed(("phone", "email"), "to agree on a plan"))
    ]


async def test_who_never_opened_the_bot_is_told_to_and_the_topic_tells_nothing(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    mei.say_in(world.group, "/reveal", topic=thread)
    told = await world.group.hears("Please open the bot", topic=thread)
    assert told.button("Open the bot")["url"] == "https://t.me/duebot_demo_bot"
    assert not [secret for secret in (PHONE, EMAIL) if secret in in_the_group(world)]
    assert [kind for kind, *_ in await events(world, "revealed", "not_revealed")] == ["revealed", "not_revealed"]


async def test_another_agent_and_a_case_that_nobody_has_reveal_nothing(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    thread = await overdue(world, anna)
    bob.say("/start")
    await bob.hears("")
    bob.say_in(world.group, "/reveal", topic=thread)
    await world.group.hears("Nobody has this case yet", topic=thread)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    bob.say_in(world.group, "/reveal", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    await world.app.catch_up()
    assert not [m for m in bob.inbox if PHONE in m.text or EMAIL in m.text]
    assert await events(world, "revealed") == []


async def test_a_supervisor_may(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await has_case(world, anna, mei)
    await world.agent(bob, "Bob", role="supervisor")
    bob.say("/start")
    await bob.hears("")
    bob.say_in(world.group, "/reveal", topic=thread)
    assert PHONE in (await bob.hears("Case #1")).text


async def test_at_night_the_number_comes_with_when_to_call(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    world.clock.move(timedelta(hours=9))  # nine in the evening in Taipei
    mei.say_in(world.group, "/reveal", topic=thread)
    told = await mei.hears("Case #1")
    assert PHONE in told.text
    assert "Please don’t call now." in told.text
    assert "3 Mar 2026, 9:00 am, their time" in told.text


async def under(world: World, pack: str) -> None:
    policy = tighten(load_policy("humane"), [load_pack(pack)], world.clock.now().date())
    world.app.parts.in_force.configured = policy  # a round may open the book again
    world.app.parts.in_force.book = PolicyBook(policy)


async def test_after_a_talk_america_gets_no_number_for_a_week(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    await under(world, "us")
    mei.say_in(world.group, "/call reached will pay on Friday", topic=thread)
    await world.group.hears("you have talked by phone", topic=thread)
    mei.say_in(world.group, "/reveal", topic=thread)
    told = await mei.hears("Case #1")
    assert PHONE not in told.text
    assert "not given until 9 Mar 2026, 12:00 am, their time" in told.text
    assert EMAIL in told.text


async def test_the_fourth_talk_of_a_day_in_china_is_written_down_and_supervisors_hear_of_it(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    thread = await has_case(world, anna, mei)
    await world.agent(bob, "Bob", role="supervisor")
    bob.say("/start")
    await bob.hears("")
    await under(world, "cn")
    for n in range(3):
        mei.say_in(world.group, f"/call reached talk {n}", topic=thread)
        await world.group.hears("you have talked by phone", topic=thread)
    mei.say_in(world.group, "/call reached", topic=thread)
    await world.group.hears("more than the rules allow", topic=thread)
    await bob.hears("Mei made one call more than the rules allow")
    async with world.db.read() as conn:
        made = (await conn.execute(select(contacts.c.state).where(contacts.c.channel == "phone"))).scalars().all()
    assert made == ["accepted"] * 4


async def test_call_says_what_there_is(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    mei.say_in(world.group, "/call maybe", topic=thread)
    told = await world.group.hears("the result of the call", topic=thread)
    assert "/call wrong_number" in told.text
    assert await events(world, "called") == []


async def test_a_call_and_what_was_revealed_are_in_the_customers_story(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    mei.say_in(world.group, "/reveal for a plan", topic=thread)
    await mei.hears("Case #1")
    mei.say_in(world.group, "/call no_answer rang twice", topic=thread)
    await world.group.hears("nobody answered", topic=thread)
    told = await story(world.db, load_policy("humane"), "C1", world.clock.now())
    assert told is not None
    said = "\n".join(entry.words for entry in told.entries)
    assert "case 1 by Mei: phone and e-mail were shown in private: for a plan" in said
    assert "case 1 by Mei: called, no answer: rang twice" in said
    assert "over phone: Mei's call, no answer" in said
    assert "pinned" not in said
    assert "named" not in said
