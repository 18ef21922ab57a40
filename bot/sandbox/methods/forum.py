"""Methods for the topics of a forum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.constants import ForumIconColor, ForumTopicLimit

from bot.sandbox.errors import bad_request
from bot.sandbox.groups import Group, Topic
from bot.sandbox.methods.registry import find_chat, method
from bot.sandbox.params import Params

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]


@method("createForumTopic")
def create_forum_topic(telegram: LocalTelegram, params: Params) -> Raw:
    forum = _forum(telegram, params)
    if not forum.bot_may("can_manage_topics"):
        raise bad_request("not enough rights to create a topic")
    icon: Raw = {}
    if params.has("icon_color"):
        icon["icon_color"] = params.integer("icon_color")
        if icon["icon_color"] not in {int(color) for color in ForumIconColor}:
            raise bad_request("invalid icon color specified")
    if params.has("icon_custom_emoji_id"):
        icon["icon_custom_emoji_id"] = params.text("icon_custom_emoji_id")
    return forum.create_topic(_name(params), telegram.bot, **icon).shown()


@method("editForumTopic")
def edit_forum_topic(telegram: LocalTelegram, params: Params) -> bool:
    forum, topic = _topic(telegram, params, "edit")
    if params.has("icon_custom_emoji_id"):
        topic.icon_custom_emoji_id = params.text("icon_custom_emoji_id")
        telegram.changed()
    if params.has("name"):
        name = _name(params)
        if name == topic.name and not params.has("icon_custom_emoji_id"):
            raise bad_request("TOPIC_NOT_MODIFIED")
        forum.rename_topic(topic.thread_id, name, telegram.bot)
    return True


@method("closeForumTopic")
def close_forum_topic(telegram: LocalTelegram, params: Params) -> bool:
    forum, topic = _topic(telegram, params, "edit")
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    forum.close_topic(topic.thread_id, telegram.bot)
    return True


@method("reopenForumTopic")
def reopen_forum_topic(telegram: LocalTelegram, params: Params) -> bool:
    forum, topic = _topic(telegram, params, "edit")
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    forum.reopen_topic(topic.thread_id, telegram.bot)
    return True


@method("deleteForumTopic")
def delete_forum_topic(telegram: LocalTelegram, params: Params) -> bool:
    forum, topic = _topic(telegram, params, "delete")
    if not forum.bot_may("can_delete_messages"):
        raise bad_request("not enough rights to delete the topic")
    forum.delete_topic(topic.thread_id)
    return True


@method("unpinAllForumTopicMessages")
def unpin_all_forum_topic_messages(telegram: LocalTelegram, params: Params) -> bool:
    forum, topic = _topic(telegram, params, "edit")
    inside = {message.message_id for message in topic.messages}
    forum.chat.pinned = [number for number in forum.chat.pinned if number not in inside]
    telegram.changed()
    return True


def _forum(telegram: LocalTelegram, params: Params) -> Group:
    chat = find_chat(telegram, params)
    if not isinstance(chat, Group) or not chat.is_forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(telegram: LocalTelegram, params: Params, what: str) -> tuple[Group, Topic]:
    forum = _forum(telegram, params)
    thread_id = params.integer("message_thread_id")
    for topic in forum.topics:
        if topic.thread_id == thread_id:
            if not forum.bot_may("can_manage_topics"):
                raise bad_request(f"not enough rights to {what} the topic")
            if topic.deleted:
                raise bad_request("TOPIC_DELETED")
            return forum, topic
    raise bad_request("TOPIC_ID_INVALID")


def _name(params: Params) -> str:
    name = params.text("name").strip()
    if len(name) < ForumTopicLimit.MIN_NAME_LENGTH:
        raise bad_request("title must be non-empty")
    return name[: ForumTopicLimit.MAX_NAME_LENGTH]
