"""What customers said they can put aside, and when their pay comes: kept while a plan is made from it and kept to, and
no longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.cases import OPEN
from storage.runtime.engine import put
from storage.runtime.prepared import prepared, there_is
from storage.schema import cases, plan_answers, plans

KEPT = timedelta(days=2)  # without a plan or a case that needs them
IN_USE = ("proposed", "asked", "agreed")
BEFORE = bindparam("given_before", type_=plan_answers.c.changed_at.type)


@dataclass(frozen=True, slots=True)
class Given:
    """The answers so far; None: not given yet. `amount` is in minor units of `currency`."""

    currency: str | None
    every: str | None
    amount: int | None
    payday: int | None
    changed_at: datetime
    said_in: int | None = None  # the update with the last answer in words


async def given(conn: AsyncConnection, customer_id: str) -> Given | None:
    """The customer's answers; None if nothing is asked of them."""
    row = (await conn.execute(_given(), {"given_customer_id": customer_id})).first()
    if row is None:
        return None
    return Given(row.currency, row.every, row.amount, row.payday, row.changed_at, row.said_in)


@prepared
def _given() -> Select[*tuple[Any, ...]]:
    theirs = plan_answers.c.customer_id == bindparam("given_customer_id", type_=plan_answers.c.customer_id.type)
    return select(plan_answers).where(theirs)


async def keep(conn: AsyncConnection, customer_id: str, now: datetime, **answers: str | int | None) -> None:
    """Keeps these answers; those that are not named stay as they are."""
    await put(conn, plan_answers, ["customer_id"], {"customer_id": customer_id, **answers, "changed_at": now})


async def drop(conn: AsyncConnection, customer_id: str) -> bool:
    """Deletes the answers; False if there were none."""
    gone = delete(plan_answers).where(plan_answers.c.customer_id == customer_id)
    return (await conn.execute(gone)).rowcount > 0


async def any_unneeded(conn: AsyncConnection, now: datetime) -> bool:
    return (await conn.execute(_unneeded(), {BEFORE.key: now - KEPT})).first() is not None


@prepared
def _unneeded() -> Select[*tuple[Any, ...]]:
    return select(plan_answers.c.customer_id).where(*_needed_by_nothing()).limit(1)


async def drop_unneeded(conn: AsyncConnection, now: datetime) -> int:
    """Deletes the answers that no plan and no open case needs any more; returns how many."""
    return (await conn.execute(delete(plan_answers).where(*_needed_by_nothing()), {BEFORE.key: now - KEPT})).rowcount


def _needed_by_nothing() -> tuple[ColumnElement[bool], ...]:
    theirs = plans.c.customer_id == plan_answers.c.customer_id
    in_plan = there_is(theirs, plans.c.state.in_(IN_USE), correlate=[plan_answers])
    in_case = there_is(cases.c.customer_id == plan_answers.c.customer_id, OPEN, correlate=[plan_answers])
    lately = there_is(theirs, plans.c.ended_at >= BEFORE, correlate=[plan_answers])
    return plan_answers.c.changed_at < BEFORE, ~in_plan, ~in_case, ~lately


async def touch(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    """The answers were used now."""
    await conn.execute(update(plan_answers).where(plan_answers.c.customer_id == customer_id).values(changed_at=now))
