"""`/history`: pages in one message, and a file whose genuineness can be checked."""

from __future__ import annotations

from bot.sandbox import Person
from bot.work.outlook.contact_history import verified
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World


async def test_pages_are_turned_in_one_message_and_the_file_is_genuine(world: World, anna: Person) -> None:
    await owing(world, anna, 3)
    await world.app.catch_up()
    await anna.hears("1,200.00")
    for words in ("hello there 1", "hello there 2", "hello there 3", "hello there 4", "hello there 5"):
        anna.say(words)
        await world.app.catch_up()
    anna.say("/history")
    newest = await anna.hears("What was between us")
    assert "Telegram: accepted" in newest.text and "hello there 5" in newest.text
    assert "‹ Newer" not in newest.buttons
    anna.press("Older ›")
    older = await anna.hears("2 of 2")
    assert older.message_id == newest.message_id and "You linked this chat" in older.text
    anna.press("As a signed file")
    sent = await anna.hears("genuine and unchanged")
    stored = world.telegram.files.by_id(sent.raw["document"]["file_id"])
    assert stored is not None and (await verified(world.db, stored.content)).judged == "genuine"


async def test_an_old_button_of_a_page_that_is_gone_shows_the_last(world: World, anna: Person) -> None:
    await owing(world, anna)
    anna.press_data("history:999")
    await anna.hears("1 of 1")
