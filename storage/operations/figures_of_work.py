"""Figures of what was done, in sets: promises, plans, cases, first answers, messages. `docs/figures.md` defines them.

What happened is counted by the quarter of an hour, given as the Unix time at which it began: in every time zone a day
begins at a full quarter. All times are from `since` until before `until`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import Called, Closed, Introduced
from bot.rules.cases.case_events_agreements import PromiseBroken
from bot.rules.operations.desk_statistics import First
from storage.cases.event_rows import field, is_a
from storage.customers.customer_languages import base_language
from storage.operations.desk_statistics import QUARTER_S, first_answer, second_of
from storage.runtime.prepared import there_is
from storage.schema import agents, case_events, cases, contacts, holds, notices, plans, ratings

AGREED = ("agreed", "kept", "broken", "not_needed", "replaced", "withdrawn")  # what an agreed plan can become


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something happened in the quarter of an hour that began at `quarter_s`; `what` says what it was."""

    quarter_s: int
    what: tuple[str, ...]
    n: int


async def promises_made(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    return await _count(conn, holds.c.set_at, since, until, (), holds.c.kind == "promise")


async def promises_ended(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    """By how they ended; `part`: broken, but something had come in."""
    came_in = cast(field("came_in", PromiseBroken), BigInteger)
    partly = there_is(
        cases.c.customer_id == holds.c.customer_id,
        is_a(PromiseBroken),
        case_events.c.at == holds.c.ended_at,
        came_in > 0,
        correlate=[holds],
        of=cases.join(case_events, case_events.c.case_id == cases.c.case_id),
    )
    how = case((and_(holds.c.ended_why == "broken", partly), "part"), else_=holds.c.ended_why)
    return await _count(conn, holds.c.ended_at, since, until, (how,), holds.c.kind == "promise")


async def plans_agreed(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    return await _count(conn, plans.c.decided_at, since, until, (), _was_agreed())


async def plans_ended(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    """Plans that had been agreed, by how they ended."""
    return await _count(conn, plans.c.ended_at, since, until, (plans.c.state,), _was_agreed())


def _was_agreed() -> ColumnElement[bool]:
    return and_(plans.c.decided_at.is_not(None), plans.c.state.in_(AGREED))


async def cases_opened(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    """By reason."""
    return await _count(conn, cases.c.opened_at, since, until, (cases.c.reason,))


async def cases_closed(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    """By reason and outcome."""
    outcome = func.coalesce(cases.c.outcome, "other")
    return await _count(conn, cases.c.closed_at, since, until, (cases.c.reason, outcome), cases.c.state == "closed")


async def sends(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    """Messages to customers, by channel, state and, where it was refused, reason."""
    reason = case((contacts.c.state == "refused", func.coalesce(contacts.c.reason, "")), else_="")
    what = (contacts.c.channel, contacts.c.state, reason)
    return await _count(conn, contacts.c.at, since, until, what, contacts.c.direction == "out")


async def ratings_given(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    """By score, the id of the agent who had the case, and the customer's language; empty where there is none."""
    agent = func.coalesce(cast(ratings.c.agent_id, Text), "")
    language = func.coalesce(base_language(ratings.c.customer_id), "")
    what = (ratings.c.score, agent, language)
    return await _count(conn, ratings.c.rated_at, since, until, what, ratings.c.score.is_not(None))


async def ratings_asked(conn: AsyncConnection, since: datetime, until: datetime) -> list[Counted]:
    return await _count(conn, ratings.c.asked_at, since, until, (), ratings.c.state == "asked")


async def closed_by(conn: AsyncConnection, since: datetime, until: datetime) -> dict[int, int]:
    """How many cases each agent closed."""
    query = (
        select(case_events.c.actor_id, func.count().label("n"))
        .where(is_a(Closed), case_events.c.at >= since, case_events.c.at < until, case_events.c.actor_id.is_not(None))
        .group_by(case_events.c.actor_id)
    )
    return {row.actor_id: int(row.n) for row in (await conn.execute(query)).all()}


async def agent_names(conn: AsyncConnection) -> dict[int, str]:
    """Of all who are or were agents."""
    return {
        row.telegram_id: row.name for row in (await conn.execute(select(agents.c.telegram_id, agents.c.name))).all()
    }


async def not_sent(conn: AsyncConnection, since: datetime, until: datetime) -> dict[str, int]:
    """Planned messages that were not sent, by reason."""
    query = (
        select(notices.c.reason, func.count().label("n"))
        .where(notices.c.state == "not_sent", notices.c.ended_at >= since, notices.c.ended_at < until)
        .group_by(notices.c.reason)
    )
    return {row.reason or "": int(row.n) for row in (await conn.execute(query)).all()}


async def _count(
    conn: AsyncConnection,
    at: ColumnElement[Any],
    since: datetime,
    until: datetime,
    what: Sequence[ColumnElement[Any]],
    *which: ColumnElement[bool],
) -> list[Counted]:
    quarter = second_of(conn.dialect.name, at).op("/", return_type=BigInteger())(QUARTER_S)
    counted = select(quarter.label("quarter"), *(each.label(f"what_{n}") for n, each in enumerate(what)))
    each = counted.where(at >= since, at < until, *which).subquery()
    query = select(each, func.count().label("n")).group_by(*each.c)
    rows = (await conn.execute(query)).all()
    return [Counted(int(row[0]) * QUARTER_S, tuple(str(name) for name in row[1:-1]), int(row.n)) for row in rows]


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """A case's first answer, or that there was none: who gave it, and the customer's language (en, zh; None where
    nobody knows it)."""

    first: First
    agent_id: int | None
    agent: str | None
    language: str | None


async def first_answers(conn: AsyncConnection, since: datetime, until: datetime) -> list[FirstAnswer]:
    """Of every case that was opened then."""
    found = (await conn.execute(_first_answers(conn.dialect.name, since, until))).all()
    return [FirstAnswer(First(*row[:4]), row.agent_id, row.agent, row.language) for row in found]


def _first_answers(dialect: str, since: datetime, until: datetime) -> Select[Any]:
    spoke = or_(is_a(Introduced), field("result", Called) == "reached")
    by = (
        select(case_events.c.actor_id)
        .where(case_events.c.case_id == cases.c.case_id, case_events.c.actor_id.is_not(None), spoke)
        .order_by(case_events.c.event_id)
        .limit(1)
        .correlate(cases)
        .scalar_subquery()
    )
    answered = first_answer()
    each = (
        select(
            cases.c.reason,
            second_of(dialect, cases.c.opened_at).label("opened_s"),
            second_of(dialect, answered).label("answered_s"),
            second_of(dialect, cases.c.closed_at).label("closed_s"),
            case((answered.is_not(None), by), else_=None).label("agent_id"),
            base_language(cases.c.customer_id).label("language"),
        )
        .where(cases.c.opened_at >= since, cases.c.opened_at < until)
        .subquery()
    )
    return select(each, agents.c.name.label("agent")).outerjoin(agents, agents.c.telegram_id == each.c.agent_id)
