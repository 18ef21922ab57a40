"""Holds: what keeps reminders about a debt back for a while. Each has an end, and somebody who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, Update, and_, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.debts import Audience, Kind, is_of
from storage.engine import insert
from storage.prepared import NOW, TODAY, prepared
from storage.schema import accounts, holds, instalments

STANDS = holds.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Hold:
    """`kind` is promise, plan, dispute or hold; `instalment_id` None: about all that the customer owes; `until` its
    last day in the customer's zone; `set_by` the agent, None: the customer."""

    customer_id: str
    kind: str
    until: date
    instalment_id: str | None = None
    set_by: int | None = None
    reason: str | None = None
    amount: int | None = None
    currency: str | None = None


async def set_hold(conn: AsyncConnection, hold: Hold, now: datetime) -> int:
    """Sets a hold in place of one of the same kind about the same debt."""
    same = (
        holds.c.instalment_id.is_(None) if hold.instalment_id is None else holds.c.instalment_id == hold.instalment_id
    )
    earlier = update(holds).where(STANDS, holds.c.customer_id == hold.customer_id, holds.c.kind == hold.kind, same)
    await conn.execute(earlier.values(ended_at=now, ended_why="replaced"))
    row = {
        "customer_id": hold.customer_id,
        "instalment_id": hold.instalment_id,
        "kind": hold.kind,
        "until": hold.until,
        "set_at": now,
        "set_by": hold.set_by,
        "reason": hold.reason,
        "amount": hold.amount,
        "currency": hold.currency,
    }
    return int((await conn.execute(insert(conn, holds).values(**row).returning(holds.c.hold_id))).scalar_one())


async def withdraw(conn: AsyncConnection, customer_id: str, now: datetime, kind: str | None = None) -> int:
    """Ends all that stands for this customer, or all of one kind."""
    gone = update(holds).where(STANDS, holds.c.customer_id == customer_id)
    if kind is not None:
        gone = gone.where(holds.c.kind == kind)
    return (await conn.execute(gone.values(ended_at=now, ended_why="withdrawn"))).rowcount


async def standing_of(conn: AsyncConnection, customer_id: str) -> list[Hold]:
    query = select(holds).where(STANDS, holds.c.customer_id == customer_id).order_by(holds.c.until)
    return [
        Hold(row.customer_id, row.kind, row.until, row.instalment_id, row.set_by, row.reason, row.amount, row.currency)
        for row in (await conn.execute(query)).all()
    ]


async def end_kept(conn: AsyncConnection, audience: Audience, now: datetime) -> int:
    """Ends holds whose debts are settled: a promise or plan was kept, a dispute is over."""
    return (await conn.execute(_kept(audience.kind), {**audience.values(), NOW.key: now})).rowcount


@prepared
def _kept(kind: Kind) -> Update:
    owed = (
        exists()
        .where(
            accounts.c.customer_id == holds.c.customer_id,
            instalments.c.account_id == accounts.c.account_id,
            instalments.c.outstanding > 0,
            or_(
                holds.c.instalment_id == instalments.c.instalment_id,
                # A hold about everything is about what is due by its end; nobody promised what they say is not right.
                and_(
                    holds.c.instalment_id.is_(None),
                    instalments.c.due_date <= holds.c.until,
                    or_(holds.c.kind.not_in(("promise", "plan")), ~_is_disputed()),
                ),
            ),
        )
        .correlate(holds)
    )
    kept = update(holds).where(STANDS, is_of(kind, holds.c.customer_id), ~owed)
    return kept.values(ended_at=NOW, ended_why="kept")


def _is_disputed() -> Any:
    """The wallet or the customer says that this very instalment is not right."""
    dispute = holds.alias("dispute")
    theirs = dispute.c.customer_id == accounts.c.customer_id
    about_it = (dispute.c.kind == "dispute", dispute.c.instalment_id == instalments.c.instalment_id)
    stands = exists().where(theirs, *about_it, dispute.c.ended_at.is_(None)).correlate(instalments, accounts)
    return or_(instalments.c.status == "disputed", stands)


async def end_over(conn: AsyncConnection, audience: Audience, now: datetime) -> int:
    """Ends holds whose last day is past: a promise or plan that was not kept is broken, the others are over."""
    values = {**audience.values(), NOW.key: now}
    return sum([(await conn.execute(statement, values)).rowcount for statement in _over(audience.kind)])


@prepared
def _over(kind: Kind) -> tuple[Update, Update]:
    over = (STANDS, is_of(kind, holds.c.customer_id), holds.c.until < TODAY)
    broken = update(holds).where(*over, holds.c.kind.in_(("promise", "plan"))).values(ended_at=NOW, ended_why="broken")
    return broken, update(holds).where(*over).values(ended_at=NOW, ended_why="over")


@prepared
def broken() -> CTE:
    """Whose promise or plan was found broken at this instant, as rows for `cases_opening.open_for`."""
    return (
        select(
            holds.c.customer_id,
            literal("broken_promise").label("reason"),
            func.min(instalments.c.due_date).label("due_since"),
        )
        .join(accounts, accounts.c.customer_id == holds.c.customer_id)
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(holds.c.ended_why == "broken", holds.c.ended_at == NOW, instalments.c.outstanding > 0)
        .group_by(holds.c.customer_id)
        .cte("broken")
    )


async def promises_since(conn: AsyncConnection, customer_id: str, since: datetime) -> int:
    """How many promises were made for this customer since then, but for those that were kept."""
    query = select(func.count()).select_from(holds)
    about = (holds.c.customer_id == customer_id, holds.c.kind == "promise", holds.c.set_at >= since)
    unkept = func.coalesce(holds.c.ended_why, "") != "kept"
    return int((await conn.execute(query.where(*about, unkept))).scalar_one())


async def broken_since(conn: AsyncConnection, customer_id: str, since: datetime) -> int:
    """How many promises and plans this customer did not keep since then."""
    query = select(func.count()).select_from(holds)
    about = (holds.c.customer_id == customer_id, holds.c.ended_why == "broken", holds.c.ended_at >= since)
    return int((await conn.execute(query.where(*about))).scalar_one())
