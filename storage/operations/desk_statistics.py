"""The desk's statistics in sets: waiting cases, agents' work, first response times, outcomes of cases and promises.

A first answer is an agent's first message that a channel accepted, or a phone call that reached the customer.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Result, Select, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import Called, Closed, Introduced
from bot.rules.operations.desk_statistics import AgentFigures, First, Waiting
from storage.cases.cases import AWAKE, HAS_DEADLINE, OPEN, RESTS
from storage.cases.event_rows import field, is_a
from storage.cases.urgency import WAITING_SINCE, WAITS
from storage.schema import agents, case_events, cases, contacts, holds, ratings

QUARTER_S = 900  # in every time zone, a day begins at a full quarter of an hour


async def waiting(conn: AsyncConnection, now: datetime) -> Waiting:
    counted = select(
        func.count().filter(WAITS).label("waiting"),
        func.count().filter(cases.c.state == "claimed", AWAKE).label("claimed"),
        func.count().filter(RESTS).label("snoozed"),
        func.count().filter(AWAKE, HAS_DEADLINE, cases.c.due_at < now).label("late"),
    ).where(OPEN)
    row = (await conn.execute(counted)).one()
    first = (
        await conn.execute(
            select(cases.c.case_id, WAITING_SINCE.label("since")).where(WAITS).order_by(WAITING_SINCE).limit(1)
        )
    ).first()
    return Waiting(
        row.waiting,
        row.claimed,
        row.snoozed,
        row.late,
        first.case_id if first else None,
        first.since if first else None,
    )


async def by_agent(conn: AsyncConnection, since: datetime, today_since: datetime) -> list[AgentFigures]:
    """The statistics of every current agent, in the order in which they were added."""
    has = _counts(await conn.execute(_has()))
    answered = _counts(await conn.execute(_answered(since)))
    closed = {row.agent_id: row for row in (await conn.execute(_closed(since, today_since))).all()}
    query = select(agents).where(agents.c.removed_at.is_(None)).order_by(agents.c.added_at, agents.c.telegram_id)
    found = []
    for row in (await conn.execute(query)).all():
        ended = closed.get(row.telegram_id)
        found.append(
            AgentFigures(
                row.name,
                row.away_since is not None,
                has.get(row.telegram_id, 0),
                answered.get(row.telegram_id, 0),
                int(ended.today) if ended else 0,
                int(ended.n) if ended else 0,
            )
        )
    return found


def _counts(result: Result[*tuple[Any, ...]]) -> dict[int, int]:
    return {row.agent_id: int(row.n) for row in result.all()}


def _has() -> Select[*tuple[Any, ...]]:
    held = select(cases.c.owner_id.label("agent_id"), func.count().label("n")).where(cases.c.state == "claimed")
    return held.group_by(cases.c.owner_id)


def _answered(since: datetime) -> Select[*tuple[Any, ...]]:
    """Cases, by agent, in which their first message arrived, or in which they reached the customer by phone."""
    talked = field("result", Called) == "reached"
    spoke = (case_events.c.at >= since, or_(is_a(Introduced), talked))
    return (
        select(case_events.c.actor_id.label("agent_id"), func.count(case_events.c.case_id.distinct()).label("n"))
        .where(case_events.c.actor_id.is_not(None), *spoke)
        .group_by(case_events.c.actor_id)
    )


def _closed(since: datetime, today_since: datetime) -> Select[*tuple[Any, ...]]:
    today = case((case_events.c.at >= today_since, 1), else_=0)
    return (
        select(case_events.c.actor_id.label("agent_id"), func.count().label("n"), func.sum(today).label("today"))
        .where(is_a(Closed), case_events.c.at >= since, case_events.c.actor_id.is_not(None))
        .group_by(case_events.c.actor_id)
    )


async def firsts(conn: AsyncConnection, since: datetime) -> list[First]:
    """Every case that was opened since `since`, with the time of its first answer."""
    dialect, answered = conn.dialect.name, first_answer()
    query = select(
        cases.c.reason,
        second_of(dialect, cases.c.opened_at),
        second_of(dialect, answered),
        second_of(dialect, cases.c.closed_at),
    ).where(cases.c.opened_at >= since)
    return [First(row[0], row[1], row[2], row[3]) for row in (await conn.execute(query)).all()]


def first_answer() -> ColumnElement[Any]:
    """When a case, of the statement around it, was first answered; NULL if it was not."""
    return (
        select(func.min(contacts.c.at))
        .where(
            contacts.c.customer_id == cases.c.customer_id,
            contacts.c.at >= cases.c.opened_at,
            contacts.c.case_id == cases.c.case_id,
            contacts.c.kind == "agent",
            contacts.c.state == "accepted",
        )
        .correlate(cases)
        .scalar_subquery()
    )


async def by_quarter(conn: AsyncConnection, since: datetime) -> dict[int, tuple[int, int]]:
    """How many cases were opened and closed in each quarter of an hour since `since`, by the Unix time at which it
    began. Quarters without any are left out."""
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for place, column in enumerate((cases.c.opened_at, cases.c.closed_at)):
        quarter = second_of(conn.dialect.name, column).op("/", return_type=BigInteger())(QUARTER_S)
        query = select(quarter.label("quarter"), func.count().label("n")).where(column >= since).group_by("quarter")
        for row in (await conn.execute(query)).all():
            found[int(row.quarter) * QUARTER_S][place] = int(row.n)
    return {start: (opened, closed) for start, (opened, closed) in found.items()}


async def outcomes(conn: AsyncConnection, since: datetime) -> dict[str, int]:
    query = (
        select(cases.c.outcome, func.count().label("n"))
        .where(cases.c.state == "closed", cases.c.closed_at >= since)
        .group_by(cases.c.outcome)
    )
    return {row.outcome or "other": int(row.n) for row in (await conn.execute(query)).all()}


async def promises(conn: AsyncConnection, since: datetime) -> dict[tuple[str, str], int]:
    """How many promises and plans were kept or broken since `since`, by kind and result."""
    query = (
        select(holds.c.kind, holds.c.ended_why, func.count().label("n"))
        .where(
            holds.c.kind.in_(("promise", "plan")), holds.c.ended_at >= since, holds.c.ended_why.in_(("kept", "broken"))
        )
        .group_by(holds.c.kind, holds.c.ended_why)
    )
    return {(row.kind, row.ended_why): int(row.n) for row in (await conn.execute(query)).all()}


async def scores(conn: AsyncConnection, since: datetime) -> tuple[dict[int, int], int]:
    """How often each score was given since `since`, and how many customers were asked."""
    given = select(ratings.c.score, func.count().label("n")).where(ratings.c.rated_at >= since)
    given = given.where(ratings.c.score.is_not(None)).group_by(ratings.c.score)
    asked = select(func.count()).select_from(ratings).where(ratings.c.state == "asked", ratings.c.asked_at >= since)
    found = {int(row.score): int(row.n) for row in (await conn.execute(given)).all()}
    return found, int((await conn.execute(asked)).scalar_one())


def second_of(dialect: str, instant: ColumnElement[Any]) -> ColumnElement[int]:
    """The Unix time of an instant, in whole seconds."""
    if dialect == "sqlite":
        return cast(func.strftime("%s", instant), BigInteger)
    return cast(func.floor(func.extract("epoch", instant)), BigInteger)
