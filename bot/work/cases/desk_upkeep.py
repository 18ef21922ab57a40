"""Desk upkeep: regular rounds over the open cases, so that none is forgotten.

A round ranks waiting cases, sets due dates, returns cases that nobody works on or whose owners are away, ends snoozes,
and tells the people concerned. It uses only what is in the database; running it twice does nothing twice.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.rules.cases.case_events import AwayOver, LeaseOver, OwnerGone, SnoozeOver
from bot.rules.cases.deadlines import due_after_snooze, due_of, is_over, remind_until
from bot.rules.cases.event_codec import Event
from bot.rules.policy.desk_terms import Desk
from bot.work.agreements.agreement_outcomes import end_unanswered
from bot.work.cases.agent_notices import tell_agents
from bot.work.cases.deadlines import Duty, tell_deadlines
from bot.work.cases.urgency import old_by, rank_cases
from storage.cases import absences, agent_notices, assignment, deadlines, snoozes, upkeep_due
from storage.cases.agent_notices import AgentNotice
from storage.cases.deadlines import Held
from storage.runtime.engine import Connection, Database
from storage.runtime.heartbeats import DESK_UPKEEP, beat

log = structlog.get_logger()

AT_ONCE = 500  # cases in one transaction


async def run_upkeep(duty: Duty, now: datetime) -> None:
    """One round; call it about three times a minute."""
    may_be = await _what_may_be(duty, now)
    if may_be & upkeep_due.STALE:
        await rank_cases(duty.db, duty.desk.weights, now)
    if may_be & upkeep_due.CHANGES:
        await _change_cases(duty.db, duty.desk, now)
        may_be = await _what_may_be(duty, now)
    if may_be & upkeep_due.DEADLINES:
        await tell_deadlines(duty, now)
    if may_be & upkeep_due.NOTICES:
        await tell_agents(duty.db, duty.channel)
    async with duty.db.write() as conn:
        await beat(conn, DESK_UPKEEP, now)


async def _what_may_be(duty: Duty, now: datetime) -> frozenset[str]:
    """Mostly there is little to do, and one statement says what."""
    desk = duty.desk
    until = upkeep_due.Until(old_by(now), now - desk.lease, now - desk.away_return, remind_until(desk, now))
    async with duty.db.read() as conn:
        return await upkeep_due.there_may_be(conn, until, now)


async def update_cases(db: Database, desk: Desk, now: datetime) -> None:
    """The part of a round that tells nobody."""
    await rank_cases(db, desk.weights, now)
    await _change_cases(db, desk, now)


async def _change_cases(db: Database, desk: Desk, now: datetime) -> None:
    await set_due_dates(db, desk, now)
    async with db.write() as conn:
        await absences.begin_and_end(conn, now)
        returned = await _return_idle(conn, desk, now) + await _return_absent(conn, desk, now)
        await _end_snoozes(conn, desk, now)
        await deadlines.release_kept(conn, now)
    await set_due_dates(db, desk, now)
    if returned:
        log.info("cases returned to the queue", cases=returned)


async def set_due_dates(db: Database, desk: Desk, now: datetime) -> None:
    """Sets the due date of each case that has changed."""
    while True:
        async with db.write() as conn:
            to_date = await deadlines.without_deadline(conn, AT_ONCE)
            for case in to_date:
                await deadlines.set_due(conn, case, due_of(desk, case, now))
        if len(to_date) < AT_ONCE:
            return


async def _return_idle(conn: Connection, desk: Desk, now: datetime) -> int:
    """Ends expired leases: nothing was done in the case for so much working time."""
    held = await deadlines.idle(conn, now - desk.lease, now)
    over = [owned for owned in held if is_over(owned.idle_since, desk.lease, desk, now)]
    for owned in over:
        await _return(conn, owned, LeaseOver(), now)
        await agent_notices.keep(conn, AgentNotice(owned.owner_id, owned.case.case_id, LeaseOver, now))
    return len(over)


async def _return_absent(conn: Connection, desk: Desk, now: datetime) -> int:
    """Returns the cases of owners who are away for long enough, or are no longer agents. An owner who worked on a case
    while away counts as present for that case."""
    gone = await deadlines.of_removed(conn)
    for owned in gone:
        await _return(conn, owned, OwnerGone(), now)
    away = [
        owned
        for owned in await deadlines.held_by_absent(conn, now - desk.away_return)
        if owned.away_since and is_over(max(owned.away_since, owned.idle_since), desk.away_return, desk, now)
    ]
    for owned in away:
        await _return(conn, owned, AwayOver(), now)
    return len(gone) + len(away)


async def _return(conn: Connection, owned: Held, why: Event, now: datetime) -> None:
    await assignment.release(conn, owned.case.case_id, owned.owner_id, now, why=why)


async def _end_snoozes(conn: Connection, desk: Desk, now: datetime) -> None:
    if not await deadlines.snoozed_until(conn, now):
        return
    # First, because these cases are told that nobody answered, and not that their rest is over.
    await end_unanswered(conn, desk, now)
    for case in await deadlines.snoozed_until(conn, now):
        due = due_after_snooze(desk, case, now)  # which may be long after its time, if the program did not run
        await snoozes.wake(conn, case.case_id, case.owner_id, SnoozeOver(), now, due)
