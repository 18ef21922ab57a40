"""A customer blocks the bot, or lets it in again; the bot is added to a group."""

from __future__ import annotations

import structlog
from telegram import ChatMember, Update
from telegram.constants import ChatType

from bot.work.hearing import heard_blocking
from handlers.agent.moving import standing_changed
from handlers.context import Context

log = structlog.get_logger()

GONE = (ChatMember.BANNED, ChatMember.LEFT)


async def changed(update: Update, context: Context) -> None:
    member = update.my_chat_member
    if member is None:
        return
    parts, gone = context.parts, member.new_chat_member.status in GONE
    if member.chat.type == ChatType.PRIVATE:
        await heard_blocking(parts.db, member.chat.id, gone, parts.clock.now())
        parts.desk_has_work.set()
    elif parts.groups is not None and member.chat.id in parts.groups:
        await standing_changed(member, context)
    elif not gone:
        # Telegram shows a group's id nowhere: whoever sets up the agents' group finds it here.
        log.info("added to a group", chat_id=member.chat.id, hint=f"agents' group? DUEBOT_AGENT_CHAT={member.chat.id}")
