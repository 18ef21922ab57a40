"""A customer blocks the bot, or lets it in again; the bot is added to a group."""

from __future__ import annotations

import structlog
from telegram import ChatMember, ChatMemberUpdated, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden

from bot.channels.rate_limiter import Priority
from bot.views.customers.private import wrong_group
from bot.work.customers.customer_activity import heard_blocking
from bot.work.topics.agent_groups import note_group
from handlers.agent.moving import standing_changed
from handlers.context import Context
from locales import clean, match_language, translator

log = structlog.get_logger()

MOST_OF_TITLE = 64
MOST_GROUPS = 20  # named in one line of the log
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
    elif parts.groups is None:
        await _tell_operator(member, context, gone)
    elif not gone:
        await _leave(member, context)


async def _tell_operator(member: ChatMemberUpdated, context: Context, gone: bool) -> None:
    """Telegram shows a group's id nowhere: whoever sets up the agents' group finds it here. Anybody can add the bot to
    a group of theirs, so it is said which group it is and who did it."""
    parts, title = context.parts, _title(member)
    groups = await note_group(parts.db, member.chat.id, "" if gone else title, parts.clock.now())
    if gone:
        return
    log.info(
        "added to a group, and no agents' group is set",
        chat_id=member.chat.id,
        title=title,
        added_by=member.from_user.id,
        groups="; ".join(f"{chat_id} {name!r}" for chat_id, name in sorted(groups.items())[:MOST_GROUPS]),
        hint=f"if it is yours: DUEBOT_AGENT_CHAT={member.chat.id}",
    )


async def _leave(member: ChatMemberUpdated, context: Context) -> None:
    """Another group than the agents': nothing is to be done there, and who is in it reads along."""
    parts, chat_id = context.parts, member.chat.id
    known = {"chat_id": chat_id, "title": _title(member), "added_by": member.from_user.id}
    assert parts.groups is not None
    if parts.groups.may_move:  # perhaps it is the agents' group, which has just got another id
        log.warning("added to a group that is not the agents'", **known)
        return
    log.warning("added to a group that is not the agents', leaving it", **known)
    t = translator(match_language(member.from_user.language_code or "") or "en")
    if member.new_chat_member.status != ChatMember.RESTRICTED and parts.channel is not None:
        await parts.channel.deliver(str(chat_id), wrong_group(t), priority=Priority.INTERACTIVE)
    try:
        await context.bot.leave_chat(chat_id)
    except (BadRequest, Forbidden) as error:
        log.info("a group could not be left", chat_id=chat_id, error=type(error).__name__)


def _title(member: ChatMemberUpdated) -> str:
    """The operator has to recognise the group: its title on one line, and not too much of it."""
    return clean(member.chat.title or "")[:MOST_OF_TITLE] or "-"
