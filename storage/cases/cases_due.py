"""What time brings to open cases: leases and snoozes that are over, owners who left, and what is due.

Here it is found and written down; how long each may take is decided in `bot.rules.cases.deadlines` and
`bot.work.cases.desk_upkeep`.
Whatever is found to be changed is locked, so that no claim or word of that moment is overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case, Due
from storage.cases.cases import OPEN, as_case, with_owners
from storage.schema import agents, cases

CARD_MAY_BE_WRONG_BY = timedelta(hours=1)
AWAKE = cases.c.snoozed_until.is_(None)
_idle_since = case(
    (func.coalesce(cases.c.worked_at, cases.c.claimed_at) > cases.c.claimed_at, cases.c.worked_at),
    else_=cases.c.claimed_at,
)


@dataclass(frozen=True, slots=True)
class Held:
    """A case in somebody's hands: since when nothing was done about it, and since when its owner is away, if so."""

    case: Case
    owner_id: int
    idle_since: datetime
    away_since: datetime | None = None


# --- Due dates -------------------------------------------------------------------------------------------------------


async def without_due(conn: AsyncConnection, limit: int) -> list[Case]:
    """Open cases whose due date is to be reckoned: new ones, and those that something has happened to."""
    unknown = or_(cases.c.due_kind.is_(None), cases.c.due_at.is_(None))
    query = _locked(with_owners().where(OPEN, AWAKE, unknown).order_by(cases.c.case_id).limit(limit))
    return [as_case(row) for row in (await conn.execute(query)).all()]


async def set_due(conn: AsyncConnection, its: Case, due: Due) -> None:
    """What is due next. Who was told of a date that stays as it is need not be told again, and the card, which takes
    one of the group's few calls, is renewed only where it would be wrong by more than a little."""
    values: dict[str, Any] = {"due_at": due.at, "due_kind": due.kind}
    values["due_told"] = case((cases.c.due_at == due.at, cases.c.due_told), else_="")
    if its.due_at is None or abs(due.at - its.due_at) > CARD_MAY_BE_WRONG_BY:
        values["card_stale"] = True
    await conn.execute(update(cases).where(cases.c.case_id == its.case_id).values(**values))


async def to_remind(conn: AsyncConnection, due_by: datetime) -> list[Case]:
    """What is due by then and nobody was reminded of, soonest first."""
    return await _due(conn, due_by, cases.c.due_told == "")


async def to_alarm(conn: AsyncConnection, now: datetime) -> list[Case]:
    """What was due and is not done, and no supervisor knows of, longest ago first."""
    return await _due(conn, now, cases.c.due_told != "alarmed")


async def _due(conn: AsyncConnection, due_by: datetime, untold: Any) -> list[Case]:
    due = (OPEN, AWAKE, cases.c.due_kind.is_not(None), cases.c.due_at <= due_by, untold)
    query = with_owners().where(*due).order_by(cases.c.due_at, cases.c.case_id)
    return [as_case(row) for row in (await conn.execute(query)).all()]


async def due_told(conn: AsyncConnection, its_cases: Sequence[Case], told: str) -> None:
    """Who was told of these due dates, unless they have been moved since. An alarm is the last word."""
    for its in its_cases:
        same = (cases.c.case_id == its.case_id, cases.c.due_at == its.due_at, cases.c.due_told != "alarmed")
        await conn.execute(update(cases).where(*same).values(due_told=told))


async def unheard(conn: AsyncConnection, before: datetime) -> int:
    """How many cases were due before then without a supervisor having been told."""
    due = (OPEN, AWAKE, cases.c.due_kind.is_not(None), cases.c.due_at < before, cases.c.due_told != "alarmed")
    return int((await conn.execute(select(func.count()).select_from(cases).where(*due))).scalar_one())


# --- Leases, absences, snoozes ---------------------------------------------------------------------------------------


async def idle(conn: AsyncConnection, before: datetime, now: datetime) -> list[Held]:
    """Cases in somebody's hands that nothing was done about since then; those that rest, or wait for a call that was
    agreed on, are left out."""
    no_call = or_(cases.c.call_at.is_(None), cases.c.call_at <= now)
    return await _held(conn, AWAKE, no_call, _idle_since <= before)


async def of_absent(conn: AsyncConnection, away_before: datetime) -> list[Held]:
    """Cases in the hands of somebody who went away before then; those that rest are left with them."""
    return await _held(conn, AWAKE, agents.c.removed_at.is_(None), agents.c.away_since <= away_before)


async def of_removed(conn: AsyncConnection) -> list[Held]:
    """Cases in the hands of somebody who is no agent any more."""
    return await _held(conn, agents.c.removed_at.is_not(None))


async def _held(conn: AsyncConnection, *which: Any) -> list[Held]:
    query = with_owners().add_columns(_idle_since.label("idle_since"), agents.c.away_since)
    query = _locked(query.where(cases.c.state == "claimed", *which).order_by(cases.c.case_id))
    rows = (await conn.execute(query)).all()
    return [Held(as_case(row), row.owner_id, row.idle_since, row.away_since) for row in rows]


async def snoozed_until(conn: AsyncConnection, now: datetime) -> list[Case]:
    """Cases that have rested until now or earlier."""
    over = with_owners().where(OPEN, cases.c.snoozed_until <= now).order_by(cases.c.case_id)
    return [as_case(row) for row in (await conn.execute(_locked(over))).all()]


async def free_kept(conn: AsyncConnection, now: datetime) -> int:
    """What was kept for an agent is for anybody once they are away or gone, or the first answer is due."""
    here = (agents.c.telegram_id == cases.c.for_agent, agents.c.removed_at.is_(None), agents.c.away_since.is_(None))
    is_there = select(agents.c.telegram_id).where(*here).correlate(cases).exists()
    late = and_(cases.c.due_kind.is_not(None), cases.c.due_at <= now)
    freed = update(cases).where(OPEN, cases.c.for_agent.is_not(None), or_(~is_there, late)).values(for_agent=None)
    return (await conn.execute(freed)).rowcount


def _locked(query: Any) -> Any:
    return query.with_for_update(of=cases, skip_locked=True)
