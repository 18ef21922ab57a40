"""Deletes what Telegram still has about forgotten customers: the topics of their cases, and messages to them.

What has to be deleted stays in the database until it is done, so a kill loses nothing and doing it twice does no harm.
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
# Refusals that time or a person can end: the bot lacks a right, or the network is down.
NEVER = ("topic_gone", "message_gone", "blocked", "deactivated", "cannot_initiate", "chat_not_found", "bad_request")


async def erase_in_telegram(db: Database, chat: Callable[[int], Forum], now: datetime) -> int:
    """Deletes what is due, and returns how many deletions were done. Call it about once a minute."""
    await persist(lambda: _drop_over(db, now))
    count = 0
    for _ in range(ROUNDS):
        due_erasures = await persist(lambda: _due(db, now))
        if not due_erasures:
            break
        for chat_id, of_chat in groupby(sorted(due_erasures, key=_order), key=lambda erasure: erasure.chat_id):
            count += await _erase(db, chat(chat_id), list(of_chat), now)
    return count


def _order(erasure: Erasure) -> tuple[int, bool, int]:
    return erasure.chat_id, erasure.thread_id is None, erasure.erasure_id


async def _erase(db: Database, chat: Forum, due_erasures: Sequence[Erasure], now: datetime) -> int:
    count = 0
    for topic in [erasure for erasure in due_erasures if erasure.thread_id is not None]:
        assert topic.thread_id is not None
        count += await _ended(db, [topic], await chat.delete_topic(topic.thread_id), now)
    if messages := [erasure for erasure in due_erasures if erasure.message_id is not None]:
        numbers = [erasure.message_id for erasure in messages if erasure.message_id is not None]
        count += await _ended(db, messages, await chat.delete(numbers), now)
    return count


async def _ended(db: Database, due_erasures: Sequence[Erasure], outcome: Outcome, now: datetime) -> int:
    async def write() -> None:
        async with db.write() as conn:
            if isinstance(outcome, Refused) and outcome.reason not in NEVER:
                await erasures.refused(conn, due_erasures, outcome.reason, now)
            else:
                await erasures.done(conn, due_erasures, now)

    await persist(write)
    if isinstance(outcome, Refused):
        log.info("not deleted in Telegram", reason=outcome.reason, count=len(due_erasures))
        return 0
    return len(due_erasures)


async def _due(db: Database, now: datetime) -> list[Erasure]:
    async with db.read() as conn:
        return await erasures.due(conn, now, now - AGAIN_AFTER, AT_ONCE)


async def _drop_over(db: Database, now: datetime) -> None:
    async with db.write() as conn:
        await erasures.drop_over(conn, now)
