"""Changes of the agents' group itself: it gets another id, or the bot's rights in it change."""

from __future__ import annotations

from telegram import ChatMember, ChatMemberUpdated, Update

from bot.work.topics.agent_groups import note_rights
from handlers.context import Context

GONE = (ChatMember.BANNED, ChatMember.LEFT)


async def moved(update: Update, context: Context) -> None:
    """The group got a new id."""
    message, parts = update.effective_message, context.parts
    if message is None or parts.groups is None:
        return
    old = message.migrate_from_chat_id or message.chat.id
    new = message.migrate_to_chat_id or message.chat.id
    await parts.groups.move(parts.db, old, new, parts.clock.now())
    parts.desk_has_work.set()


async def rights_changed(change: ChatMemberUpdated, context: Context) -> None:
    """The bot lost rights in the group, was put out of it, or has what it needs again."""
    parts = context.parts
    await note_rights(parts.db, missing_rights(change), parts.clock.now())
    parts.desk_has_work.set()


def missing_rights(change: ChatMemberUpdated) -> str:
    """Why the bot cannot work in the group: group_gone, no_rights, or empty. Without topics it needs no rights, because
    it gets every reply to its messages."""
    member = change.new_chat_member
    if member.status in GONE:
        return "group_gone"
    if not change.chat.is_forum or member.status == ChatMember.OWNER:
        return ""
    able = member.status == ChatMember.ADMINISTRATOR and getattr(member, "can_manage_topics", False)
    return "" if able else "no_rights"
