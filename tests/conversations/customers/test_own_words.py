"""A customer's own words do what they mean; where that is not clear they are asked, and at last a person comes."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.sandbox import Person
from bot.work.runtime.parts import BotParts
from storage.schema import cases, contacts, customers, holds
from tests.conversations.conftest import World


async def linked(world: World, person: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=10, amount="1200.00")  # not overdue: nobody opens a case meanwhile
    await world.link("C1", person)


async def test_phrases_are_counted_before_anybody_writes(world: World) -> None:
    (counting,) = (task for task in world.app._loops.tasks if task.get_name() == "phrases")
    await counting
    assert isinstance(world.app.parts, BotParts) and "model" in vars(world.app.parts.phrases)


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("can u tell me what I still have to pay", "1,200.00"),
        ("hey when do i need to pay by", "1,200.00"),
        ("i'd like to pay it in parts please", "nothing to pay in parts"),
        ("我一共要还多少钱啊", "1,200.00"),
        ("下一期什麼時候要繳", "1,200.00"),
    ],
)
async def test_a_question_is_answered(world: World, anna: Person, sentence: str, answer: str) -> None:
    await linked(world, anna)
    anna.say(sentence)
    await anna.hears(answer)


@pytest.mark.parametrize(
    "sentence", ["stop messaging me", "别再发了", "不要再傳訊息給我", "I don't want to get these anymore"]
)
async def test_who_wants_no_more_messages_gets_no_more(world: World, anna: Person, sentence: str) -> None:
    await linked(world, anna)
    anna.say(sentence)
    await anna.hears("any more reminders")
    async with world.db.read() as conn:
        assert (await conn.execute(select(customers.c.stopped_at))).scalar_one() is not None


async def test_a_card_that_is_not_to_be_stopped_stops_nothing(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("please don't stop my card")
    await anna.hears("")
    async with world.db.read() as conn:
        assert (await conn.execute(select(customers.c.stopped_at))).scalar_one() is None


async def test_a_sentence_is_evidence_once(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("stop. how much do I owe?")
    await anna.hears("any more reminders")
    await anna.hears("1,200.00")
    async with world.db.read() as conn:
        words = (await conn.execute(select(contacts.c.body).where(contacts.c.kind == "word"))).scalars().all()
    assert words == ["stop. how much do I owe?"]


async def test_what_is_not_clear_is_asked_about(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("what about the thing")
    asked = await anna.hears("Did you mean")
    assert "Something’s not right" in asked.buttons
    assert "Talk to a person" in asked.buttons


async def test_the_second_miss_offers_a_person_and_the_third_brings_one(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("qwrtz plk")
    await anna.hears("no person has seen this message")
    anna.say("vbnm xcyk")
    await anna.hears("Would you like a person to read it")
    anna.say("zpfh wmqr")
    await anna.hears("I’m asking a person to read what you wrote")
    await anna.hears("I’ve asked a person to join")
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.reason))).scalars().all() == ["asked"]
    told = "\n".join(message.text for message in world.group.messages)
    assert all(words in told for words in ("qwrtz plk", "vbnm xcyk", "zpfh wmqr"))


async def test_words_for_a_case_that_waits_are_answered_and_passed_on(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("/agent")
    await anna.hears("I’ve asked a person")
    await world.app.catch_up()
    anna.say("how much do i owe you")
    await anna.hears("1,200.00")
    await world.group.hears("how much do i owe you")


async def test_who_is_not_linked_hears_nothing_of_anybodys(world: World, anna: Person) -> None:
    anna.say("how much do i owe you")
    await anna.hears("")
    assert "1,200" not in anna.inbox[-1].text


async def test_a_hard_time_and_a_plan_are_answered_once(world: World, anna: Person) -> None:
    await linked(world, anna)
    heard = len(anna.inbox)
    anna.say("I lost my job. Can I pay in parts?")
    answer = await anna.hears("")
    assert "Pay in parts" in answer.buttons
    await anna.hears_nothing(for_s=0.5)
    assert len(anna.inbox) == heard + 1


async def test_a_command_that_is_none_of_ours_does_nothing_but_show_them(world: World, anna: Person) -> None:
    await linked(world, anna)
    for words in ("/away", "/done paid", "/transfer Bob", "/STPO", "/call reached"):
        anna.say(words)
        await anna.hears("/balance – ")
    async with world.db.read() as conn:
        assert (await conn.execute(select(customers.c.stopped_at))).scalar() is None
        assert (await conn.execute(select(func.count()).select_from(holds))).scalar() == 0


async def test_hello_is_answered_and_no_miss(world: World, anna: Person) -> None:
    await linked(world, anna)
    for _ in range(4):
        anna.say("hello")
        assert "Talk to a person" in (await anna.hears("Hello! I’m Wallet’s automated assistant")).buttons
    anna.say("what can you do?")
    await anna.hears("/balance")
    async with world.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(cases))).scalar() == 0


async def test_another_day_may_be_said_to_a_proposal(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=1)
    await world.link("C1", anna)
    anna.say("i'll pay 300 tomorrow")
    await anna.hears("NT$300.00 by Tue, 3 Mar")
    anna.say("actually make it friday")
    await anna.hears("by Fri, 6 Mar")
