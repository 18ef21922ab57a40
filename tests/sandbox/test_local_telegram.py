"""The local Telegram as a bot sees it: messages, updates by polling and webhook, files, faults; over HTTP, with the
real client library. Refusals are in `test_local_telegram_refusals`, topics in `test_local_telegram_forum`."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    KeyboardButton,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.error import Conflict, NetworkError, RetryAfter

from bot.clock import ManualClock
from bot.sandbox import Limits, LocalTelegram, Person, serve

BALANCE = InlineKeyboardMarkup([[InlineKeyboardButton("Balance", callback_data="balance")]])


# -- talking -----------------------------------------------------------------------------------------------------------


async def test_a_command_comes_with_its_entity_and_the_clocks_date(bot: Bot, anna: Person, clock: ManualClock) -> None:
    (update,) = await bot.get_updates()
    assert update.message.date == clock.now()
    assert update.message.parse_entities([MessageEntity.BOT_COMMAND]) == {update.message.entities[0]: "/start"}


async def test_what_the_bot_sends_is_heard(bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "You owe TWD 1,200.00 (due Friday)")
    assert (await anna.hears("TWD 1,200.00 (due")).message_id == anna.inbox[-1].message_id


async def test_a_message_is_heard_once_and_again_when_edited(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(1001, "one")
    await anna.hears("one")
    with pytest.raises(AssertionError, match="did not hear 'one'"):
        await anna.hears("one", timeout=0.01)
    await bot.edit_message_text("one more", 1001, sent.message_id)
    assert (await anna.hears("one")).edited


async def test_hearing_nothing_fails_when_the_bot_spoke(bot: Bot, anna: Person) -> None:
    await anna.hears_nothing(for_s=0.01)
    await bot.send_message(1001, "psst")
    with pytest.raises(AssertionError, match="psst"):
        await anna.hears_nothing(for_s=0.01)


async def test_html_offsets_count_utf16_units(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(1001, "👋🏽 <b>還款日 🗓</b> &amp; <i>more</i>", parse_mode="HTML")
    assert sent.text == "👋🏽 還款日 🗓 & more"
    assert [(e.type, e.offset, e.length) for e in sent.entities] == [("bold", 5, 6), ("italic", 14, 4)]
    assert sent.parse_entity(sent.entities[0]) == "還款日 🗓"


async def test_every_tag_becomes_its_entity(bot: Bot, anna: Person) -> None:
    source = (
        "<u>a</u><s>b</s><tg-spoiler>c</tg-spoiler><code>d</code>"
        '<pre><code class="language-sql">e</code></pre><a href="https://pay.example">f</a>'
        "<blockquote>g</blockquote><blockquote expandable>h</blockquote>&#9731;"
    )
    sent = await bot.send_message(1001, source, parse_mode="HTML")
    kinds = ["underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote", "expandable_blockquote"]
    assert [str(entity.type) for entity in sent.entities] == kinds
    assert (sent.entities[4].language, sent.entities[5].url, sent.text[-1]) == ("sql", "https://pay.example/", "☃")
    assert anna.inbox[-1].html.startswith("<u>a</u><s>b</s>")


async def test_entities_can_be_given_instead_of_html(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(1001, "  due 5 March", entities=[MessageEntity(MessageEntity.BOLD, 6, 7)])
    assert anna.inbox[-1].html == "due <b>5 March</b>"
    assert sent.text == "due 5 March"


async def test_a_press_reaches_the_bot_and_its_answer_the_phone(bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "What would you like?", reply_markup=BALANCE)
    anna.press("Balance")
    query = (await bot.get_updates())[-1].callback_query
    assert (query.data, query.from_user.id, query.message.text) == ("balance", 1001, "What would you like?")
    await query.answer("Looking…", show_alert=True)
    assert (await anna.hears_answer("Looking"))["show_alert"] is True


async def test_pressing_what_is_not_there_lists_what_is(bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "Choose", reply_markup=BALANCE)
    with pytest.raises(AssertionError, match="'Choose'.*Balance"):
        anna.press("Pay")


async def test_a_forged_press_carries_any_data(bot: Bot, anna: Person) -> None:
    anna.press_data("case:99:close")
    query = (await bot.get_updates())[-1].callback_query
    assert (query.data, query.message.is_accessible) == ("case:99:close", False)


async def test_the_contact_key_shares_ones_own_number(bot: Bot, anna: Person) -> None:
    keyboard = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)]], one_time_keyboard=True)
    await bot.send_message(1001, "Please share your number", reply_markup=keyboard)
    anna.press("Share my number")
    message = (await bot.get_updates())[-1].message
    assert (message.contact.phone_number, message.contact.user_id) == ("+886912345678", message.from_user.id)
    assert anna.keyboard is None


async def test_a_reply_keyboard_stays_until_it_is_removed(bot: Bot, anna: Person) -> None:
    await bot.send_message(1001, "Choose", reply_markup=ReplyKeyboardMarkup([["Yes", "No"]]))
    anna.press("Yes")
    assert anna.keyboard is not None
    await bot.send_message(1001, "Done", reply_markup=ReplyKeyboardRemove())
    assert anna.keyboard is None
    assert (await bot.get_updates())[-1].message.text == "Yes"


async def test_someone_elses_contact_has_their_id(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    anna.share_contact(of=telegram.person(1002, "小美", "zh-hans", "+8613800138000"))
    assert (await bot.get_updates())[-1].message.contact.user_id == 1002


async def test_edits_and_replies_of_a_person_reach_the_bot(bot: Bot, anna: Person) -> None:
    sent = await bot.send_message(1001, "When will you pay?")
    said = anna.reply(sent.message_id, "Friday")
    anna.edit(said["message_id"], "Monday")
    *_, reply, edited = await bot.get_updates()
    assert reply.message.reply_to_message.text == "When will you pay?"
    assert (edited.edited_message.text, edited.edited_message.message_id) == ("Monday", said["message_id"])


async def test_blocking_and_unblocking_tell_the_bot(bot: Bot, anna: Person) -> None:
    anna.block()
    anna.unblock()
    *_, blocked, unblocked = await bot.get_updates()
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member.new_chat_member.status == "member"


async def test_reply_edit_delete_react_pin(bot: Bot, anna: Person) -> None:
    mine = anna.messages[0].message_id
    sent = await bot.send_message(1001, "hello", reply_parameters=ReplyParameters(mine))
    assert sent.reply_to_message.text == "/start"
    await bot.set_message_reaction(1001, mine, "👍")
    await sent.pin()
    assert (await bot.get_chat(1001)).pinned_message.text == "hello"
    await sent.unpin()
    await sent.delete()
    assert anna.messages[0].reaction == "👍"
    assert "hello" not in [message.text for message in anna.messages]


async def test_the_menu_is_that_of_the_persons_language(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    xiaomei = telegram.person(1002, "小美", "zh-hans")
    await bot.set_my_commands([BotCommand("due", "Due dates")])
    await bot.set_my_commands([BotCommand("due", "还款日")], language_code="zh")
    assert [person.menu[0]["description"] for person in (anna, xiaomei)] == ["Due dates", "还款日"]
    await bot.set_my_commands([BotCommand("queue", "Cases")], scope=BotCommandScopeChat(1001))
    assert anna.menu[0]["command"] == "queue"
    await bot.delete_my_commands(scope=BotCommandScopeChat(1001))
    assert anna.menu[0]["command"] == "due"
    assert (await bot.get_my_commands(language_code="zh"))[0].description == "还款日"


async def test_the_bots_name_and_descriptions_are_kept(bot: Bot) -> None:
    await bot.set_my_name("Your wallet")
    await bot.set_my_description("说明", language_code="zh")
    await bot.set_my_short_description("short")
    assert (await bot.get_my_name()).name == "Your wallet"
    assert (await bot.get_my_description("zh")).description == "说明"
    assert (await bot.get_my_short_description("en")).short_description == "short"


# -- files -------------------------------------------------------------------------------------------------------------


async def test_a_persons_photo_can_be_fetched_and_sent_on_by_its_id(bot: Bot, anna: Person) -> None:
    anna.send_photo(b"picture", "my receipt")
    message = (await bot.get_updates())[-1].message
    file = await message.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == b"picture"
    await bot.send_photo(1001, message.photo[-1].file_id, caption="<b>yours</b>", parse_mode="HTML")
    assert anna.inbox[-1].html == "<b>yours</b>"


async def test_an_uploaded_document_keeps_its_name(bot: Bot, anna: Person) -> None:
    await bot.send_document(1001, b"a,b", filename="plan.csv", caption="Your plan")
    assert anna.inbox[-1].document["file_name"] == "plan.csv"
    await bot.edit_message_caption(1001, anna.inbox[-1].message_id, caption="Your new plan")
    assert anna.inbox[-1].text == "Your new plan"


async def test_media_can_be_exchanged_and_grouped(bot: Bot, anna: Person) -> None:
    sent = await bot.send_media_group(1001, [InputMediaPhoto(b"1", caption="first"), InputMediaPhoto(b"2")])
    assert len({message.media_group_id for message in sent}) == 1
    await bot.edit_message_media(InputMediaDocument(b"3", filename="c.pdf"), 1001, sent[0].message_id)
    assert anna.inbox[0].document["file_name"] == "c.pdf"
    assert anna.inbox[0].photo is None


async def test_copying_says_the_same_without_the_sender(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    other = telegram.person(1002, "小美")
    other.say("/start")
    said = anna.send_document(b"x", "slip.pdf", "here")
    copied = await bot.copy_message(1002, 1001, said["message_id"])
    forwarded = await bot.forward_message(1002, 1001, said["message_id"])
    assert (other.inbox[0].message_id, other.inbox[0].text) == (copied.message_id, "here")
    assert forwarded.forward_origin.sender_user.first_name == "Anna"


# -- updates -----------------------------------------------------------------------------------------------------------


async def test_a_long_poll_ends_when_something_happens(bot: Bot, anna: Person) -> None:
    await bot.get_updates(offset=-1)
    (first,) = await bot.get_updates()
    poll = asyncio.create_task(bot.get_updates(offset=first.update_id + 1, timeout=30))
    await asyncio.sleep(0)
    anna.say("hello")
    assert [update.message.text for update in await poll] == ["hello"]


async def test_updates_stay_until_a_higher_offset_confirms_them(bot: Bot, anna: Person) -> None:
    anna.say("one")
    first = await bot.get_updates(limit=1)
    assert await bot.get_updates(limit=1) == first
    assert [u.message.text for u in await bot.get_updates(offset=first[0].update_id + 1)] == ["one"]


async def test_kinds_not_asked_for_do_not_come(bot: Bot, anna: Person) -> None:
    await bot.get_updates(offset=-1, allowed_updates=["callback_query"])
    anna.say("unheard")
    anna.press_data("x")
    assert [update.callback_query is not None for update in await bot.get_updates()][1:] == [True]


async def test_an_update_can_be_delivered_again(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    (update,) = await bot.get_updates()
    assert await bot.get_updates(offset=update.update_id + 1) == ()
    telegram.repeat(update.update_id)
    assert [again.update_id for again in await bot.get_updates()] == [update.update_id]


async def test_of_two_polls_the_older_ends_with_a_conflict(bot: Bot) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.05)
    await bot.get_updates(timeout=0)
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await older


async def test_a_webhook_gets_updates_until_it_takes_them(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    taken: list[tuple[str, str]] = []
    statuses = [500, 200, 200]

    async def receive(request: web.Request) -> web.Response:
        body = await request.json()
        taken.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], body["message"]["text"]))
        telegram.bell.ring()
        return web.Response(status=statuses.pop(0))

    app = web.Application()
    app.router.add_post("/telegram/webhook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    telegram.routes["https://bot.example"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await bot.set_webhook("https://bot.example/telegram/webhook", secret_token="s3cret")
    anna.say("next")
    while len(taken) < 3:
        assert await telegram.bell.wait(5)
    assert taken == [("s3cret", "/start"), ("s3cret", "/start"), ("s3cret", "next")]
    assert "500" in (await bot.get_webhook_info()).last_error_message
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    await runner.cleanup()


# -- ways to call, faults, limits --------------------------------------------------------------------------------------


async def test_calls_come_as_query_form_or_json(telegram: LocalTelegram, url: str, anna: Person) -> None:
    base = f"{url}/bot{telegram.token}"
    async with aiohttp.ClientSession() as session:
        for call in (
            session.get(f"{base}/sendmessage", params={"chat_id": 1001, "text": "query"}),
            session.post(f"{base}/sendMessage", data={"chat_id": 1001, "text": "form"}),
            session.post(f"{base}/SendMessage", json={"chat_id": "1001", "text": "json", "reply_markup": None}),
        ):
            async with call as response:
                assert (await response.json())["ok"]
    assert [message.text for message in anna.inbox] == ["query", "form", "json"]


async def test_an_error_on_demand_happens_once(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    telegram.faults.next("sendMessage", status=500)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(1001, "lost")
    await bot.send_message(1001, "sent")
    assert [message.text for message in telegram.sent("sendMessage", chat_id=1001)] == ["sent"]


async def test_a_wait_on_demand_names_its_seconds(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    telegram.faults.next("sendMessage", retry_after=3, chat_id=1001)
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(1001, "too fast")
    assert refused.value._retry_after == timedelta(seconds=3)


@pytest.mark.parametrize(("when", "arrived"), [("before", []), ("after", ["hi"])])
async def test_a_cut_connection_leaves_done_or_undone(
    bot: Bot, anna: Person, telegram: LocalTelegram, when: str, arrived: list[str]
) -> None:
    telegram.faults.next("sendMessage", drop=when)
    with pytest.raises(NetworkError):
        await bot.send_message(1001, "hi")
    assert [message.text for message in anna.inbox] == arrived


async def test_the_flood_limit_of_a_chat(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    seconds = iter([0.0, 0.5, 1.5])
    telegram.limits = Limits(per_chat_s=1, timer=lambda: next(seconds))
    await bot.send_message(1001, "first")
    with pytest.raises(RetryAfter):
        await bot.send_message(1001, "too soon")
    await bot.send_message(1001, "later")


async def test_every_call_is_on_record(bot: Bot, anna: Person, telegram: LocalTelegram, clock: ManualClock) -> None:
    await bot.send_message(1001, "hi", reply_markup=BALANCE)
    request = telegram.requests[-1]
    assert (request.at, request.method, request.response["ok"]) == (clock.now(), "sendMessage", True)
    assert request.params["reply_markup"]["inline_keyboard"][0][0]["text"] == "Balance"


async def test_telegram_can_go_away_and_come_back(telegram: LocalTelegram, anna: Person) -> None:
    async with serve(telegram) as first:
        port = int(first.rpartition(":")[2])
    async with (
        serve(telegram, port=port) as again,
        aiohttp.ClientSession() as session,
        session.get(f"{again}/bot{telegram.token}/getUpdates") as response,
    ):
        assert len((await response.json())["result"]) == 1


async def test_sent_messages_stay_as_they_were_sent(bot: Bot, anna: Person, telegram: LocalTelegram) -> None:
    sent = await bot.send_message(1001, "before")
    await bot.edit_message_text("after", 1001, sent.message_id)
    assert (telegram.sent()[0].text, anna.inbox[0].text) == ("before", "after")
