"""A customer blocks or unblocks the bot; the bot is added to a group."""

from __future__ import annotations

import structlog
from telegram import Chat, ChatMember, ChatMemberUpdated, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.channels.rate_limiter import Priority
from bot.views.customers.private import wrong_group
from bot.work.customers.customer_activity import note_blocked
from bot.work.topics.agent_groups import note_group, was_agents_group
from handlers.agent.group_changes import rights_changed
from handlers.context import Context
from handlers.customer import start
from locales import clean, match_language, translator

log = structlog.get_logger()

MOST_OF_TITLE = 64
MOST_GROUPS = 20  # listed in one line of the log
GONE = (ChatMember.BANNED, ChatMember.LEFT)


async def changed(update: Update, context: Context) -> None:
    member = update.my_chat_member
    if member is None:
        return
    parts, gone = context.parts, member.new_chat_member.status in GONE
    if member.chat.type == ChatType.PRIVATE:
        await note_blocked(parts.db, member.chat.id, gone, parts.clock.now())
        parts.desk_has_work.set()
    elif parts.groups is not None and member.chat.id in parts.groups:
        await rights_changed(member, context)
    elif parts.groups is None:
        await _tell_operator(member, context, gone)
    elif not gone:
        muted = member.new_chat_member.status == ChatMember.RESTRICTED
        await _leave(member.chat, member.from_user, context, may_speak=not muted)


async def money_in_group(update: Update, context: Context) -> None:
    """A customer's command in a group: the bot talks about money only in private, and not at all in a stranger's
    group."""
    await start.in_group(update, context)
    await somewhere_else(update, context)


async def somewhere_else(update: Update, context: Context) -> None:
    """A message in a group that is not an agents' group: the bot joined before one was set, or while it did not run."""
    chat, groups = update.effective_chat, context.parts.groups
    if chat is None or groups is None:
        return
    await groups.refresh(context.parts.db)
    if chat.id not in groups and not await was_agents_group(context.parts.db, chat.id):
        await _leave(chat, update.effective_user, context, may_speak=True)


async def _tell_operator(member: ChatMemberUpdated, context: Context, gone: bool) -> None:
    """Telegram shows a group's id nowhere; an operator who sets up the agents' group finds it here. Anybody can add the
    bot to their group, so the log says which group it is and who did it."""
    parts, title = context.parts, _title(member.chat)
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


async def _leave(chat: Chat, user: User | None, context: Context, *, may_speak: bool) -> None:
    """A group that is not an agents' group: the bot has no work there, and its members would read along. `user` added
    the bot, or wrote there."""
    parts = context.parts
    known = {"chat_id": chat.id, "title": _title(chat), "by": user.id if user else None}
    assert parts.groups is not None
    if parts.groups.may_move:  # perhaps it is the agents' group with a new id
        log.warning("in a group that is not the agents'", **known)
        return
    log.warning("in a group that is not the agents', leaving it", **known)
    t = translator(match_language((user.language_code if user else "") or "") or "en")
    if may_speak:
        await parts.channel.deliver(str(chat.id), wrong_group(t), priority=Priority.INTERACTIVE)
    try:
        await context.bot.leave_chat(chat.id)
    except TelegramError as error:  # tried again at the next message there
        log.info("a group could not be left", chat_id=chat.id, error=type(error).__name__)


def _title(chat: Chat) -> str:
    """The group's title for the operator, on one line and shortened."""
    return clean(chat.title or "")[:MOST_OF_TITLE] or "-"
