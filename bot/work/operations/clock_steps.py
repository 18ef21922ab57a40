"""Noticing that the clock was set back, and mending what it left in the future; what it is and is not: see
`storage.operations.clock_steps`. Told by `watching`."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.operations import clock_steps
from storage.runtime.app_state import read_mark, write_mark
from storage.runtime.engine import Connection, Database

MARK = "clock_back"  # by how many seconds, and when that was noticed
TOLD_FOR = timedelta(hours=1)  # after it was mended


async def mind_the_clock(db: Database, now: datetime) -> timedelta | None:
    """To be called before each round of planning. Returns by how much the clock was set back, None where it was not."""
    async with db.read() as conn:
        ahead = await clock_steps.ahead_of(conn, now)
    if ahead is None:
        return None
    # Each step is a transaction of its own, and may be made again: the signs of life, by which it is noticed, are last.
    for mend in (
        clock_steps.take_back_plans,
        clock_steps.take_back_evenings,
        clock_steps.shorten_holds,
        clock_steps.reconsider_cases,
        clock_steps.shorten_links,
    ):
        async with db.write() as conn:
            await mend(conn, now)
    for table, columns in sorted(clock_steps.happened(), key=lambda its: its[0].name == "marks"):
        async with db.write() as conn:
            await clock_steps.bring_back(conn, table, columns, now)
            if table.name == "marks":
                await write_mark(conn, MARK, str(int(ahead.total_seconds())), now)
    return ahead


async def stepped_back(conn: Connection, now: datetime) -> tuple[timedelta, datetime] | None:
    """By how much the clock was set back, and when that was noticed: now, or within the last hour."""
    ahead = await clock_steps.ahead_of(conn, now)
    if ahead is not None:
        return ahead, now
    mark = await read_mark(conn, MARK)
    if mark is None or not mark[0] or now - mark[1] > TOLD_FOR:
        return None
    return timedelta(seconds=int(mark[0])), mark[1]
