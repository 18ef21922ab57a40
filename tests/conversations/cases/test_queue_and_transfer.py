"""Who gets which case: the queue, `/next`, `/transfer`, and being away."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select

from bot.sandbox import LocalTelegram, Person
from bot.work.cases import casework
from bot.work.cases.desk_upkeep import update_cases
from storage.schema import case_events, cases
from tests.conversations.cases.asking import asks, case_of, heard, opens_the_bot
from tests.conversations.conftest import World


async def test_the_queue_says_why_a_case_has_its_place(world: World, anna: Person, ming: Person, mei: Person) -> None:
    await world.customer("C2", name="王小明")
    await world.owes("C2", "I-C2", days=-5)
    await world.link("C2", ming)
    await asks(world, anna)
    await world.pass_time(hours=1)
    mei.say_in(world.group, "/queue")
    text = (await world.group.hears("62 points", topic=None)).text
    first, second = text.index("A… · asked for a person"), text.index("王○○ · payment overdue · 5 days overdue")
    assert first < second
    assert "62 points: asked for a person 60 + waiting 2" in text
    assert "days overdue 5 + waiting 2 + amount 1" in text
    assert "Anna" not in text


async def test_the_queue_tells_what_is_ones_own_and_what_others_have(
    world: World, anna: Person, ming: Person, mei: Person, bob: Person
) -> None:
    await asks(world, anna)
    await asks(world, ming, "C2", "Ming Wang")
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    bob.say_in(world.group, "/next")
    await world.group.hears("#2 is yours", topic=None)
    bob.say_in(world.group, "/queue")
    text = (await world.group.hears("Nobody is waiting", topic=None)).text
    assert "2 with agents" in text
    others, own = text.index("Anna Lee · asked for a person · English · with Mei"), text.index("answer by 2 Mar")
    assert others < own


async def test_thirty_agents_at_once_get_a_case_each(world: World, telegram: LocalTelegram) -> None:
    people = [telegram.person(5000 + n, f"Agent {n}", "en") for n in range(30)]
    for n, person in enumerate(people):
        world.group.add(person)
        await world.agent(person, f"Agent {n}")
        await world.customer(f"X{n}")
        await world.owes(f"X{n}", f"I-X{n}", days=-30 - n)
    await world.app.catch_up()
    for person in people:
        person.say_in(world.group, "/next")
    for _ in people:
        await world.group.hears("is yours", topic=None, timeout=20)
    async with world.db.read() as conn:
        owners = list((await conn.execute(select(cases.c.owner_id).where(cases.c.state == "claimed"))).scalars())
    assert sorted(owners) == [person.user_id for person in people]


async def test_who_speaks_no_chinese_is_told_who_waits(world: World, ming: Person, mei: Person, bob: Person) -> None:
    await world.agent(bob, "Bob", ("zh",))
    await asks(world, ming, "C2", "Ming", language="zh-Hans")
    mei.say_in(world.group, "/next")
    told = await world.group.hears("whose language you speak; 1 case waits in another one", topic=None)
    assert "/take" in told.text
    bob.say_in(world.group, "/next")
    await world.group.hears("#1", topic=None)
    assert (await case_of(world, "C2")).owner_id == bob.user_id


async def test_a_case_is_transferred_and_its_new_owner_is_told(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    thread = await asks(world, anna)
    await opens_the_bot(bob)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    mei.say_in(world.group, "/transfer", topic=thread)
    assert "There is Bob." in (await world.group.hears("Who should get it", topic=thread)).text
    mei.say_in(world.group, "/transfer BO", topic=thread)
    await world.group.hears("Bob has this case now", topic=thread)
    await bob.hears("#1 was given to you")
    assert (await case_of(world)).owner_id == bob.user_id


async def test_a_transfer_that_cannot_be_told_in_private_is_told_in_the_topic(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    mei.say_in(world.group, "/transfer Bob", topic=thread)
    await world.group.hears("has been told", topic=thread)
    await world.app.catch_up()
    await world.group.hears("^Bob has this case now.$", topic=thread)


async def test_only_the_owner_or_a_supervisor_hands_over(
    world: World, anna: Person, mei: Person, bob: Person, sue: Person
) -> None:
    thread = await asks(world, anna)
    await world.agent(sue, "Sue", role="supervisor")
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    for said in ("/transfer Bob", "/release", "/snooze tomorrow"):
        bob.say_in(world.group, said, topic=thread)
        await world.group.hears("Mei has this case: only they, or a supervisor", topic=thread)
    mei.say_in(world.group, "/away")
    await world.group.hears("You are away", topic=None)
    sue.say_in(world.group, "/transfer Mei", topic=thread)
    await world.group.hears("Mei has this case already", topic=thread)
    sue.say_in(world.group, "/transfer Bob", topic=thread)
    await world.group.hears("Bob has this case now", topic=thread)
    bob.say_in(world.group, "/transfer Mei", topic=thread)
    await world.group.hears("Mei is away", topic=thread)
    assert (await case_of(world)).owner_id == bob.user_id


async def test_who_is_away_gets_nothing_and_their_cases_go_back(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    mei.say_in(world.group, "/away")
    assert "1 case of yours goes back to the queue in 30 minutes" in (await world.group.hears("away", topic=None)).text
    mei.say_in(world.group, "/next")
    await world.group.hears("You are away, so you get no cases", topic=None)
    await world.pass_time(minutes=29)
    assert (await case_of(world)).owner_id == mei.user_id
    await world.pass_time(minutes=1)
    assert (await case_of(world)).state == "waiting"
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("You are away, so you get no cases", topic=thread)
    mei.say_in(world.group, "/back")
    await world.group.hears("Welcome back", topic=None)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)


async def test_an_idle_case_goes_back_and_its_agent_is_told_in_private(world: World, anna: Person, mei: Person) -> None:
    await asks(world, anna)
    await opens_the_bot(mei)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    await world.pass_time(minutes=60)
    await mei.hears("#1 is back in the queue: nothing was done about it")
    assert (await case_of(world)).state == "waiting"


async def test_who_cannot_be_told_in_private_is_told_in_the_topic(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    await world.pass_time(minutes=60)
    await world.group.hears("Nothing was done about this case", topic=thread)


async def test_words_edits_and_notes_renew_the_lease(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    said = mei.say_in(world.group, "Hello", topic=thread)
    await anna.hears("Hello")
    for work in (
        lambda: mei.say_in(world.group, "/note worried", topic=thread),
        lambda: mei.edit_in(world.group, said["message_id"], "Hello Anna"),
        lambda: mei.say_in(world.group, "How are you?", topic=thread),
    ):
        await world.pass_time(minutes=50)
        work()
        await world.app.catch_up()
    await world.pass_time(minutes=50)
    assert (await case_of(world)).owner_id == mei.user_id


async def test_a_stranger_moves_no_case(world: World, anna: Person, mei: Person, stranger: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    for said in ("/transfer Bob", "/snooze tomorrow", "/release", "/take", "/away", "/back", "/next", "/queue"):
        stranger.say_in(world.group, said, topic=thread)
        await world.group.hears("for agents", topic=thread)
    case = await case_of(world)
    assert (case.owner_id, case.snoozed_until) == (mei.user_id, None)


async def test_a_removed_agent_moves_no_case(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    await casework.remove_agent(world.db, mei.user_id, world.clock.now())
    for said in ("/transfer Bob", "/snooze tomorrow", "/take", "/away", "/back", "/next"):
        mei.say_in(world.group, said, topic=thread)
        await world.group.hears("for agents", topic=thread)
    assert (await case_of(world)).state == "waiting"


async def test_what_was_not_told_before_a_kill_is_told_after_it(world: World, anna: Person, mei: Person) -> None:
    await asks(world, anna)
    await opens_the_bot(mei)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    world.clock.move(timedelta(minutes=60))
    await update_cases(world.db, world.app.parts.policies.current.desk, world.clock.now())  # and then it is killed
    assert not heard(mei, "back in the queue")
    await world.app.bot_side.keep_desk()
    await mei.hears("#1 is back in the queue")
    await asyncio.gather(*(world.app.bot_side.keep_desk() for _ in range(3)))
    assert len(heard(mei, "back in the queue")) == 1


async def test_each_step_is_in_the_history(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await asks(world, anna)
    for said, answer in (
        ("/take", "yours"),
        ("/snooze tomorrow", "rests until"),
        ("/transfer Bob", "Bob has this case now"),
    ):
        mei.say_in(world.group, said, topic=thread)
        await world.group.hears(answer, topic=thread)
    bob.say_in(world.group, "/release", topic=thread)
    await world.group.hears("back in the queue", topic=thread)
    async with world.db.read() as conn:
        kinds = list((await conn.execute(select(case_events.c.kind).order_by(case_events.c.event_id))).scalars())
    assert [k for k in kinds if k in ("claimed", "snoozed", "transferred", "released")] == [
        *("claimed", "snoozed", "transferred", "released")
    ]
