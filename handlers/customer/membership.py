"""A customer blocks the bot, or lets it in again."""

from __future__ import annotations

from telegram import ChatMember, Update
from telegram.constants import ChatType

from bot.work.hearing import heard_blocking
from handlers.context import Context


async def changed(update: Update, context: Context) -> None:
    member = update.my_chat_member
    if member is None or member.chat.type != ChatType.PRIVATE:
        return
    parts = context.parts
    blocked = member.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT)
    await heard_blocking(parts.db, member.chat.id, blocked, parts.clock.now())
    parts.desk_has_work.set()
