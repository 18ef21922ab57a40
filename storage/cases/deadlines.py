"""Deadlines of open cases: leases and snoozes that are over, owners who left, and what is due.

Here they are found and stored; `bot.rules.cases.deadlines` and `bot.work.cases.desk_upkeep` decide how long each may
take. Rows that are about to change are locked, so that a claim or message at the same moment is not overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, Update, and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case, Due
from storage.cases.cases import AWAKE, HAS_DEADLINE, OPEN, as_case, with_owners
from storage.runtime.engine import put
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, agents, cases, deadline_messages

CARD_MAY_BE_WRONG_BY = timedelta(hours=1)
BY = bindparam("given_by", type_=Instant())
UNDATED = or_(cases.c.due_kind.is_(None), cases.c.due_at.is_(None))  # the deadline is to be computed
IDLE_SINCE = case(
    (func.coalesce(cases.c.worked_at, cases.c.claimed_at) > cases.c.claimed_at, cases.c.worked_at),
    else_=cases.c.claimed_at,
)


@dataclass(frozen=True, slots=True)
class Held:
    """A claimed case: since when nobody has worked on it, and since when its owner is away (None: not away)."""

    case: Case
    owner_id: int
    idle_since: datetime
    away_since: datetime | None = None


# --- Due dates -------------------------------------------------------------------------------------------------------


async def without_deadline(conn: AsyncConnection, limit: int) -> list[Case]:
    """Open cases whose deadline must be computed: new ones, and those where something happened."""
    return [as_case(row) for row in (await conn.execute(_without_deadline(limit))).all()]


@prepared
def _without_deadline(limit: int) -> Select[*tuple[Any, ...]]:
    return _locked(with_owners().where(OPEN, AWAKE, UNDATED).order_by(cases.c.case_id).limit(limit))


async def set_due(conn: AsyncConnection, open_case: Case, due: Due) -> None:
    """Sets what is due next. If the deadline is unchanged, nobody is told again. The card is renewed only if it would
    be wrong by more than `CARD_MAY_BE_WRONG_BY`, because editing it takes one of the few calls that a group allows."""
    is_wrong = open_case.due_at is None or abs(due.at - open_case.due_at) > CARD_MAY_BE_WRONG_BY
    values = {"given_case_id": open_case.case_id, "given_due_at": due.at, "given_due_kind": due.kind}
    await conn.execute(_setting_due(stale=is_wrong), values)


@prepared
def _setting_due(*, stale: bool) -> Update:
    at = bindparam("given_due_at", type_=Instant())
    values: dict[str, Any] = {"due_at": at, "due_kind": bindparam("given_due_kind", type_=cases.c.due_kind.type)}
    values["due_told"] = case((cases.c.due_at == at, cases.c.due_told), else_="")
    if stale:
        values["card_stale"] = True
    return update(cases).where(cases.c.case_id == bindparam("given_case_id", type_=BigInteger())).values(**values)


async def to_remind(conn: AsyncConnection, due_by: datetime) -> list[Case]:
    """Cases due by `due_by` whose owner was not reminded yet, soonest first."""
    return await _due(conn, due_by, _to_remind())


@prepared
def _to_remind() -> Select[*tuple[Any, ...]]:
    return _due_and(cases.c.due_told == "")


async def to_alarm(conn: AsyncConnection, now: datetime) -> list[Case]:
    """Overdue cases that no supervisor was told of, longest overdue first."""
    return await _due(conn, now, _to_alarm())


@prepared
def _to_alarm() -> Select[*tuple[Any, ...]]:
    return _due_and(cases.c.due_told != "alarmed")


async def late_count(conn: AsyncConnection, now: datetime) -> int:
    """How many open cases are past their deadline and do not rest."""
    return int((await conn.execute(_late(), {BY.key: now})).scalar_one())


@prepared
def _late() -> Select[int]:
    return select(func.count()).select_from(cases).where(OPEN, AWAKE, HAS_DEADLINE, cases.c.due_at < BY)


async def _due(conn: AsyncConnection, due_by: datetime, query: Select[*tuple[Any, ...]]) -> list[Case]:
    return [as_case(row) for row in (await conn.execute(query, {BY.key: due_by})).all()]


def _due_and(untold: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    due = (OPEN, AWAKE, cases.c.due_kind.is_not(None), cases.c.due_at <= BY, untold)
    return with_owners().where(*due).order_by(cases.c.due_at, cases.c.case_id)


async def due_told(conn: AsyncConnection, due_cases: Sequence[Case], told: str) -> None:
    """Stores who was told of these deadlines ('reminded' or 'alarmed'), unless a deadline has changed since. After
    'alarmed' nothing more is stored."""
    for due_case in due_cases:
        same = (cases.c.case_id == due_case.case_id, cases.c.due_at == due_case.due_at, cases.c.due_told != "alarmed")
        await conn.execute(update(cases).where(*same).values(due_told=told))


async def unheard(conn: AsyncConnection, before: datetime) -> int:
    """How many cases were due before `before` without any supervisor being told."""
    return int((await conn.execute(_unheard(), {BY.key: before})).scalar_one())


@prepared
def _unheard() -> Select[int]:
    due = (OPEN, AWAKE, cases.c.due_kind.is_not(None), cases.c.due_at < BY, cases.c.due_told != "alarmed")
    return select(func.count()).select_from(cases).where(*due)


# --- Leases, absences, snoozes ---------------------------------------------------------------------------------------


async def idle(conn: AsyncConnection, before: datetime, now: datetime) -> list[Held]:
    """Claimed cases that nobody has worked on since `before`. Snoozed cases, and those that wait for an agreed call,
    are left out."""
    return await _held(conn, _idle(), {BY.key: before, NOW.key: now})


@prepared
def _idle() -> Select[*tuple[Any, ...]]:
    return _held_and(AWAKE, or_(cases.c.call_at.is_(None), cases.c.call_at <= NOW), IDLE_SINCE <= BY)


async def held_by_absent(conn: AsyncConnection, away_before: datetime) -> list[Held]:
    """Claimed cases whose owner went away before `away_before`. Snoozed cases are left out: they stay with the
    owner."""
    return await _held(conn, _by_absent(), {BY.key: away_before})


@prepared
def _by_absent() -> Select[*tuple[Any, ...]]:
    return _held_and(AWAKE, agents.c.removed_at.is_(None), agents.c.away_since <= BY)


async def of_removed(conn: AsyncConnection) -> list[Held]:
    """Claimed cases whose owner is no longer an agent."""
    return await _held(conn, _of_removed(), {})


@prepared
def _of_removed() -> Select[*tuple[Any, ...]]:
    return _held_and(agents.c.removed_at.is_not(None))


async def _held(conn: AsyncConnection, query: Select[*tuple[Any, ...]], values: Mapping[str, datetime]) -> list[Held]:
    rows = (await conn.execute(query, values)).all()
    return [Held(as_case(row), row.owner_id, row.idle_since, row.away_since) for row in rows]


def _held_and(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    query = with_owners().add_columns(IDLE_SINCE.label("idle_since"), agents.c.away_since)
    return _locked(query.where(cases.c.state == "claimed", *which).order_by(cases.c.case_id))


async def snoozed_until(conn: AsyncConnection, now: datetime) -> list[Case]:
    """Cases whose snooze is over."""
    return [as_case(row) for row in (await conn.execute(_snoozed_until(), {NOW.key: now})).all()]


@prepared
def _snoozed_until() -> Select[*tuple[Any, ...]]:
    return _locked(with_owners().where(OPEN, cases.c.snoozed_until <= NOW).order_by(cases.c.case_id))


async def release_kept(conn: AsyncConnection, now: datetime) -> int:
    """Gives cases that were kept for one agent to anybody, once that agent is away or removed, or the case is due.
    Returns how many."""
    return (await conn.execute(_release_kept(), {NOW.key: now})).rowcount


@prepared
def _release_kept() -> Update:
    here = (agents.c.telegram_id == cases.c.for_agent, agents.c.removed_at.is_(None), agents.c.away_since.is_(None))
    is_there = select(agents.c.telegram_id).where(*here).correlate(cases).exists()
    late = and_(cases.c.due_kind.is_not(None), cases.c.due_at <= NOW)
    return update(cases).where(OPEN, cases.c.for_agent.is_not(None), or_(~is_there, late)).values(for_agent=None)


def _locked(query: Select[Any]) -> Select[Any]:
    return query.with_for_update(of=cases, skip_locked=True)


# --- Messages about many cases ---------------------------------------------------------------------------------------

ToldTogether = Literal["group", "supervisors"]
"""group: what nobody has is due soon; supervisors: what is late."""


async def message_sent(conn: AsyncConnection, to: ToldTogether, now: datetime) -> None:
    await put(conn, deadline_messages, ["kind"], {"kind": to, "sent_at": now})


async def last_message(conn: AsyncConnection, to: ToldTogether) -> datetime | None:
    """When they were last told of deadlines; None where they never were."""
    at: datetime | None = (await conn.execute(_last_message(), {"given_kind": to})).scalar()
    return at


@prepared
def _last_message() -> Select[*tuple[Any, ...]]:
    kind = bindparam("given_kind", type_=deadline_messages.c.kind.type)
    return select(deadline_messages.c.sent_at).where(deadline_messages.c.kind == kind)
