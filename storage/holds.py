"""Holds: what keeps reminders about a debt back for a while. Each has an end, and somebody who answers for it. How they
end by themselves is in `holds_ending`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import insert
from storage.schema import accounts, holds, instalments

STANDS = holds.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Hold:
    """`kind` is promise, plan, dispute or hold; `instalment_id` None: about all that the customer owes; `until` its
    last day in the customer's zone; `set_by` the agent, None: the customer; `amount` what was promised, in minor units,
    and `paid_before` what had been settled in that currency by then: what is settled since is counted towards it."""

    customer_id: str
    kind: str
    until: date
    instalment_id: str | None = None
    set_by: int | None = None
    reason: str | None = None
    amount: int | None = None
    currency: str | None = None
    case_id: int | None = None
    plan_id: int | None = None
    paid_before: int | None = None
    set_at: datetime | None = None
    hold_id: int | None = None


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
        "case_id": hold.case_id,
        "plan_id": hold.plan_id,
        "paid_before": hold.paid_before,
    }
    return int((await conn.execute(insert(conn, holds).values(**row).returning(holds.c.hold_id))).scalar_one())


async def withdraw(conn: AsyncConnection, customer_id: str, now: datetime, kind: str | None = None) -> int:
    """Ends all that stands for this customer, or all of one kind."""
    gone = update(holds).where(STANDS, holds.c.customer_id == customer_id)
    if kind is not None:
        gone = gone.where(holds.c.kind == kind)
    return (await conn.execute(gone.values(ended_at=now, ended_why="withdrawn"))).rowcount


async def withdraw_alone(conn: AsyncConnection, customer_id: str, kind: str, now: datetime) -> int:
    """Ends what stands of one kind about all that this customer owes, and is no part of a plan."""
    gone = update(holds).where(STANDS, holds.c.customer_id == customer_id, holds.c.kind == kind)
    gone = gone.where(holds.c.plan_id.is_(None), holds.c.instalment_id.is_(None))
    return (await conn.execute(gone.values(ended_at=now, ended_why="withdrawn"))).rowcount


async def standing_of(conn: AsyncConnection, customer_id: str) -> list[Hold]:
    query = select(holds).where(STANDS, holds.c.customer_id == customer_id).order_by(holds.c.until)
    return [_hold(row) for row in (await conn.execute(query)).all()]


def _hold(row: Any) -> Hold:
    return Hold(
        customer_id=row.customer_id,
        kind=row.kind,
        until=row.until,
        instalment_id=row.instalment_id,
        set_by=row.set_by,
        reason=row.reason,
        amount=row.amount,
        currency=row.currency,
        case_id=row.case_id,
        plan_id=row.plan_id,
        paid_before=row.paid_before,
        set_at=row.set_at,
        hold_id=row.hold_id,
    )


async def settled_in(conn: AsyncConnection, customer_id: str, currency: str) -> int:
    """How much of all that ever fell due to this customer in this currency is settled: paid, or given up."""
    query = select(func.coalesce(func.sum(settled()), 0)).join(
        accounts, accounts.c.account_id == instalments.c.account_id
    )
    return int(
        (
            await conn.execute(query.where(accounts.c.customer_id == customer_id, accounts.c.currency == currency))
        ).scalar_one()
    )


def settled() -> Any:
    """How much of an instalment is settled."""
    return instalments.c.amount_due - instalments.c.outstanding


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
