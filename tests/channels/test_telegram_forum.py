"""What the bot does in the agents' group: topics, posts, copies and changes, and what a refusal of the group means."""

from __future__ import annotations

import json

import pytest
from telegram import MessageEntity
from telegram.ext import ExtBot

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import Forum, copy, edit_caption, edit_media, edit_text, say
from bot.message import Message
from tests.channels.telegram_api import Answer, Api, refused

GROUP = -1001234
BOLD = MessageEntity(MessageEntity.BOLD, 0, 2)


@pytest.fixture
def forum(bot: ExtBot[Priority]) -> Forum:
    return Forum(bot, GROUP)


HELLO = Message("Due <b>today</b>")


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
