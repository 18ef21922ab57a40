"""The audit log, page by page: the sources merged by time, the newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.operations.audit_log import Entry, Positions, Search, Source
from storage.operations import audit_log, operation_events
from storage.runtime.engine import Database

ROWS = 50  # of a page
MOST_AT_ONCE, A_TIME = 20_000, 250  # entries of a download, and of one reading for it
ONE_DOWNLOAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """`after` is where the next page begins; None if this was the last."""

    entries: tuple[Entry, ...]
    after: Positions | None


async def read_audit(db: Database, search: Search, after: Positions, most: int = ROWS) -> AuditPage:
    """A page of what the search means. What is added meanwhile is on no later page, and nothing is shown twice."""
    async with db.snapshot() as conn:
        found = await audit_log.entries(conn, search, after, most + 1)
    return merged(found, after, most)


async def audit_pages(
    db: Database, search: Search, after: Positions, most: int = MOST_AT_ONCE
) -> AsyncIterator[Sequence[Entry]]:
    """All of it, the newest first, a few at a time, up to `most` entries."""
    goes_on: Positions | None = after
    while goes_on is not None and most > 0:
        found = await read_audit(db, search, goes_on, min(A_TIME, most))
        yield found.entries
        goes_on, most = found.after, most - len(found.entries)


async def note_download(db: Database, agent_id: int, now: datetime) -> None:
    """Who takes the audit log with them is in it, once an hour; what they searched for may name a customer."""
    async with db.write() as conn:
        since = now - ONE_DOWNLOAD
        await operation_events.note_once(conn, "log_downloaded", "", now, since, actor_id=agent_id)


async def who_acts(db: Database) -> Sequence[tuple[int, str]]:
    """Everybody who is or was an agent: their number and name."""
    async with db.read() as conn:
        return await audit_log.actors(conn)


def merged(found: Sequence[Entry], after: Positions, most: int) -> AuditPage:
    """The newest `most` of the sources' entries, of which each source's come by falling number. The order within a
    source is kept, so that the position after which it goes on leaves nothing out, even where a clock went back."""
    waiting: dict[Source, list[Entry]] = {}
    for entry in found:
        waiting.setdefault(entry.source, []).append(entry)
    shown: list[Entry] = []
    while len(shown) < most and waiting:
        source = max(waiting, key=lambda each: waiting[each][0].at)
        shown.append(waiting[source].pop(0))
        if not waiting[source]:
            del waiting[source]
    ends = {**after, **{entry.source: entry.number for entry in shown}}
    return AuditPage(tuple(shown), ends if waiting else None)
