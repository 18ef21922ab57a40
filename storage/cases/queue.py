"""The agents' queue: the order in which cases wait, how many there are, and who works on which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case
from storage.cases.cases import OPEN, RESTS, as_case, with_owners
from storage.cases.urgency import WAITS
from storage.runtime.prepared import prepared
from storage.schema import cases


def most_urgent_first() -> tuple[ColumnElement[Any], ...]:
    """The order of the queue: by rank; cases without a rank come last; of equal ones, the earlier case comes first. The
    index has the same order."""
    return (cases.c.urgency, cases.c.case_id)


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """How many open cases wait, are claimed, and are snoozed."""

    waiting: int
    claimed: int
    snoozed: int


async def queue(conn: AsyncConnection, limit: int) -> list[Case]:
    """The most urgent waiting cases."""
    return [as_case(row) for row in (await conn.execute(_queue(limit))).all()]


@prepared
def _queue(limit: int) -> Select[*tuple[Any, ...]]:
    return with_owners().where(WAITS).order_by(*most_urgent_first()).limit(limit)


async def counts(conn: AsyncConnection) -> CaseCounts:
    found = {row.place: row.n for row in (await conn.execute(_counts())).all()}
    return CaseCounts(found.get("waiting", 0), found.get("claimed", 0), found.get("snoozed", 0))


@prepared
def _counts() -> Select[*tuple[Any, ...]]:
    where = case((RESTS, "snoozed"), else_=cases.c.state)
    return select(where.label("place"), func.count().label("n")).where(OPEN).group_by(where)


async def claimed(
    conn: AsyncConnection, limit: int, *, of: int | None = None, except_of: int | None = None
) -> list[Case]:
    """Claimed cases, those due first in front: of one agent (`of`), or of all but one (`except_of`)."""
    values = {name: agent for name, agent in (("given_of", of), ("given_except_of", except_of)) if agent is not None}
    return [as_case(row) for row in (await conn.execute(_claimed(limit, *values), values)).all()]


@prepared
def _claimed(limit: int, *of_whom: str) -> Select[*tuple[Any, ...]]:
    held = with_owners().where(cases.c.state == "claimed")
    for name in of_whom:
        agent = bindparam(name, type_=BigInteger())
        held = held.where(cases.c.owner_id == agent if name == "given_of" else cases.c.owner_id != agent)
    return held.order_by(*_due_first()).limit(literal_column(str(limit)))


def _due_first() -> tuple[ColumnElement[Any], ...]:
    return (func.coalesce(cases.c.snoozed_until, cases.c.due_at), cases.c.case_id)
