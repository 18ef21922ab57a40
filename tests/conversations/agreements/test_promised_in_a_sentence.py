"""A promise in the customer's own sentence: its day and sum are offered, and one press makes it; nothing is promised
without."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import holds
from tests.conversations.conftest import World


async def linked(world: World, person: Person, language: str = "en") -> None:
    await world.customer("C1", language=language)  # it is Monday, 2 March
    await world.owes("C1", "I1", days=-1, amount="1200.00")
    await world.link("C1", person)


async def promised(world: World) -> list[tuple[str, int | None]]:
    async with world.db.read() as conn:
        rows = await conn.execute(select(holds.c.until, holds.c.amount).where(holds.c.ended_at.is_(None)))
        return [(row.until.isoformat(), row.amount) for row in rows]


@pytest.mark.parametrize(
    ("language", "sentence", "asked", "yes", "noted"),
    [
        ("en", "I can pay 500 on Friday", "500.00", "Yes, on Fri, 6 Mar 2026", "You’ll pay"),
        ("zh-Hans", "周五还500", "500.00", "好，就", "谢谢"),
        ("zh-Hant", "禮拜五可以先還五百", "500.00", "好，就", "謝謝"),
    ],
)
async def test_a_clear_day_and_sum_take_one_press(
    world: World, anna: Person, language: str, sentence: str, asked: str, yes: str, noted: str
) -> None:
    await linked(world, anna, language)
    anna.say(sentence)
    offer = await anna.hears(asked)
    assert await promised(world) == []
    assert offer.buttons[0].startswith(yes[:3])
    action = offer.button(offer.buttons[0])["callback_data"]
    anna.press(offer.buttons[0])
    assert "500.00" in (await anna.hears(noted)).text
    assert await promised(world) == [("2026-03-06", 50_000)]
    anna.say("/due")
    await anna.hears("1,200.00")
    anna.press_data(action)  # the same again is the same promise
    await anna.hears(noted)
    assert await promised(world) == [("2026-03-06", 50_000)]


async def test_a_part_that_came_in_keeps_the_promise_and_no_more_is_said_to_be_paid(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("I can pay 500 on Friday")
    offer = await anna.hears("Shall I note")
    anna.press(offer.buttons[0])
    await anna.hears("You’ll pay")
    await world.pays("P1", "I1", "500.00")
    await world.pass_time(hours=2)
    async with world.db.read() as conn:
        assert (await conn.execute(select(holds.c.ended_why))).scalars().all() == ["kept"]


async def test_what_can_be_read_in_two_ways_is_asked(world: World, anna: Person) -> None:
    await linked(world, anna)
    for sentence, days in (
        ("next friday i can pay", ["Fri, 6 Mar 2026"]),  # that of next week is too far
        ("i will pay on monday", ["Mon, 2 Mar 2026", "Mon, 9 Mar 2026"]),
        ("i can pay on friday or saturday", ["Fri, 6 Mar 2026", "Sat, 7 Mar 2026"]),
    ):
        anna.say(sentence)
        offer = await anna.hears("remind you")
        for day, label in zip(days, offer.buttons, strict=False):
            assert day.removesuffix(" 2026") in label
        assert await promised(world) == []


@pytest.mark.parametrize(
    ("sentence", "said"),
    [("I will pay 500 on 20 March", "can’t be chosen"), ("i will pay on feb 10", "can’t be chosen")],
)
async def test_a_day_that_is_past_or_too_far_is_answered_with_those_that_can_be_chosen(
    world: World, anna: Person, sentence: str, said: str
) -> None:
    await linked(world, anna)
    anna.say(sentence)
    offer = await anna.hears(said)
    assert len(offer.buttons) > 3
    anna.press(offer.buttons[1])
    await anna.hears("You’ll pay")
    assert await promised(world) == [("2026-03-03", 50_000 if "500" in sentence else 120_000)]


async def test_a_sum_larger_than_what_is_owed_is_about_what_is_due(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("I can pay 5000 on Friday")
    offer = await anna.hears("what’s due by")
    anna.press(offer.buttons[0])
    assert "1,200.00" in (await anna.hears("You’ll pay")).text
    assert await promised(world) == [("2026-03-06", 120_000)]
