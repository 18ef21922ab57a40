"""What customers tell in their own words: a payment, a wrong person, doubt, thanks; and what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases, dead_channels, holds, notices
from tests.conversations.conftest import World


async def linked(world: World, person: Person, language: str = "en", days: int = -1) -> None:
    await world.customer("C1", language=language)
    await world.owes("C1", "I1", days=days, amount="1200.00")
    await world.link("C1", person)


async def reminders(world: World) -> int:
    async with world.db.read() as conn:
        return len((await conn.execute(select(notices.c.notice_id).where(notices.c.state == "accepted"))).all())


async def in_force(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(holds.c.kind).where(holds.c.ended_at.is_(None)))).scalars())


@pytest.mark.parametrize(
    ("language", "sentence", "first"),
    [
        ("en", "i already payed this morning", "It can take a day"),
        ("zh-Hans", "昨天就转过去了", "大约要一天"),
        ("zh-Hant", "我昨天繳掉了", "大約要一天"),
    ],
)
async def test_who_paid_is_thanked_and_not_reminded_for_a_while(
    world: World, anna: Person, language: str, sentence: str, first: str
) -> None:
    await linked(world, anna, language)
    anna.say(sentence)
    await anna.hears(first)
    assert await in_force(world) == ["said_paid"]
    before = await reminders(world)
    await world.pass_time(hours=10)
    assert await reminders(world) == before
    await world.pass_time(hours=38)
    assert await in_force(world) == []
    async with world.db.read() as conn:
        assert (await conn.execute(select(holds.c.ended_why))).scalars().all() == ["over"]


async def test_the_wallets_next_facts_end_that_rest_and_a_second_time_a_person_is_better(
    world: World, anna: Person
) -> None:
    await linked(world, anna)
    anna.say("i already paid")
    await anna.hears("It can take a day")
    world.clock.move(timedelta(hours=1))
    await world.owes("C1", "I1", days=-1, amount="1200.00")  # the wallet has seen nothing
    await world.app.catch_up()
    assert await in_force(world) == []
    anna.say("but i paid already")
    answer = await anna.hears("still can’t see that payment")
    assert answer.buttons == ["Talk to a person", "Something’s not right"]
    assert await in_force(world) == []


@pytest.mark.parametrize(
    ("language", "sentence", "first", "back", "again"),
    [
        ("en", "you have the wrong number", "sorry for disturbing", "It’s me after all", "gets reminders again"),
        ("zh-Hans", "你找错人了", "打扰", "其实是我本人", "继续收到提醒"),
        ("zh-Hant", "你搞錯人了", "打擾", "其實是我本人", "繼續收到提醒"),
    ],
)
async def test_a_wrong_person_gets_no_more_reminders_and_one_press_takes_it_back(
    world: World, anna: Person, language: str, sentence: str, first: str, back: str, again: str
) -> None:
    await linked(world, anna, language)
    anna.say(sentence)
    answer = await anna.hears(first)
    assert "1,200" not in answer.text
    assert answer.buttons == [back]
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.reason))).scalars().all() == ["wrong_person"]
    before = await reminders(world)
    for asked in ("/balance", "/due", "/settings"):  # nothing of the customer's is shown there any more
        anna.say(asked)
        nothing = await anna.hears("")
        assert nothing.buttons == [back] and "500" not in nothing.text and "Card" not in nothing.text
    anna.say("hello?")
    await world.pass_time(days=3)
    assert await reminders(world) == before
    anna.press(back)
    await anna.hears(again)
    async with world.db.read() as conn:
        assert (await conn.execute(select(dead_channels))).all() == []


@pytest.mark.parametrize(
    ("sentence", "first"), [("is this a scam?", "never ask"), ("how do i know you're legit", "never ask")]
)
async def test_doubt_is_answered_linked_or_not(world: World, anna: Person, sentence: str, first: str) -> None:
    anna.say(sentence)
    assert "card number" in (await anna.hears(first)).text


async def test_thanks_are_answered_in_a_word_and_not_where_a_person_has_the_case(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("thx a lot")
    answer = await anna.hears("You’re welcome")
    assert not answer.buttons
    anna.say("/agent")
    await anna.hears("I’ve asked a person")
    anna.say("thx a lot")
    anna.say("/due")
    assert "You’re welcome" not in (await anna.hears("")).text
