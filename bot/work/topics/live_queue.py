"""Keeps the one message in the group's general topic that shows the queue: posted once, pinned, and then edited.

A new case costs the group nothing but an edit of this message, and many new cases at once cost one edit.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels import Accepted, Outcome, Refused
from bot.channels.telegram_forum import Forum
from bot.message import Message
from bot.rules.cases.live_queue import HELD_SHOWN, WAITING_SHOWN, LiveQueue, may_change
from bot.rules.policy.desk_terms import Desk
from bot.views.cases.live_queue import live_queue
from bot.work.cases.case_cards import desk_language
from bot.work.cases.queue import rows_of
from bot.work.cases.urgency import rank_new
from bot.work.topics.topics import DeskParts, Later
from locales import translator
from storage.cases import deadlines, queue
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist
from storage.topics import live_queues
from storage.topics.live_queues import LiveMessage

OLD_AFTER = timedelta(minutes=1)  # so long an edit waits for a busy group


async def keep_live_queue(desk: DeskParts) -> None:
    """Brings the message up to date, if it may be edited by now. Raises `Later` if the group takes nothing now."""
    if desk.groups is None:
        return
    now, forum = desk.clock.now(), desk.groups.current
    async with desk.db.read() as conn:
        before = await live_queues.message_of(conn, forum.chat_id)
    if not may_change(before.changed_at if before else None, now):
        return
    if before is not None and not desk.channel.is_free(forum.chat_id) and now - before.changed_at < OLD_AFTER:
        return  # words, and answers that an agent waits for, go first
    seen = await see_live_queue(desk.db, desk.policies().current.desk, now)
    if before is None and seen.is_empty:
        return  # a group in which nothing has happened yet
    async with desk.db.read() as conn:
        t = translator(await desk_language(conn, None))
    shown = live_queue(t, seen)
    if before is None or before.shows != _digest(shown):
        before = await _show(desk, forum, shown, before, now)
    if not before.pinned:
        await _pin(desk, forum, before)


async def see_live_queue(db: Database, desk: Desk, now: datetime) -> LiveQueue:
    """The queue as everybody in the group may see it. What there is none of is not asked for."""
    await rank_new(db, desk.weights, now)
    async with db.read() as conn:
        counts = await queue.counts(conn)
        waiting = await queue.queue(conn, WAITING_SHOWN) if counts.waiting else []
        seen = LiveQueue(
            now=now,
            waiting=await rows_of(conn, desk, waiting, now),
            held=tuple(await queue.claimed(conn, HELD_SHOWN)) if counts.claimed else (),
            waiting_count=counts.waiting,
            claimed_count=counts.claimed,
            snoozed_count=counts.snoozed,
            desk_zone=desk.time_zone,
        )
        return seen if seen.is_empty else replace(seen, late_count=await deadlines.late_count(conn, now))


async def _show(
    desk: DeskParts, forum: Forum, shown: Message, before: LiveMessage | None, now: datetime
) -> LiveMessage:
    """Edits the message; if somebody deleted it, or there is none yet, posts it."""
    outcome: Outcome | None = await forum.edit(before.message_id, shown) if before else None
    posted = outcome is None or (isinstance(outcome, Refused) and outcome.for_good)
    if posted:
        outcome = await forum.post(None, shown)
    if isinstance(outcome, Refused):
        raise Later(outcome.reason)
    assert isinstance(outcome, Accepted)
    message_id = (outcome.message_id or 0) if posted or before is None else before.message_id
    kept = LiveMessage(message_id, _digest(shown), now, pinned=before is not None and before.pinned and not posted)
    await persist(lambda: _keep(desk, forum, kept))
    return kept


async def _pin(desk: DeskParts, forum: Forum, message: LiveMessage) -> None:
    """Pins it, silently; if the bot may not pin, the message is still there."""
    outcome = await forum.pin(message.message_id)
    if isinstance(outcome, Refused) and not outcome.for_good and outcome.reason != "no_rights":
        raise Later(outcome.reason)

    async def write() -> None:
        async with desk.db.write() as conn:
            await live_queues.note_pinned(conn, forum.chat_id)

    await persist(write)


async def _keep(desk: DeskParts, forum: Forum, message: LiveMessage) -> None:
    async with desk.db.write() as conn:
        await live_queues.keep_message(conn, forum.chat_id, message)


def _digest(shown: Message) -> str:
    return hashlib.sha256(repr((shown.text, shown.buttons)).encode()).hexdigest()[:32]
