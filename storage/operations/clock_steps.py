"""Mends times of past events that lie in the future, because a clock was ahead and has been set back since.

Such a time is set to now. If it stayed, a claim, a cap or an old fact would stay in force until the clock reaches it
again. What was agreed with people stays: the days of promises, snoozes and call-backs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Select, Table, bindparam, case, delete, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.reminders.due_today import CLOCK_BACK, MENDED_AT_ANY_TIME
from storage.facts import looks
from storage.operations import outgoing_events
from storage.runtime.engine import insert
from storage.runtime.heartbeats import newest_beat
from storage.runtime.prepared import prepared
from storage.schema import (
    Instant,
    cases,
    day_states,
    holds,
    is_open,
    link_payloads,
    link_requests,
    metadata,
    notices,
    unwritten_evenings,
)
from storage.schema import clock_steps as steps

TOLERANCE = timedelta(minutes=5)  # clocks of several machines differ a little, and leases last longer than this
LATEST_SENDING = timedelta(days=2)  # a notice waits for the sending hours of its own day, or of the next
EASTERNMOST = timedelta(hours=14)  # the largest UTC offset of any time zone
LINKS_LAST = timedelta(hours=24)
LONGEST_PAUSE = timedelta(hours=6)  # between two tries of an event that goes out
# Columns with times of future events.
TO_COME = frozenset(
    {
        *(
            "customer_looks.look_at",
            "notices.send_after",
            "notices.expires_at",
            "link_payloads.expires_at",
            "link_requests.expires_at",
        ),
        *("cases.due_at", "cases.snoozed_until", "cases.call_at", "cases.urgency_at", "erasures.until"),
        *(
            "alert_state.not_before",
            "announced_calls.until",
            "holds.alarm_at",
            "surveys.ends_at",
            "wallet_events.try_at",
            "outgoing_events.next_at",
            "hooks.older_until",
        ),
    }
)


async def ahead_of(conn: AsyncConnection, now: datetime) -> timedelta | None:
    """By how much the newest heartbeat of any part lies ahead of `now`; None if it does not."""
    return ahead(await newest_beat(conn), now)


def ahead(newest: datetime | None, now: datetime) -> timedelta | None:
    """The same for a known heartbeat."""
    return newest - now if newest is not None and newest - now > TOLERANCE else None


async def note_step(conn: AsyncConnection, back_by: timedelta, now: datetime) -> None:
    """Keeps by how much the clock was set back, and when that was noticed."""
    await conn.execute(insert(conn, steps).values(noticed_at=now, back_by_s=int(back_by.total_seconds())))


async def last_step(conn: AsyncConnection, since: datetime) -> tuple[timedelta, datetime] | None:
    """By how much the clock was last set back, and when that was noticed, if that was since then."""
    row = (await conn.execute(_last_step(), {"given_since": since})).first()
    return (timedelta(seconds=row.back_by_s), row.noticed_at) if row else None


@prepared
def _last_step() -> Select[*tuple[Any, ...]]:
    since = bindparam("given_since", type_=steps.c.noticed_at.type)
    return select(steps).where(steps.c.noticed_at >= since).order_by(steps.c.step_id.desc()).limit(1)


def happened() -> Iterator[tuple[Table, list[Column[Any]]]]:
    """Every table that has columns with times of past events, with these columns."""
    for table in metadata.sorted_tables:
        columns = [c for c in table.c if isinstance(c.type, Instant) and f"{table.name}.{c.name}" not in TO_COME]
        if columns:
            yield table, columns


async def bring_back(conn: AsyncConnection, table: Table, columns: list[Column[Any]], now: datetime) -> None:
    """Sets times in these columns that lie in the future to `now`."""
    limit = literal(now + TOLERANCE, Instant())
    at_the_latest = {column.name: case((column > limit, literal(now, Instant())), else_=column) for column in columns}
    await conn.execute(update(table).where(or_(*(column > limit for column in columns))).values(at_the_latest))


async def take_back_plans(conn: AsyncConnection, now: datetime) -> None:
    """Ends notices that were planned for days in the future, and lets planning plan again what ended unsent then."""
    limit = now + TOLERANCE
    ahead = or_(notices.c.planned_at > limit, notices.c.send_after > now + LATEST_SENDING)
    open_ = update(notices).where(notices.c.state == "planned", ahead)
    await conn.execute(open_.values(state="not_sent", reason=CLOCK_BACK, ended_at=now))
    ended = (notices.c.state == "not_sent", notices.c.ended_at > limit, notices.c.reason.not_in(MENDED_AT_ANY_TIME))
    await conn.execute(update(notices).where(*ended).values(reason=CLOCK_BACK))


async def take_back_evenings(conn: AsyncConnection, now: datetime) -> None:
    """Deletes stored evenings of days that have not begun in any time zone."""
    last = (now + EASTERNMOST).date()
    await conn.execute(delete(day_states).where(day_states.c.day > last))
    await conn.execute(delete(unwritten_evenings).where(unwritten_evenings.c.day > last))


async def reconsider_cases(conn: AsyncConnection, now: datetime) -> None:
    """Makes cases due now that were worked on while the clock was ahead, because their deadlines are wrong."""
    limit = now + TOLERANCE
    done = [
        column > limit for column in (cases.c.opened_at, cases.c.claimed_at, cases.c.worked_at, cases.c.waits_since)
    ]
    await conn.execute(update(cases).where(is_open(), or_(*done)).values(due_at=now))
    await conn.execute(update(cases).where(cases.c.urgency_at > limit).values(urgency_at=null()))


async def look_at_everybody(conn: AsyncConnection, now: datetime) -> None:
    """When planning is to look at whom next was written down by the wrong time."""
    await looks.sweep_again(conn)


async def shorten_links(conn: AsyncConnection, now: datetime) -> None:
    """Shortens one-time links and questions, so that none lasts longer than if it began now."""
    for table in (link_payloads, link_requests):
        longer = table.c.expires_at > now + LINKS_LAST
        await conn.execute(update(table).where(longer).values(expires_at=now + LINKS_LAST))


async def try_events_again(conn: AsyncConnection, now: datetime) -> None:
    """Sends events again that would have waited for a time of the wrong clock."""
    await outgoing_events.try_at_once(conn, now + LONGEST_PAUSE, now)


async def shorten_holds(conn: AsyncConnection, now: datetime) -> None:
    """Shortens holds that were set while the clock was ahead: from today on they last as many days as they were meant
    to."""
    query = select(holds.c.hold_id, holds.c.until, holds.c.set_at)
    query = query.where(holds.c.ended_at.is_(None), holds.c.set_at > now + TOLERANCE)
    found = (await conn.execute(query)).all()
    rows = [{"given_hold_id": row.hold_id, "given_until": _earlier(row.until, row.set_at - now)} for row in found]
    if rows:
        shortened = update(holds).where(holds.c.hold_id == bindparam("given_hold_id"))
        await conn.execute(shortened.values(until=bindparam("given_until")), rows)


def _earlier(day: date, by: timedelta) -> date:
    return day - timedelta(days=by.days)
