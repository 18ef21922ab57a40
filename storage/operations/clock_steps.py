"""Instants that lie in the future although they say what has happened: a clock was ahead, and has been set back since.

What happened did so now at the latest; left as it is, such an instant would keep a claim, a cap or an older fact in
force until the clock comes to it again. What was agreed with people stays: the days of promises, rests and call-backs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, case, delete, func, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.guarantee.guarantee_history import UNWRITTEN
from storage.reminders.notice_planning import CLOCK_BACK, MENDED_AT_ANY_TIME
from storage.schema import Instant, cases, day_states, holds, link_payloads, link_requests, marks, metadata, notices

TOLERANCE = timedelta(minutes=5)  # clocks of several machines differ a little, and leases last longer than this
LATEST_SENDING = timedelta(days=2)  # a notice waits for its own day's hours, or for the next
EASTERNMOST = timedelta(hours=14)  # nowhere is it later than that
LINKS_LAST = timedelta(hours=24)
# Instants that are to come, and are none of those that happened.
TO_COME = frozenset(
    {
        *("notices.send_after", "notices.expires_at", "link_payloads.expires_at", "link_requests.expires_at"),
        *("cases.due_at", "cases.snoozed_until", "cases.call_at", "cases.urgency_at", "erasures.until"),
    }
)


async def ahead_of(conn: AsyncConnection, now: datetime) -> timedelta | None:
    """By how much the newest sign of life of any part lies ahead of `now`; None where it does not."""
    query = select(func.max(marks.c.at)).where(marks.c.name.like("tick.%"))
    newest: datetime | None = (await conn.execute(query)).scalar()
    return newest - now if newest is not None and newest - now > TOLERANCE else None


def happened() -> Iterator[tuple[Table, list[Any]]]:
    """Every table with the columns that say when something happened."""
    for table in metadata.sorted_tables:
        columns = [c for c in table.c if isinstance(c.type, Instant) and f"{table.name}.{c.name}" not in TO_COME]
        if columns:
            yield table, columns


async def bring_back(conn: AsyncConnection, table: Table, columns: list[Any], now: datetime) -> None:
    """Has what lies ahead in these columns have happened now."""
    limit = literal(now + TOLERANCE, Instant())
    at_the_latest = {column.name: case((column > limit, literal(now, Instant())), else_=column) for column in columns}
    await conn.execute(update(table).where(or_(*(column > limit for column in columns))).values(at_the_latest))


async def take_back_plans(conn: AsyncConnection, now: datetime) -> None:
    """Ends what was planned for days that have not come, and lets planning look again at what then ended unsent."""
    limit = now + TOLERANCE
    ahead = or_(notices.c.planned_at > limit, notices.c.send_after > now + LATEST_SENDING)
    open_ = update(notices).where(notices.c.state == "planned", ahead)
    await conn.execute(open_.values(state="not_sent", reason=CLOCK_BACK, ended_at=now))
    ended = (notices.c.state == "not_sent", notices.c.ended_at > limit, notices.c.reason.not_in(MENDED_AT_ANY_TIME))
    await conn.execute(update(notices).where(*ended).values(reason=CLOCK_BACK))


async def take_back_evenings(conn: AsyncConnection, now: datetime) -> None:
    """Forgets the evenings of days that have not come anywhere."""
    last = (now + EASTERNMOST).date()
    await conn.execute(delete(day_states).where(day_states.c.day > last))
    to_come = (marks.c.name.startswith(UNWRITTEN, autoescape=True), marks.c.name > f"{UNWRITTEN}{last.isoformat()}")
    await conn.execute(delete(marks).where(*to_come))


async def reconsider_cases(conn: AsyncConnection, now: datetime) -> None:
    """What was done with a case while the clock was ahead says nothing of when the next is due: that is now."""
    limit = now + TOLERANCE
    done = [
        column > limit for column in (cases.c.opened_at, cases.c.claimed_at, cases.c.worked_at, cases.c.waits_since)
    ]
    await conn.execute(update(cases).where(cases.c.state != "closed", or_(*done)).values(due_at=now))
    await conn.execute(update(cases).where(cases.c.urgency_at > limit).values(urgency_at=null()))


async def shorten_links(conn: AsyncConnection, now: datetime) -> None:
    """No one-time link and no question lasts longer than it would have lasted from now on."""
    for table in (link_payloads, link_requests):
        longer = table.c.expires_at > now + LINKS_LAST
        await conn.execute(update(table).where(longer).values(expires_at=now + LINKS_LAST))


async def shorten_holds(conn: AsyncConnection, now: datetime) -> None:
    """A hold that was set while the clock was ahead lasts as many days from today on as it was to last."""
    query = select(holds.c.hold_id, holds.c.until, holds.c.set_at)
    query = query.where(holds.c.ended_at.is_(None), holds.c.set_at > now + TOLERANCE)
    found = (await conn.execute(query)).all()
    rows = [{"id_": row.hold_id, "its_end": _earlier(row.until, row.set_at - now)} for row in found]
    if rows:
        its = update(holds).where(holds.c.hold_id == bindparam("id_")).values(until=bindparam("its_end"))
        await conn.execute(its, rows)


def _earlier(day: date, by: timedelta) -> date:
    return day - timedelta(days=by.days)
