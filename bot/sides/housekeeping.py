"""Housekeeping: deletes data that is no longer needed. Every process except the web's does it, once an hour."""

from __future__ import annotations

from datetime import timedelta

from bot.work.cases import casework
from bot.work.facts.forgetting import overwrite_pending
from bot.work.runtime.inbox_turns import KEPT_FOR
from bot.work.runtime.parts import Parts
from storage.customers import people
from storage.runtime.write_retry import persist

CLEAN_EVERY_S = 3600
FAILURES_KEPT_FOR = timedelta(days=1)  # failures of linking; they count for less than a day


async def clean(parts: Parts) -> None:
    """Deletes old claims of updates and failures of linking, and overwrites erased data that could not be overwritten
    before."""

    async def drop() -> None:
        now = parts.clock.now()
        await casework.forget_claims_before(parts.db, now - KEPT_FOR)
        async with parts.db.write() as conn:
            await people.drop_failures_before(conn, now - FAILURES_KEPT_FOR)

    await persist(drop)  # the next round is in an hour
    await persist(lambda: overwrite_pending(parts.db, parts.clock.now()))
