"""What a message becomes at Telegram, and what Telegram's refusals become here."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from telegram import InlineKeyboardMarkup, MessageEntity, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.error import InvalidToken
from telegram.ext import ExtBot

from bot.channels import NOT_LEFT, Accepted, Envelope, Outcome, Refused
from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram import (
    Forum,
    TelegramChannel,
    WalletBot,
    build_bot,
    copy,
    edit_caption,
    edit_media,
    edit_text,
    markup,
    say,
    send,
)
from bot.message import Button, Message

TOKEN = "123456789:AAFq-this_is_the_secret_part_of_it"
GROUP = -1001234
ME = {"id": 123456789, "is_bot": True, "first_name": "Wallet", "username": "wallet_bot"}
BOLD = MessageEntity(MessageEntity.BOLD, 0, 2)

Answer = tuple[int, dict[str, object]]


def refused(status: int, description: str, **parameters: int) -> Answer:
    answer: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return status, answer | ({"parameters": parameters} if parameters else {})


@dataclass
class Api:
    """A server that takes every call, or refuses it as the test says; `None` drops the connection."""

    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    refusal: Answer | None | str = "none"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method == "getMe":
            return web.json_response({"ok": True, "result": ME})
        self.calls.append((method, {k: str(v) for k, v in (await request.post()).items()}))
        if self.refusal is None:
            assert request.transport is not None
            request.transport.abort()
        if isinstance(self.refusal, tuple):
            status, body = self.refusal
            return web.json_response(body, status=status)
        return web.json_response({"ok": True, "result": self.result(method)})

    def result(self, method: str) -> object:
        if method == "createForumTopic":
            return {"message_thread_id": 55, "name": "n", "icon_color": 7322096}
        if method.endswith("ForumTopic") or method == "pinChatMessage":
            return True
        return {"message_id": 9, "date": 1770000000, "chat": {"id": 7, "type": "private", "first_name": "A"}}

    @property
    def call(self) -> dict[str, str]:
        assert len(self.calls) == 1
        return self.calls[0][1]


@pytest.fixture
async def api() -> Api:
    return Api()


@pytest.fixture
async def bot(api: Api) -> AsyncIterator[ExtBot[Priority]]:
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    async with TestServer(app) as server:
        limiter = RateLimiter(per_second=1000, per_chat_s=0.0001, per_group_minute=100_000)
        async with build_bot(TOKEN, str(server.make_url("/")), limiter) as bot:
            yield bot


@pytest.fixture
def channel(bot: ExtBot[Priority]) -> TelegramChannel:
    return TelegramChannel(bot)


@pytest.fixture
def forum(bot: ExtBot[Priority]) -> Forum:
    return Forum(bot, GROUP)


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


# The agents' group.


async def test_a_topic_opens_with_its_thread(api: Api, forum: Forum) -> None:
    assert await forum.open_topic("逾" * 200) == Accepted("55")
    assert api.call == {"chat_id": str(GROUP), "name": "逾" * 127 + "…"}


async def test_a_post_goes_to_its_topic_and_answers_a_message(api: Api, forum: Forum) -> None:
    await forum.post(55, HELLO, reply_to=3)
    reply = json.loads(api.call["reply_parameters"])
    assert (api.call["message_thread_id"], reply["message_id"]) == ("55", 3)
    assert reply["allow_sending_without_reply"] is True


@pytest.mark.parametrize("general", [None, 1])
async def test_the_general_topic_has_no_thread_id(api: Api, forum: Forum, general: int | None) -> None:
    await forum.post(general, HELLO)
    assert "message_thread_id" not in api.call


async def test_an_edit_that_changes_nothing_is_done(api: Api, forum: Forum) -> None:
    api.refusal = refused(400, "Bad Request: message is not modified: specified new message content is the same")
    assert await forum.edit(9, HELLO) == Accepted("9")


@pytest.mark.parametrize("change", ["close_topic", "reopen_topic"])
async def test_a_topic_that_is_so_already_is_done(api: Api, forum: Forum, change: str) -> None:
    api.refusal = refused(400, "Bad Request: TOPIC_NOT_MODIFIED")
    assert await getattr(forum, change)(55) == Accepted("55")


async def test_a_topic_gets_a_new_name(api: Api, forum: Forum) -> None:
    assert await forum.rename_topic(55, "Chen · 3 days") == Accepted("55")
    assert api.call == {"chat_id": str(GROUP), "message_thread_id": "55", "name": "Chen · 3 days"}


async def test_pinning_makes_no_sound(api: Api, forum: Forum) -> None:
    assert await forum.pin(9) == Accepted("9")
    assert api.call["disable_notification"] == "true"


GROUP_REFUSALS = [
    (refused(400, "Bad Request: message thread not found"), True, "topic_gone"),
    (refused(400, "Bad Request: TOPIC_DELETED"), True, "topic_gone"),
    (refused(400, "Bad Request: TOPIC_ID_INVALID"), True, "topic_gone"),
    (refused(400, "Bad Request: TOPIC_CLOSED"), False, "topic_closed"),
    (refused(400, "Bad Request: not enough rights to create a topic"), False, "no_rights"),
    (refused(400, "Bad Request: CHAT_ADMIN_REQUIRED"), False, "no_rights"),
    (refused(403, "Forbidden: bot was kicked from the supergroup chat"), False, "group_gone"),
    (refused(403, "Forbidden: bot is not a member of the supergroup chat"), False, "group_gone"),
    (refused(400, "Bad Request: chat not found"), False, "group_gone"),
    (refused(400, "Bad Request: the chat is not a forum"), False, "not_a_forum"),
    (refused(403, "Forbidden: something new"), False, "no_rights"),
]


@pytest.mark.parametrize(("refusal", "for_good", "reason"), GROUP_REFUSALS)
async def test_a_groups_refusal_has_a_reason(
    api: Api, forum: Forum, refusal: Answer, for_good: bool, reason: str
) -> None:
    api.refusal = refusal
    result = await forum.post(55, HELLO)
    assert isinstance(result, Refused)
    assert (result.for_good, result.reason) == (for_good, reason)


async def test_a_migrated_group_tells_its_new_id(api: Api, forum: Forum) -> None:
    api.refusal = refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100999)
    assert await forum.open_topic("Chen") == Refused(True, "migrated", detail="-100999")


# Relays.


async def test_what_a_person_wrote_keeps_its_entities_and_is_no_markup(api: Api, bot: ExtBot[Priority]) -> None:
    await say(bot, 7, "<b>1 < 2", [BOLD], thread_id=55, priority=Priority.INTERACTIVE)
    assert (api.call["text"], "parse_mode" in api.call) == ("<b>1 < 2", False)
    assert json.loads(api.call["entities"]) == [{"type": "bold", "offset": 0, "length": 2}]


async def test_a_copy_goes_to_its_topic(api: Api, bot: ExtBot[Priority]) -> None:
    done = await copy(bot, from_chat_id=7, message_id=3, to_chat_id=GROUP, thread_id=55, priority=Priority.DESK)
    assert done == Accepted("9")
    assert {k: api.call[k] for k in ("chat_id", "from_chat_id", "message_id", "message_thread_id")} == {
        "chat_id": str(GROUP),
        "from_chat_id": "7",
        "message_id": "3",
        "message_thread_id": "55",
    }


async def test_a_copy_of_a_deleted_message_says_so(api: Api, bot: ExtBot[Priority]) -> None:
    api.refusal = refused(400, "Bad Request: message to copy not found")
    result = await copy(bot, from_chat_id=7, message_id=3, to_chat_id=GROUP, priority=Priority.DESK)
    assert isinstance(result, Refused)
    assert result.reason == "message_gone"


async def changed_text(bot: ExtBot[Priority]) -> Outcome:
    return await edit_text(bot, 7, 9, "<new>", [BOLD], priority=Priority.INTERACTIVE)


async def changed_caption(bot: ExtBot[Priority]) -> Outcome:
    return await edit_caption(bot, 7, 9, "<new>", [BOLD], priority=Priority.INTERACTIVE)


async def changed_media(bot: ExtBot[Priority]) -> Outcome:
    return await edit_media(bot, 7, 9, "photo", "file-id", "<new>", [BOLD], priority=Priority.INTERACTIVE)


@pytest.mark.parametrize("change", [changed_text, changed_caption, changed_media])
async def test_a_relayed_change_is_no_markup(api: Api, bot: ExtBot[Priority], change) -> None:  # type: ignore[no-untyped-def]
    assert await change(bot) == Accepted("9")
    said = json.loads(api.call["media"]) if "media" in api.call else api.call
    assert "<new>" in said.values()
    assert "bold" in json.dumps(said)
    assert "parse_mode" not in said


async def test_an_unknown_kind_of_file_is_named(bot: ExtBot[Priority]) -> None:
    with pytest.raises(ValueError, match="'sticker', only one of photo"):
        await edit_media(bot, 7, 9, "sticker", "file-id", priority=Priority.DESK)


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
