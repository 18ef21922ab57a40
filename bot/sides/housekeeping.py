"""Housekeeping: deletes data that is no longer needed. Every process except the web's does it: once an hour, and at
night what is older than it has to be kept."""

from __future__ import annotations

from datetime import timedelta

from bot.rules.cases.attachments import UNSENT_FOR
from bot.rules.operations.retention import keeping
from bot.rules.operations.wallet_events import KEPT_FOR as EVENTS_KEPT_FOR
from bot.work.cases import casework
from bot.work.facts.forgetting import overwrite_pending
from bot.work.facts.import_records import drop_old_records
from bot.work.facts.locked_records import drop_over
from bot.work.operations import console_access
from bot.work.operations.hooks import drop_old_events
from bot.work.operations.idempotent_requests import KEPT_FOR as KEYS_KEPT_FOR
from bot.work.operations.pruning import prune_at_night
from bot.work.reminders.surveys import drop_ended
from bot.work.reminders.usual_hours import foresee_again
from bot.work.runtime.inbox_turns import KEPT_FOR
from bot.work.runtime.parts import Parts
from storage.cases import agent_changes
from storage.customers import link_attempts
from storage.operations import idempotency_keys, wallet_events
from storage.runtime.write_retry import persist
from storage.topics import kept_files

CLEAN_EVERY_S, PRUNE_EVERY_S = 3600, 60
FAILURES_KEPT_FOR = timedelta(days=1)  # failures of linking; they count for less than a day


async def clean(parts: Parts) -> None:
    """Deletes old claims of updates, failures of linking, keys of what was written, files that were chosen and never
    sent, when agents were away, events in and out, and records that no law requires any more, overwrites erased data
    that could not be overwritten before, and foresees again when those who agreed to it usually read."""
    days = keeping(parts.policies.current, parts.settings.keep_days).days

    async def drop() -> None:
        now = parts.clock.now()
        await casework.forget_claims_before(parts.db, now - KEPT_FOR)
        async with parts.db.write() as conn:
            await link_attempts.drop_failures_before(conn, now - FAILURES_KEPT_FOR)
            await idempotency_keys.drop_before(conn, now - KEYS_KEPT_FOR)
            await wallet_events.drop_before(conn, now - EVENTS_KEPT_FOR)
            await kept_files.drop_before(conn, now - UNSENT_FOR)
            await agent_changes.drop_before(conn, now - timedelta(days=days))

    await persist(drop)  # the next round is in an hour
    await persist(lambda: drop_over(parts.db, parts.clock.now()))
    await persist(lambda: drop_ended(parts.db, parts.clock.now() - timedelta(days=days)))
    await persist(lambda: drop_old_events(parts.db, parts.clock.now()))
    await persist(lambda: console_access.drop_old(parts.db, parts.clock.now()))
    await persist(lambda: drop_old_records(parts.db, parts.clock.now()))
    await persist(lambda: foresee_again(parts.db, parts.policies.current, parts.clock.now()))
    await persist(lambda: overwrite_pending(parts.db, parts.clock.now()))


async def prune(parts: Parts) -> None:
    """A part of the removal of old records, if it is night."""
    keep = keeping(parts.policies.current, parts.settings.keep_days)
    await persist(lambda: prune_at_night(parts.db, keep, parts.clock.now()))
