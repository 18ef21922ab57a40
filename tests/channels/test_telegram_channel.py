"""What a message becomes at Telegram, and what Telegram's refusals become here."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import InvalidToken
from telegram.ext import ExtBot

from bot.channels import NOT_LEFT, Accepted, Envelope, Refused
from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram import TelegramChannel, WalletBot, build_bot, markup, send
from bot.message import Button, Message
from tests.channels.telegram_api import TOKEN, Answer, Api, refused


@pytest.fixture
def channel(bot: ExtBot[Priority]) -> TelegramChannel:
    return TelegramChannel(bot)


HELLO = Message("Due <b>today</b>")


async def test_an_accepted_message_has_telegrams_id(channel: TelegramChannel) -> None:
    assert await channel.deliver("7", HELLO) == Accepted("9")


async def test_a_message_arrives_as_html_without_previews(api: Api, channel: TelegramChannel) -> None:
    await channel.deliver("7", HELLO)
    assert api.call == {
        "chat_id": "7",
        "text": "Due <b>today</b>",
        "parse_mode": "HTML",
        "link_preview_options": '{"is_disabled": true}',
    }


async def test_buttons_arrive_in_their_rows(api: Api, channel: TelegramChannel) -> None:
    rows = ((Button("Pay", url="https://pay.example/1"), Button("Promise", action="promise:1")),)
    await channel.deliver("7", Message("Due", rows))
    assert json.loads(api.call["reply_markup"]) == {
        "inline_keyboard": [
            [
                {"text": "Pay", "url": "https://pay.example/1"},
                {"text": "Promise", "callback_data": "promise:1"},
            ]
        ]
    }


async def test_a_silent_message_makes_no_sound(api: Api, channel: TelegramChannel) -> None:
    await channel.deliver("7", Message("Due", silent=True))
    assert api.call["disable_notification"] == "true"


async def test_only_bulk_goes_at_the_paid_rate(api: Api, bot: ExtBot[Priority]) -> None:
    paid = TelegramChannel(bot, paid_broadcast=True)
    await paid.deliver("7", HELLO)
    await paid.deliver("7", HELLO, priority=Priority.INTERACTIVE)
    assert [form.get("allow_paid_broadcast") for _, form in api.calls] == ["true", None]


ALL_KINDS = [
    Message("Due <b>today</b> & 50 % + 1 = ü 中文 😀\n\udc80"),
    Message("Due", ((Button("付款", url="https://pay.example/?a=1&b=%20"),), (Button("Promise", action="promise"),))),
    Message("Due", silent=True),
    Message("Due", ask_contact="Share my number"),
    Message("Due", drop_keyboard=True),
]


@pytest.mark.parametrize("paid", [False, True])
async def test_a_message_goes_over_the_wire_as_the_library_would_write_it(api: Api, bot: WalletBot, paid: bool) -> None:
    channel = TelegramChannel(bot, paid_broadcast=paid)
    for message in ALL_KINDS:
        about = {"reply_markup": markup(message), "disable_notification": message.silent or None}
        await bot.send_message("7", message.text, allow_paid_broadcast=paid or None, **about)
        assert await channel.deliver("7", message) == Accepted("9")
        assert await channel.send_notice("7", Envelope(message)) == Accepted("9")
        await bot.send_message("7", message.text, message_thread_id=5, **about)
        assert await send(bot, 7, message, thread_id=5, priority=Priority.INTERACTIVE) == Accepted("9")
        calls = [form for _, form in api.calls[-5:]]
        for form in calls:
            form["reply_markup"] = json.loads(form.get("reply_markup", "0"))
        assert calls[1] == calls[2] == calls[0]
        assert calls[4] == calls[3]


async def test_what_may_not_leave_any_more_does_not(api: Api, channel: TelegramChannel) -> None:
    async def no() -> bool:
        return False

    assert await channel.send_notice("7", Envelope(HELLO, may_leave=no)) == NOT_LEFT
    assert api.calls == []


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (Message("x"), type(None)),
        (Message("x", ((Button("a", action="b"),),)), InlineKeyboardMarkup),
        (Message("x", ask_contact="Share my number"), ReplyKeyboardMarkup),
        (Message("x", drop_keyboard=True), ReplyKeyboardRemove),
    ],
)
def test_a_message_has_one_markup(message: Message, kind: type) -> None:
    assert type(markup(message)) is kind


REFUSALS = [
    (refused(403, "Forbidden: bot was blocked by the user"), True, "blocked"),
    (refused(403, "Forbidden: user is deactivated"), True, "deactivated"),
    (refused(403, "Forbidden: bot can't initiate conversation with a user"), True, "cannot_initiate"),
    (refused(403, "Forbidden: bot can't send messages to bots"), True, "is_a_bot"),
    (refused(403, "Forbidden: something new"), True, "forbidden"),
    (refused(400, "Bad Request: chat not found"), True, "chat_not_found"),
    (refused(400, "Bad Request: PEER_ID_INVALID"), True, "chat_not_found"),
    (refused(400, "Bad Request: can't parse entities: unclosed start tag"), True, "bad_request"),
    (refused(400, "Bad Request: message text is empty"), True, "bad_request"),
    (refused(413, "Request Entity Too Large"), True, "too_large"),
    (refused(401, "Unauthorized"), False, "unauthorized"),
    (refused(404, "Not Found"), False, "unauthorized"),
    (refused(409, "Conflict: terminated by other getUpdates request"), False, "conflict"),
    (refused(500, "Internal Server Error"), False, "server_error"),
    (refused(502, "Bad Gateway"), False, "server_error"),
    (refused(504, "Gateway Timeout"), False, "in_doubt"),
    (refused(429, "Too Many Requests: retry after 35", retry_after=35), False, "flood"),
    (None, False, "in_doubt"),
]


@pytest.mark.parametrize(("refusal", "for_good", "reason"), REFUSALS)
async def test_a_refusal_has_a_reason(
    api: Api, channel: TelegramChannel, refusal: Answer | None, for_good: bool, reason: str
) -> None:
    api.refusal = refusal
    result = await channel.deliver("7", HELLO)
    assert isinstance(result, Refused)
    assert (result.for_good, result.reason) == (for_good, reason)


async def test_a_flood_wait_says_how_long(api: Api, channel: TelegramChannel) -> None:
    api.refusal = refused(429, "Too Many Requests: retry after 35", retry_after=35)
    result = await channel.deliver("7", HELLO)
    assert isinstance(result, Refused)
    assert result.retry_after_s == 35


async def test_during_a_flood_wait_reminders_do_not_even_leave(api: Api, channel: TelegramChannel) -> None:
    api.refusal = refused(429, "Too Many Requests: retry after 35", retry_after=35)
    await channel.deliver("7", HELLO)
    await channel.deliver("8", HELLO)
    assert len(api.calls) == 1


async def test_after_shutdown_a_message_is_refused_as_unsent(bot: ExtBot[Priority], channel: TelegramChannel) -> None:
    await bot.shutdown()
    result = await channel.deliver("7", HELLO)
    assert isinstance(result, Refused)
    assert (result.for_good, result.reason) == (False, "network")


@pytest.mark.parametrize("reason", ["blocked", "deactivated", "cannot_initiate", "chat_not_found"])
def test_some_reasons_lose_the_address(reason: str) -> None:
    assert Refused(True, reason).address_lost


def test_a_message_telegram_cannot_read_does_not_lose_the_address() -> None:
    assert not Refused(True, "bad_request").address_lost


async def test_a_refusal_tells_no_token(api: Api, channel: TelegramChannel) -> None:
    api.refusal = refused(400, f"Bad Request: wrong /bot{TOKEN}/sendMessage")
    assert TOKEN not in repr(await channel.deliver("7", HELLO))


# The bot object.


async def test_a_rejected_token_is_not_shown() -> None:
    async def reject(_request: web.Request) -> web.Response:
        return web.json_response({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)

    app = web.Application()
    app.router.add_post("/{anything:.*}", reject)
    async with TestServer(app) as server:
        bot = build_bot(TOKEN, str(server.make_url("")), RateLimiter())
        with pytest.raises(InvalidToken, match="set DUEBOT_TOKEN") as caught:
            await bot.initialize()
        await bot.shutdown()
    assert caught.value.__context__ is None


async def test_the_bot_never_says_its_token(bot: ExtBot[Priority], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    build_bot(TOKEN, "https://api.example", RateLimiter())
    await bot.send_message(7, "x")
    assert TOKEN not in repr(bot) + caplog.text


async def test_many_answers_at_once_share_the_pool(api: Api, channel: TelegramChannel) -> None:
    sent = await asyncio.gather(*(channel.deliver(str(chat), HELLO) for chat in range(1, 201)))
    assert set(sent) == {Accepted("9")}
