"""What the local Telegram refuses, with Telegram's own texts and numbers, as the real client library gets it."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.constants import MessageLimit
from telegram.error import BadRequest, Forbidden, InvalidToken

from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, Person


def one_button(**button: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Button", **button)]])


# -- who can be written to ---------------------------------------------------------------------------------------------


async def test_a_person_who_never_wrote(bot: Bot, telegram: LocalTelegram) -> None:
    telegram.person(1002, "小美")
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(1002, "hi")


async def test_a_person_who_blocked_the_bot(bot: Bot, anna: Person) -> None:
    anna.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(1001, "hi")
    with pytest.raises(AssertionError, match="has blocked the bot"):
        anna.say("hi")


async def test_an_account_that_is_gone(bot: Bot, anna: Person) -> None:
    anna.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(1001, "hi")


async def test_a_chat_nobody_knows(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(77, "hi")


# -- texts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   ", "<b></b>"])
async def test_an_empty_text(bot: Bot, anna: Person, text: str) -> None:
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(1001, text, parse_mode="HTML")


async def test_a_text_over_the_limit_counted_in_utf16_units(bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "🙂" * (MessageLimit.MAX_TEXT_LENGTH // 2))
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(1001, "🙂" * (MessageLimit.MAX_TEXT_LENGTH // 2) + "x")


async def test_a_caption_over_the_limit(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(1001, b"picture", caption="x" * (MessageLimit.CAPTION_LENGTH + 1))


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("還 <x>y</x>", 'Unsupported start tag "x" at byte offset 4'),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ('<span class="x">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
    ],
)
async def test_html_telegram_cannot_read(
    bot: Bot, anna: Person, telegram: LocalTelegram, source: str, refusal: str
) -> None:
    with pytest.raises(BadRequest):
        await bot.send_message(1001, source, parse_mode="HTML")
    description = telegram.requests[-1].response["description"]  # the client library changes the case of letters
    assert description == f"Bad Request: can't parse entities: {refusal}"


async def test_markdown_is_not_read_here(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="use parse_mode html or entities"):
        await bot.send_message(1001, "*bold*", parse_mode="MarkdownV2")


# -- buttons -----------------------------------------------------------------------------------------------------------


async def test_callback_data_over_64_bytes(bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "hi", reply_markup=one_button(callback_data="還" * 21))
    with pytest.raises(BadRequest, match="Button_data_invalid"):
        await bot.send_message(1001, "hi", reply_markup=one_button(callback_data="還" * 22))


async def test_a_link_that_is_none(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="url 'http://localhost/pay' is invalid: wrong http url"):
        await bot.send_message(1001, "hi", reply_markup=one_button(url="http://localhost/pay"))


async def test_a_button_that_does_nothing(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="text buttons are unallowed in the inline keyboard"):
        await bot.send_message(1001, "hi", reply_markup=one_button())


async def test_asking_for_a_number_in_a_group(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    group = telegram.group(members=[anna])
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Number", request_contact=True)]])
    with pytest.raises(BadRequest, match="Phone number can be requested in private chats only"):
        await bot.send_message(group.chat_id, "hi", reply_markup=keyboard)


async def test_more_than_a_hundred_buttons(bot: Bot, anna: Person) -> None:
    rows = [[InlineKeyboardButton("x", callback_data="x")]] * 101
    with pytest.raises(BadRequest, match="Reply markup is too long"):
        await bot.send_message(1001, "hi", reply_markup=InlineKeyboardMarkup(rows))


async def test_answering_twice(bot: Bot, anna: Person) -> None:
    query = anna.press_data("x")
    await bot.answer_callback_query(query["id"])
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
        await bot.answer_callback_query(query["id"])


async def test_answering_too_late(bot: Bot, anna: Person, clock: ManualClock) -> None:
    query = anna.press_data("x")
    clock.move(timedelta(hours=1))
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(query["id"])


# -- messages that are there -------------------------------------------------------------------------------------------


async def test_an_edit_that_changes_nothing(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(1001, "<b>hi</b>", parse_mode="HTML", reply_markup=one_button(callback_data="x"))
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content and reply markup"):
        await sent.edit_text("<b>hi</b> ", parse_mode="HTML", reply_markup=one_button(callback_data="x"))
    await sent.edit_text("<b>hi</b>", parse_mode="HTML")
    assert anna.inbox[-1].buttons == []


async def test_editing_a_message_that_is_gone(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("hi", 1001, 99)


async def test_editing_what_a_person_wrote(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("hi", 1001, anna.messages[0].message_id)


async def test_editing_a_message_with_a_reply_keyboard(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(1001, "hi", reply_markup=ReplyKeyboardMarkup([["Yes"]]))
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await sent.edit_text("ho")


async def test_text_and_caption_are_not_taken_for_each_other(bot: Bot, anna: Person) -> None:
    text, photo = await bot.send_message(1001, "hi"), await bot.send_photo(1001, b"picture")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await text.edit_caption("ho")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await photo.edit_text("ho")


async def test_copying_deleting_and_answering_what_is_gone(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="Message to copy not found"):
        await bot.copy_message(1001, 1001, 99)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(1001, 99)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(1001, "hi", reply_to_message_id=99)
    await bot.send_message(1001, "hi", reply_to_message_id=99, allow_sending_without_reply=True)


async def test_deleting_after_two_days(bot: Bot, anna: Person, clock: ManualClock) -> None:
    sent = await bot.send_message(1001, "hi")
    clock.move(timedelta(hours=49))
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await sent.delete()


async def test_a_file_that_is_unknown(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await bot.send_photo(1001, "AgACunknown")


async def test_a_reaction_telegram_does_not_have(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(1001, anna.messages[0].message_id, "🧾")


# -- calls -------------------------------------------------------------------------------------------------------------


async def test_a_wrong_token(url: str) -> None:
    with pytest.raises(InvalidToken):
        await Bot("123456:wrong", base_url=f"{url}/bot").get_me()


async def test_a_method_there_is_not(telegram: LocalTelegram, url: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/bot{telegram.token}/sendPigeon") as response:
        assert response.status == 404
        assert await response.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_a_webhook_without_https(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="an https url must be provided for webhook"):
        await bot.set_webhook("http://bot.example/hook")


async def test_a_command_name_telegram_does_not_take(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Balance", "What I owe")])
