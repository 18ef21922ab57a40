"""Removes records that are older than they have to be kept and that nothing needs any more: by `duebot prune`, and by
the running program at night.

Each slice is a transaction of its own, and says how far it came: killed at any time, nothing is lost but the slice at
hand, and the next run goes on from there, in this process or another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import structlog

from bot.rules.operations.retention import SUBJECTS, Keeping, is_night, kept_from
from storage.facts import imports
from storage.operations import pruning
from storage.runtime.engine import Database

log = structlog.get_logger()

SLICE = 500  # rows looked at in a transaction: nobody waits for it noticeably
PAUSE_S = 0.02  # between two slices, so that others write meanwhile
MOST_SLICES = 200  # in a round of the running program; the next one goes on


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be, by table. `before`: all of that day (UTC) and later is kept; None if the wallet
    never said anything. `done`: nothing is left to be removed."""

    keeping: Keeping
    before: date | None
    rows: Mapping[str, int] = field(default_factory=dict)
    done: bool = True

    def as_json(self, *, dry_run: bool) -> dict[str, object]:
        return {
            "kept_days": self.keeping.days,
            "kept_from": self.before and self.before.isoformat(),
            "packs": list(self.keeping.packs),
            "dry_run": dry_run,
            "rows": dict(self.rows),
        }


async def prune(db: Database, keeping: Keeping, now: datetime, *, most_slices: int | None = None) -> Pruned:
    """Removes what is too old; with `most_slices`, no more than so many slices."""
    before = await _before(db, keeping, now)
    if before is None:
        return Pruned(keeping, None)
    rows = dict.fromkeys(SUBJECTS, 0)
    slices = 0
    for subject in SUBJECTS:
        while most_slices is None or slices < most_slices:
            removed = await _slice(db, subject, before, now)
            if removed is None:
                break
            rows[subject] += removed
            slices += 1
            await asyncio.sleep(PAUSE_S)
        else:
            return Pruned(keeping, before, rows, done=False)
    return Pruned(keeping, before, rows)


async def _slice(db: Database, subject: str, before: date, now: datetime) -> int | None:
    """How many rows the next slice removed; None if this subject is done."""
    async with db.write() as conn:
        so_far = await pruning.progress(conn, subject, before)
        if so_far.walked_to is None:
            return None
        piece = await pruning.remove(conn, subject, before, so_far.walked_to, SLICE)
        since = max(before, so_far.kept_from or before) if piece.rows else so_far.kept_from
        done = piece.walked_to is None
        await pruning.note(
            conn,
            subject,
            replace(
                so_far,
                walked_to=piece.walked_to,
                removed=so_far.removed + piece.rows,
                finished_at=now if done else so_far.finished_at,
                kept_from=since,
            ),
        )
    return piece.rows


async def would_remove(db: Database, keeping: Keeping, now: datetime) -> Pruned:
    """What `prune` would remove now."""
    before = await _before(db, keeping, now)
    if before is None:
        return Pruned(keeping, None)
    rows = dict.fromkeys(SUBJECTS, 0)
    for subject in SUBJECTS:
        after: int | None = 0
        while after is not None:
            async with db.read() as conn:
                piece = await pruning.count(conn, subject, before, after, SLICE)
            rows[subject] += piece.rows
            after = piece.walked_to
    return Pruned(keeping, before, rows)


async def _before(db: Database, keeping: Keeping, now: datetime) -> date | None:
    async with db.read() as conn:
        return kept_from(keeping, await imports.wallet_spoke_at(conn), now)


async def prune_at_night(db: Database, keeping: Keeping, now: datetime) -> Pruned | None:
    """A part of the work, if it is night where most customers are; call it each minute."""
    async with db.read() as conn:
        zone = await pruning.busiest_zone(conn)
    if not is_night(zone, now):
        return None
    done = await prune(db, keeping, now, most_slices=MOST_SLICES)
    if any(done.rows.values()):
        log.info("old records removed", kept_from=str(done.before), **{k: n for k, n in done.rows.items() if n})
    return done
