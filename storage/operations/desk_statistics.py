"""The desk's statistics in sets: waiting cases, agents' work, first response times, outcomes of cases and promises.

A first answer is an agent's first message that a channel accepted, or a phone call that reached the customer.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Result, Select, bindparam, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import Called, Closed, Introduced
from bot.rules.operations.desk_statistics import AgentFigures, First, Waiting
from storage.cases.cases import AWAKE, HAS_DEADLINE, OPEN, RESTS
from storage.cases.event_rows import field, is_a
from storage.cases.urgency import WAITING_SINCE, WAITS
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, agents, case_events, cases, contacts, holds, ratings

SINCE = bindparam("given_since", type_=Instant())
TODAY_SINCE = bindparam("given_today_since", type_=Instant())
QUARTER_S = 900  # in every time zone, a day begins at a full quarter of an hour


async def waiting(conn: AsyncConnection, now: datetime) -> Waiting:
    row = (await conn.execute(_waiting(), {NOW.key: now})).one()
    first = (await conn.execute(_waits_longest())).first()
    return Waiting(
        row.waiting,
        row.claimed,
        row.snoozed,
        row.late,
        first.case_id if first else None,
        first.since if first else None,
    )


@prepared
def _waiting() -> Select[*tuple[Any, ...]]:
    return select(
        func.count().filter(WAITS).label("waiting"),
        func.count().filter(cases.c.state == "claimed", AWAKE).label("claimed"),
        func.count().filter(RESTS).label("snoozed"),
        func.count().filter(AWAKE, HAS_DEADLINE, cases.c.due_at < NOW).label("late"),
    ).where(OPEN)


@prepared
def _waits_longest() -> Select[Any]:
    return select(cases.c.case_id, WAITING_SINCE.label("since")).where(WAITS).order_by(WAITING_SINCE).limit(1)


async def by_agent(conn: AsyncConnection, since: datetime, today_since: datetime) -> list[AgentFigures]:
    """The statistics of every current agent, in the order in which they were added."""
    given = {SINCE.key: since}
    has = _counts(await conn.execute(_has()))
    answered = _counts(await conn.execute(_answered(), given))
    ended_today = {**given, TODAY_SINCE.key: today_since}
    closed = {row.agent_id: row for row in (await conn.execute(_closed(), ended_today)).all()}
    found = []
    for row in (await conn.execute(_agents())).all():
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


@prepared
def _agents() -> Select[Any]:
    return select(agents).where(agents.c.removed_at.is_(None)).order_by(agents.c.added_at, agents.c.telegram_id)


@prepared
def _has() -> Select[Any]:
    held = select(cases.c.owner_id.label("agent_id"), func.count().label("n")).where(cases.c.state == "claimed")
    return held.group_by(cases.c.owner_id)


@prepared
def _answered() -> Select[Any]:
    """Cases, by agent, in which their first message arrived, or in which they reached the customer by phone."""
    talked = field("result", Called) == "reached"
    spoke = (case_events.c.at >= SINCE, or_(is_a(Introduced), talked))
    return (
        select(case_events.c.actor_id.label("agent_id"), func.count(case_events.c.case_id.distinct()).label("n"))
        .where(case_events.c.actor_id.is_not(None), *spoke)
        .group_by(case_events.c.actor_id)
    )


@prepared
def _closed() -> Select[Any]:
    today = case((case_events.c.at >= TODAY_SINCE, 1), else_=0)
    return (
        select(case_events.c.actor_id.label("agent_id"), func.count().label("n"), func.sum(today).label("today"))
        .where(is_a(Closed), case_events.c.at >= SINCE, case_events.c.actor_id.is_not(None))
        .group_by(case_events.c.actor_id)
    )


async def firsts(conn: AsyncConnection, since: datetime) -> list[First]:
    """Every case that was opened since `since`, with the time of its first answer."""
    rows = (await conn.execute(_firsts(conn.dialect.name), {SINCE.key: since})).all()
    return [First(row[0], row[1], row[2], row[3]) for row in rows]


@prepared
def _firsts(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(
        cases.c.reason,
        second_of(dialect, cases.c.opened_at).label("opened_s"),
        second_of(dialect, first_answer()).label("answered_s"),
        second_of(dialect, cases.c.closed_at).label("closed_s"),
    ).where(cases.c.opened_at >= SINCE)


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
    for place, name in enumerate(("opened_at", "closed_at")):
        for row in (await conn.execute(_by_quarter(conn.dialect.name, name), {SINCE.key: since})).all():
            found[int(row.quarter) * QUARTER_S][place] = int(row.n)
    return {start: (opened, closed) for start, (opened, closed) in found.items()}


@prepared
def _by_quarter(dialect: str, name: str) -> Select[*tuple[Any, ...]]:
    at = cases.c[name]
    quarter = second_of(dialect, at).op("/", return_type=BigInteger())(QUARTER_S)
    return select(quarter.label("quarter"), func.count().label("n")).where(at >= SINCE).group_by("quarter")


async def outcomes(conn: AsyncConnection, since: datetime) -> dict[str, int]:
    rows = (await conn.execute(_outcomes(), {SINCE.key: since})).all()
    return {row.outcome or "other": int(row.n) for row in rows}


@prepared
def _outcomes() -> Select[Any]:
    return (
        select(cases.c.outcome, func.count().label("n"))
        .where(cases.c.state == "closed", cases.c.closed_at >= SINCE)
        .group_by(cases.c.outcome)
    )


async def promises(conn: AsyncConnection, since: datetime) -> dict[tuple[str, str], int]:
    """How many promises and plans were kept or broken since `since`, by kind and result."""
    rows = (await conn.execute(_promises(), {SINCE.key: since})).all()
    return {(row.kind, row.ended_why): int(row.n) for row in rows}


@prepared
def _promises() -> Select[Any]:
    ended = (holds.c.ended_at >= SINCE, holds.c.ended_why.in_(("kept", "broken")))
    return (
        select(holds.c.kind, holds.c.ended_why, func.count().label("n"))
        .where(holds.c.kind.in_(("promise", "plan")), *ended)
        .group_by(holds.c.kind, holds.c.ended_why)
    )


async def scores(conn: AsyncConnection, since: datetime) -> tuple[dict[int, int], int]:
    """How often each score was given since `since`, and how many customers were asked."""
    given = {SINCE.key: since}
    found = {int(row.score): int(row.n) for row in (await conn.execute(_scores(), given)).all()}
    return found, int((await conn.execute(_asked(), given)).scalar_one())


@prepared
def _scores() -> Select[*tuple[Any, ...]]:
    given = select(ratings.c.score, func.count().label("n")).where(ratings.c.rated_at >= SINCE)
    return given.where(ratings.c.score.is_not(None)).group_by(ratings.c.score)


@prepared
def _asked() -> Select[*tuple[Any, ...]]:
    return select(func.count()).select_from(ratings).where(ratings.c.state == "asked", ratings.c.asked_at >= SINCE)


def second_of(dialect: str, instant: ColumnElement[Any]) -> ColumnElement[int]:
    """The Unix time of an instant, in whole seconds."""
    if dialect == "sqlite":
        return cast(func.strftime("%s", instant), BigInteger)
    return cast(func.floor(func.extract("epoch", instant)), BigInteger)
