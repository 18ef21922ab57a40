"""`/learn`: cards that are turned in one message, in each language."""

from __future__ import annotations

import pytest

from bot.sandbox import Person
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World


async def test_cards_are_turned_in_one_message(world: World, anna: Person) -> None:
    await owing(world, anna)
    anna.say("good to know")
    offered = await anna.hears("What would you like to read?")
    assert offered.buttons[:2] == ["When a payment is late", "Your credit record"]
    anna.press("Your credit record")
    first = await anna.hears("1 of 4")
    assert "Wallet" in first.text and "‹ Previous" not in first.buttons
    anna.press("Next ›")
    second = await anna.hears("2 of 4")
    assert second.message_id == offered.message_id
    anna.press("‹ Previous")
    await anna.hears("1 of 4")
    anna.press("More to read")
    await anna.hears("What would you like to read?")


@pytest.mark.parametrize(("language", "title"), [("zh-Hans", "信用记录"), ("zh-Hant", "信用紀錄")])
async def test_cards_are_read_in_the_customers_language(world: World, anna: Person, language: str, title: str) -> None:
    await owing(world, anna, language=language)
    anna.say("/learn")
    await anna.hears("想看哪一個" if language == "zh-Hant" else "想看哪一个")
    anna.press(title)
    assert title in (await anna.hears("1/4")).text


async def test_an_old_button_of_a_lesson_that_is_gone_leads_to_those_there_are(world: World, anna: Person) -> None:
    await owing(world, anna)
    anna.press_data("learn:gone:3")
    await anna.hears("What would you like to read?")
    anna.press_data("learn:credit:99")
    await anna.hears("4 of 4")
