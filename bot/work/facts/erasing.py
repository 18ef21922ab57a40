"""Deleting in Telegram what stands there of forgotten customers: topics of their cases, and messages to them.

What is to be deleted stands in the database until it is, so that a kill loses nothing and doing it twice does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from bot.channels import Outcome, Refused
from bot.channels.telegram_forum import Forum
from storage.facts import erasures
from storage.facts.erasures import Erasure
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

AT_ONCE = 100  # messages in one call (Bot API, deleteMessages)
ROUNDS = 20
AGAIN_AFTER = timedelta(minutes=10)
# What waiting or a person may mend: a right that the bot lacks, a network that is away.
NEVER = ("topic_gone", "message_gone", "blocked", "deactivated", "cannot_initiate", "chat_not_found", "bad_request")


async def erase_in_telegram(db: Database, chat: Callable[[int], Forum], now: datetime) -> int:
    """Deletes what is due, and returns how many that were. To be called about once a minute."""
    await persist(lambda: _drop_over(db, now))
    count = 0
    for _ in range(ROUNDS):
        these = await persist(lambda: _due(db, now))
        if not these:
            break
        for chat_id, of_chat in groupby(sorted(these, key=_order), key=lambda its: its.chat_id):
            count += await _erase(db, chat(chat_id), list(of_chat), now)
    return count


def _order(its: Erasure) -> tuple[int, bool, int]:
    return its.chat_id, its.thread_id is None, its.erasure_id


async def _erase(db: Database, chat: Forum, these: Sequence[Erasure], now: datetime) -> int:
    count = 0
    for topic in [its for its in these if its.thread_id is not None]:
        assert topic.thread_id is not None
        count += await _ended(db, [topic], await chat.delete_topic(topic.thread_id), now)
    if messages := [its for its in these if its.message_id is not None]:
        numbers = [its.message_id for its in messages if its.message_id is not None]
        count += await _ended(db, messages, await chat.delete(numbers), now)
    return count


async def _ended(db: Database, these: Sequence[Erasure], outcome: Outcome, now: datetime) -> int:
    async def write() -> None:
        async with db.write() as conn:
            if isinstance(outcome, Refused) and outcome.reason not in NEVER:
                await erasures.refused(conn, these, outcome.reason, now)
            else:
                await erasures.done(conn, these, now)

    await persist(write)
    if isinstance(outcome, Refused):
        log.info("not deleted in Telegram", reason=outcome.reason, count=len(these))
        return 0
    return len(these)


async def _due(db: Database, now: datetime) -> list[Erasure]:
    async with db.read() as conn:
        return await erasures.due(conn, now, now - AGAIN_AFTER, AT_ONCE)


async def _drop_over(db: Database, now: datetime) -> None:
    async with db.write() as conn:
        await erasures.drop_over(conn, now)
