"""Notices that the clock was set back, and corrects times that lie in the future because of it;
`storage.operations.clock_steps` has the details. `monitoring` reports it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.operations import clock_steps
from storage.runtime.engine import Database

TOLD_FOR = timedelta(hours=1)  # after the correction


async def correct_clock_steps(db: Database, now: datetime) -> timedelta | None:
    """Call it before each round of planning. Returns by how much the clock was set back, None if it was not."""
    async with db.read() as conn:
        ahead = await clock_steps.ahead_of(conn, now)
    if ahead is None:
        return None
    # Each step is its own transaction and may run again. The signs of life, which show the step, are corrected last.
    for mend in (
        clock_steps.take_back_plans,
        clock_steps.take_back_evenings,
        clock_steps.shorten_holds,
        clock_steps.reconsider_cases,
        clock_steps.shorten_links,
        clock_steps.try_events_again,
        clock_steps.look_at_everybody,
    ):
        async with db.write() as conn:
            await mend(conn, now)
    for table, columns in sorted(clock_steps.happened(), key=lambda named: named[0].name == "heartbeats"):
        async with db.write() as conn:
            await clock_steps.bring_back(conn, table, columns, now)
            if table.name == "heartbeats":
                await clock_steps.note_step(conn, ahead, now)
    return ahead
