"""Forgotten customers who still owe something overdue. No reminder and no agent reaches them any more, so the wallet
itself has to, and says so once it has taken them over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.customer_sets import looked_at
from storage.runtime.prepared import TODAY, prepared
from storage.schema import accounts, customers, instalments


@dataclass(frozen=True, slots=True)
class StillOwing:
    """A forgotten customer, and the due date of their oldest debt that is overdue and not taken over."""

    customer_id: str
    forgotten_at: datetime
    oldest_due: date


async def still_owing(conn: AsyncConnection, today: date) -> list[StillOwing]:
    """Who was forgotten and owes something that was due before `today`, the last forgotten first."""
    rows = await conn.execute(_still_owing(), {TODAY.key: today})
    return [StillOwing(row.customer_id, row.forgotten_at, row.oldest_due) for row in rows]


@prepared
def _still_owing() -> Select[*tuple[Any, ...]]:
    """A look at the debts of each of the few who were forgotten: to join them may begin with all that is overdue."""
    due_date = looked_at(instalments.c.due_date)
    oldest_due = (
        select(func.min(instalments.c.due_date))
        .select_from(accounts.join(instalments, instalments.c.account_id == accounts.c.account_id))
        .where(
            accounts.c.customer_id == customers.c.customer_id,
            instalments.c.outstanding > 0,
            due_date < TODAY,
            or_(customers.c.taken_over_through.is_(None), due_date > customers.c.taken_over_through),
        )
        .correlate(customers)
        .scalar_subquery()
    )
    forgotten = (
        select(customers.c.customer_id, customers.c.forgotten_at, oldest_due.label("oldest_due"))
        .where(customers.c.forgotten_at.is_not(None))
        .subquery()
    )
    owing = select(forgotten).where(forgotten.c.oldest_due.is_not(None))
    return owing.order_by(forgotten.c.forgotten_at.desc(), forgotten.c.customer_id)


async def take_over(conn: AsyncConnection, customer_id: str, by: str, now: datetime) -> bool:
    """Notes that the wallet itself sees to what was due before today, on the day of UTC, and `by` whom that was noted;
    False if this is no forgotten customer. What becomes overdue later is counted again."""
    theirs = (customers.c.customer_id == customer_id, customers.c.forgotten_at.is_not(None))
    taken = (
        update(customers)
        .where(*theirs)
        .values(taken_over_through=now.date() - timedelta(days=1), taken_over_by=by, taken_over_at=now)
    )
    return bool((await conn.execute(taken)).rowcount)
