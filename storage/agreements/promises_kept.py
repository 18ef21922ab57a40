"""What came in for promises and plans, and what is left to pay of them, as terms of a statement.

A promise of an amount is kept when the promised money was paid since in its currency; a plan, when it was paid for the
plan's instalments. `holds_ending` ends them by that.

Terms over the instalments of a plan are made once: each has an alias, and that takes longer than most statements run.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, FromClause, Select, and_, bindparam, case, exists, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.agreements.instalment_plans import PPM
from storage.agreements.holds import IN_FORCE, is_disputed
from storage.agreements.told_debts import paid
from storage.runtime.capped_sums import sum_of
from storage.runtime.prepared import prepared
from storage.schema import accounts, hold_sums, holds, instalments, plan_parts

# In the order in which one customer's are looked up.


ON_ACCOUNTS = accounts.join(instalments, instalments.c.account_id == accounts.c.account_id)
JUDGED_BEFORE = bindparam("given_judged_before", type_=Date())
TOLERANCE = bindparam("given_tolerance", type_=BigInteger())


def is_of_a_sum() -> ColumnElement[bool]:
    return and_(holds.c.kind == "promise", holds.c.amount.is_not(None), holds.c.paid_before.is_not(None))


def paid_since_promise() -> ColumnElement[Any]:
    """What was paid in the promise's currency since it was made."""
    in_all = (
        select(sum_of(paid()))
        .select_from(ON_ACCOUNTS)
        .where(accounts.c.customer_id == holds.c.customer_id, accounts.c.currency == holds.c.currency)
        .correlate(holds)
        .scalar_subquery()
    )
    return in_all - holds.c.paid_before


def sums_came_in() -> ColumnElement[bool]:
    """Whether, for a promise without an amount, as much was paid in each currency as was owed."""
    of_hold = hold_sums.c.hold_id == holds.c.hold_id
    in_all = (
        select(sum_of(paid()))
        .select_from(ON_ACCOUNTS)
        .where(accounts.c.customer_id == holds.c.customer_id, accounts.c.currency == hold_sums.c.currency)
        .correlate(holds, hold_sums)
        .scalar_subquery()
    )
    missing = in_all - hold_sums.c.paid_before < hold_sums.c.amount - tolerated(hold_sums.c.amount)
    return and_(exists().where(of_hold).correlate(holds), ~exists().where(of_hold, missing).correlate(holds))


def tolerated(amount: ColumnElement[Any]) -> ColumnElement[int]:
    """`bot.rules.agreements.instalment_plans.tolerated`, in two steps, because the product might not fit into the
    database's integers."""
    return amount // PPM * TOLERANCE + amount % PPM * TOLERANCE // PPM


@cache
def paid_since_plan(*, ended: bool = False) -> ColumnElement[int]:
    """What was paid for the plan's instalments since it was agreed. Each of them has its own hold."""
    part = holds.alias("part")
    return _sum_of_plan(paid(), part, ended) - holds.c.paid_before


@cache
def covered_of_plan() -> ColumnElement[int]:
    """How much of a plan does not have to be paid any more: `covered` of `bot.rules.agreements.instalment_plans`."""
    came_in, without = paid_since_plan(), holds.c.amount - left_of_plan()
    return case((came_in > without, came_in), else_=without)


@cache
def left_of_plan(*, ended: bool = False) -> ColumnElement[int]:
    """What is left to pay of the plan's instalments."""
    return _sum_of_plan(_left_of_theirs(), holds.alias("part"), ended)


def _left_of_theirs() -> ColumnElement[Any]:
    """What is left to pay of an instalment; 0 if it belongs to another customer now."""
    theirs = exists().where(
        accounts.c.account_id == instalments.c.account_id, accounts.c.customer_id == holds.c.customer_id
    )
    return case((theirs.correlate(instalments, holds), instalments.c.outstanding), else_=0)


def _sum_of_plan(
    of: ColumnElement[Any], part: FromClause, ended: bool, *which: ColumnElement[bool]
) -> ColumnElement[int]:
    """A sum over the instalments of the plan. While the plan is in force, so are all its holds, and an index finds
    them."""
    in_force = true() if ended else part.c.ended_at.is_(None)
    return (
        select(sum_of(of))
        .select_from(part)
        .join(instalments, instalments.c.instalment_id == part.c.instalment_id)
        .where(part.c.customer_id == holds.c.customer_id, part.c.plan_id == holds.c.plan_id, in_force, *which)
        .correlate(holds)
        .scalar_subquery()
    )


@cache
def disputed_of_plan() -> ColumnElement[int]:
    """What is left to pay of the plan's disputed instalments: a disputed amount breaks no plan."""
    of_account = accounts.c.account_id == instalments.c.account_id
    return _sum_of_plan(instalments.c.outstanding, holds.alias("part"), False, of_account, is_disputed())


def due_by_now() -> ColumnElement[bool]:
    of_plan = (plan_parts.c.plan_id == holds.c.plan_id, plan_parts.c.due_date < JUDGED_BEFORE)
    due = sum_of(plan_parts.c.amount)
    return select(due).where(*of_plan).correlate(holds).scalar_subquery()


async def came_in(conn: AsyncConnection, customer_id: str) -> dict[int, int]:
    """What was paid for each promise of an amount and for the plan in force of this customer, by hold id."""
    found: dict[int, int] = {}
    for query in _came_in():
        rows = (await conn.execute(query, {"given_customer_id": customer_id})).all()
        found |= {row.hold_id: int(row.so_far) for row in rows}
    return found


@prepared
def _came_in() -> tuple[Select[int, int], ...]:
    theirs = holds.c.customer_id == bindparam("given_customer_id", type_=holds.c.customer_id.type)
    return tuple(
        select(holds.c.hold_id, so_far.label("so_far")).where(
            IN_FORCE, theirs, holds.c.kind == kind, holds.c.paid_before.is_not(None)
        )
        for kind, so_far in (("promise", paid_since_promise()), ("plan", paid_since_plan()))
    )
