"""The program killed after it has said its answer, and before it knows: what agents and customers did is done once, and
everybody who had to hear of it does."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, Person
from storage.schema import case_events, cases, contacts, operation_events
from tests.conversations.cases.asking import asks, opens_the_bot
from tests.conversations.conftest import TOKEN, World
from tests.conversations.killing import Killing, TrappedTelegram


@pytest.fixture
async def telegram(clock: ManualClock) -> LocalTelegram:
    return TrappedTelegram(clock=clock, token=TOKEN)


@pytest.fixture
async def killing(world: World, telegram: TrappedTelegram) -> Killing:
    sue = telegram.person(3003, "Sue", "en")
    world.group.members.append(sue)
    await world.agent(sue, "Sue", role="supervisor")
    return Killing(world, telegram)


def heard(person: Person, words: str) -> int:
    return sum(re.search(words, message.text) is not None for message in person.inbox)


async def test_who_loses_cases_and_the_supervisor_hear_the_same_after_a_kill(
    world: World, killing: Killing, anna: Person, mei: Person, bob: Person
) -> None:
    sue = world.telegram.people[3003]
    await opens_the_bot(mei, bob, sue)
    await asks(world, anna)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    await killing.begin()
    group, told = world.group.chat_id, "Sue gave 1 of your cases to Bob"
    await killing.after(lambda: sue.say_in(world.group, "/reassign Mei Bob"), mei.user_id, told)
    await world.group.hears("1 case is with Bob now", topic=None)
    assert heard(mei, told) == 2, "the program did not know that it had arrived"
    sue.say_in(world.group, "/bulk release Bob")
    asked = await world.group.hears("Shall I", topic=None)
    yes = asked.button("Yes, do it")["callback_data"]
    await killing.after(lambda: sue.press_data_in(world.group, yes, asked), group, "1 case is back in the queue")
    assert heard(bob, "Sue returned 1 of your cases to the queue") == 1
    await world.group.hears("1 case is back in the queue", topic=None)
    assert not any("done already" in m.text for m in world.telegram.sent("sendMessage", chat_id=group))


async def test_what_an_agent_did_is_done_once_and_not_refused_after_a_kill(
    world: World, killing: Killing, anna: Person, mei: Person, bob: Person
) -> None:
    await opens_the_bot(mei, bob)
    await asks(world, anna)
    await world.owes("C1", "I-C1", days=-2)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    topic = (await world.topic_of()).thread_id
    await killing.begin()
    for who, command, answer in (
        (mei, "/snooze 2026-03-05", "This case rests until"),
        (mei, "/transfer Bob", "Bob has this case now"),
        (bob, "/release", "back in the queue"),
        (mei, "/take", "is yours"),
        (mei, "/done other", "Closed"),
    ):
        said = partial(who.say_in, world.group, command, topic=topic)
        await killing.after(said, world.group.chat_id, answer)
        if command != "/take":
            await world.group.hears("That was done already", topic=topic)
    for command, answer in (("/shift mon-fri 9:00-17:00", "is there"), ("/away 24 Dec - 25 Dec", "Away: ")):
        await killing.after(partial(mei.say_in, world.group, command), world.group.chat_id, answer)
        await world.group.hears(answer, topic=None)
    assert not any("away then already" in m.text for m in world.telegram.sent(chat_id=world.group.chat_id))
    async with world.db.read() as conn:
        kinds = (await conn.execute(select(case_events.c.kind).order_by(case_events.c.event_id))).scalars().all()
        noted = (await conn.execute(select(operation_events.c.kind))).scalars().all()
    once = ("transferred", "released", "closed")
    assert [kinds.count(kind) for kind in once] == [1] * len(once)
    assert [kind for kind in noted if kind != "agent_added"] == ["shifts_set", "absence_set"]


async def test_customers_hear_what_was_agreed_though_the_program_dies_before_it_knows(
    world: World, killing: Killing, anna: Person, mei: Person
) -> None:
    await opens_the_bot(mei)
    await asks(world, anna)
    await world.owes("C1", "I-C1", days=-2)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    topic = (await world.topic_of()).thread_id
    await killing.begin()
    for command, told, answer in (
        ("/promise 100 2026-03-05", "Mei has noted what you agreed on", "Agreed: "),
        ("/promise cancel", "", ""),
        ("/hold 3 in hospital", "Mei has paused your reminders", "No reminders until"),
        ("/hold cancel", "", ""),
        ("/plan 3", "Mei proposes that you pay in parts", "This goes to the customer"),
        ("/plan cancel", "", ""),
        ("/dispute I-C1", "Mei has noted that this one", "Noted as not right"),
        ("/dispute reject it is right", "Mei has looked into", ""),
        ("/calling", "is calling you now", "Their chat says now"),
    ):
        said = partial(mei.say_in, world.group, command, topic=topic)
        if not told:
            await killing.after(said, world.group.chat_id, "Taken back")
            await world.group.hears("Taken back", topic=topic)
            continue
        await killing.after(said, anna.user_id, told)
        assert heard(anna, told) == 2, "the program did not know that it had arrived"
        await world.group.hears(answer, topic=topic)
    mei.say_in(world.group, "/call no_answer", topic=topic)
    await world.group.hears("nobody answered", topic=topic)
    calling = partial(mei.say_in, world.group, "/calling", topic=topic)
    await killing.after(calling, world.group.chat_id, "Their chat says now")
    assert heard(anna, "is calling you now") == 2, "one of the first call, which nobody knows of, and this one"
    async with world.db.read() as conn:
        kinds = (await conn.execute(select(case_events.c.kind))).scalars().all()
    once = ("promise_agreed", "promise_withdrawn", "hold_set", "hold_withdrawn", "plan_proposed")
    assert {kind: kinds.count(kind) for kind in once} == dict.fromkeys(once, 1)
    assert kinds.count("calling") == 2, "two calls"
    wrong = "nothing of the kind to take back|already that somebody is calling"
    assert not any(re.search(wrong, m.text) for m in world.telegram.sent(chat_id=world.group.chat_id))


async def test_the_answer_to_a_plan_that_a_customer_asks_for_is_heard_after_a_kill(
    world: World, killing: Killing, anna: Person, mei: Person
) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I-C1-0", days=-2)
    await world.link("C1", anna)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("120")
    await anna.hears("On which day")
    anna.say("10")
    await anna.hears("A person looks at this one first")
    anna.press("A: ask for")
    await anna.hears("I’ve asked a person to look at your plan")
    topic = (await world.topic_of()).thread_id
    await world.group.hears("Asks for this plan", topic=topic)
    await killing.begin()
    await killing.after(
        lambda: mei.press_in(world.group, "Agree to the plan", topic=topic), anna.user_id, "Your plan is set"
    )
    assert heard(anna, "Your plan is set") == 2
    await world.group.hears("The plan is agreed", topic=topic)
    mei.say_in(world.group, "/take", topic=topic)
    await world.app.catch_up()
    ended = partial(mei.say_in, world.group, "/plan cancel", topic=topic)
    await killing.after(ended, anna.user_id, "Mei has ended your plan")
    assert heard(anna, "Mei has ended your plan") == 2


async def test_supervisors_hear_of_a_call_that_broke_a_rule_after_a_kill(
    world: World, killing: Killing, anna: Person, mei: Person
) -> None:
    sue = world.telegram.people[3003]
    await opens_the_bot(mei, sue)
    await asks(world, anna)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    topic = (await world.topic_of()).thread_id
    world.clock.move(timedelta(hours=10))  # late in the evening in Taipei
    await killing.begin()
    call = "/call no_answer late"
    await killing.after(lambda: mei.say_in(world.group, call, topic=topic), world.group.chat_id, "outside the hours")
    assert heard(sue, "Case #1: Mei called outside the hours") == 1
    async with world.db.read() as conn:
        assert (await conn.execute(select(func.count()).where(contacts.c.channel == "phone"))).scalar() == 1


async def test_words_that_bring_a_person_back_are_passed_on_once_and_acted_on_by_nobody_else(
    world: World, killing: Killing, anna: Person, mei: Person
) -> None:
    await asks(world, anna)
    await world.owes("C1", "I-C1", days=-1)
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours", topic=None)
    topic = (await world.topic_of()).thread_id
    mei.say_in(world.group, "Would a promise help you?", topic=topic)
    asked = (await anna.hears("Would a promise help")).message_id
    mei.say_in(world.group, "/done other", topic=topic)
    await world.group.hears("Closed", topic=topic)
    await world.app.catch_up()
    await killing.begin()
    words = "I can pay 500 on Friday"
    await killing.after(lambda: anna.say(words, reply_to=asked), anna.user_id, "asked a person to join")
    assert heard(anna, "Shall I note") == 0, "the words were for a person"
    assert heard(anna, "asked a person to join") == 1 + 2
    async with world.db.read() as conn:
        rows = (await conn.execute(select(case_events.c.kind).where(case_events.c.case_id == 2))).scalars().all()
        assert (await conn.execute(select(func.count()).select_from(cases))).scalar() == 2
    assert (rows.count("words"), rows.count("asked_again")) == (1, 0)


async def test_words_that_were_not_understood_count_once(world: World, killing: Killing, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await killing.begin()
    await killing.after(lambda: anna.say("blue elephants hum"), anna.user_id, "I’m not sure")
    first, again = (message.text for message in anna.inbox[-2:])
    assert first == again, "nobody is offered a person for one message"
