"""Holds: promises, plans, disputes and plain holds. A hold stops reminders about a debt until its last day.
`holds_ending` ends them when their time comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy import insert as insert_plain
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.rules.agreements.disputes import DISPUTE
from bot.rules.agreements.holds import SAID_PAID
from storage.agreements.told_debts import paid, remember_all
from storage.runtime.capped_sums import sum_of
from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, prepared, there_is
from storage.schema import accounts, hold_sums, holds, instalments, payments

IN_FORCE = holds.c.ended_at.is_(None)
ENDED = bindparam("given_hold_ids", type_=BigInteger(), expanding=True)  # holds that ended just now, from `chunks`
CHUNK = 10_000  # ids in one statement


def chunks(hold_ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in lists that are short enough for one statement."""
    for start in range(0, len(hold_ids), CHUNK):
        yield list(hold_ids[start : start + CHUNK])


@dataclass(frozen=True, slots=True)
class Hold:
    """`kind` is promise, plan, dispute, hold, or one of `bot.rules.agreements.holds`. `instalment_id` None means
    everything that the customer owes. `until` is the last day in the customer's time zone. `set_by` is the agent, None:
    the customer. `amount` is the promised amount in minor units; `paid_before` is what the customer had paid in that
    currency before: what is paid later counts towards the promise."""

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
    seen_by: int | None = None  # the agent who told the customer that they have seen the promise
    answer_by: date | None = None  # of a dispute: the day by which the customer was told to hear
    alarm_at: datetime | None = None


async def set_hold(conn: AsyncConnection, hold: Hold, now: datetime) -> int:
    """Sets a hold; it replaces one of the same kind about the same debt. Returns its id. Debts that a customer
    promises, or says they have paid, are remembered as told."""
    about = {} if hold.instalment_id is None else {"given_instalment_id": hold.instalment_id}
    whose = {"given_customer_id": hold.customer_id, NOW.key: now}
    await conn.execute(_replaced(hold.kind, of_one=bool(about)), {**whose, **about})
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
        "answer_by": hold.answer_by,
        "alarm_at": hold.alarm_at,
    }
    hold_id = int((await conn.execute(_setting(), row)).scalar_one())
    if hold.kind in ("promise", "plan"):
        await remember_all(conn, hold.customer_id, until=hold.until, instalment_id=hold.instalment_id)
    elif hold.kind == SAID_PAID:
        await remember_all(conn, hold.customer_id)
    if hold.kind in ("promise", "plan") and hold.plan_id is None and hold.amount is None:
        await _keep_sums(conn, hold_id, hold)
    return hold_id


@prepared
def _setting() -> ReturningInsert[*tuple[Any, ...]]:
    return insert_plain(holds).returning(holds.c.hold_id)


@prepared
def _replaced(kind: str, *, of_one: bool) -> Update:
    """The same kind of hold about the same debt, or about all debts, ends."""
    theirs = holds.c.customer_id == bindparam("given_customer_id", type_=Text())
    about = holds.c.instalment_id
    same = about == bindparam("given_instalment_id", type_=Text()) if of_one else about.is_(None)
    earlier = update(holds).where(IN_FORCE, theirs, holds.c.kind == kind, same)
    return earlier.values(ended_at=NOW, ended_why="replaced")


async def _keep_sums(conn: AsyncConnection, hold_id: int, hold: Hold) -> None:
    """Stores, for a promise without an amount, what is owed in each currency: later payments are compared with it."""
    due = and_(instalments.c.due_date <= hold.until, ~is_disputed())
    owed = sum_of(case((due, instalments.c.outstanding), else_=0))
    query = (
        select(accounts.c.currency, owed.label("owed"), sum_of(paid()).label("paid"))
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(accounts.c.customer_id == hold.customer_id)
        .group_by(accounts.c.currency)
    )
    rows = [
        {"hold_id": hold_id, "currency": row.currency, "amount": int(row.owed), "paid_before": int(row.paid)}
        for row in (await conn.execute(query)).all()
        if row.owed
    ]
    if rows:
        await conn.execute(insert(conn, hold_sums), rows)


def is_disputed() -> ColumnElement[bool]:
    """The wallet or the customer says that an instalment of the statement around it, which has its account too, is not
    right, as `bot.rules.agreements.disputes.is_disputed` has it."""
    return or_(instalments.c.status == "disputed", is_disputed_by_customer())


def is_disputed_by_customer() -> ColumnElement[bool]:
    """Whether the customer, or an agent for them, says so: the customer who owes it now, not a former one."""
    dispute = holds.alias("dispute")
    theirs = (dispute.c.customer_id == accounts.c.customer_id, dispute.c.kind == DISPUTE)
    about_it = (dispute.c.instalment_id == instalments.c.instalment_id, dispute.c.ended_at.is_(None))
    return there_is(*theirs, *about_it, correlate=[instalments, accounts])


async def to_be_told(conn: AsyncConnection, ended: Sequence[int]) -> None:
    """Has the customers told how these promises and plans ended, if kept or broken: a receipt is planned for it."""
    for some in chunks(ended):
        await conn.execute(_to_be_told(), {ENDED.key: some})


@prepared
def _to_be_told() -> Update:
    plan = and_(holds.c.kind == "plan", holds.c.plan_id.is_not(None))
    told = (or_(holds.c.kind == "promise", plan), holds.c.ended_why.in_(("kept", "broken")))
    return update(holds).where(holds.c.hold_id.in_(ENDED), *told).values(told_in=0)


async def withdraw(conn: AsyncConnection, customer_id: str, now: datetime, kind: str | None = None) -> int:
    """Withdraws all active holds of this customer, or all of one kind. Returns how many."""
    gone = update(holds).where(IN_FORCE, holds.c.customer_id == customer_id)
    if kind is not None:
        gone = gone.where(holds.c.kind == kind)
    return (await conn.execute(gone.values(ended_at=now, ended_why="withdrawn"))).rowcount


async def withdraw_alone(conn: AsyncConnection, customer_id: str, kind: str, now: datetime) -> int:
    """Withdraws active holds of one kind about everything that this customer owes, but not those of a plan. Returns
    how many."""
    gone = update(holds).where(IN_FORCE, holds.c.customer_id == customer_id, holds.c.kind == kind)
    gone = gone.where(holds.c.plan_id.is_(None), holds.c.instalment_id.is_(None))
    return (await conn.execute(gone.values(ended_at=now, ended_why="withdrawn"))).rowcount


async def in_force(conn: AsyncConnection, customer_id: str) -> list[Hold]:
    return [as_hold(row) for row in (await conn.execute(_in_force(), {"given_customer_id": customer_id})).all()]


@prepared
def _in_force() -> Select[*tuple[Any, ...]]:
    theirs = holds.c.customer_id == bindparam("given_customer_id", type_=holds.c.customer_id.type)
    return select(holds).where(IN_FORCE, theirs).order_by(holds.c.until)


def as_hold(row: Row[*tuple[Any, ...]]) -> Hold:
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
        seen_by=row.seen_by,
        answer_by=row.answer_by,
        alarm_at=row.alarm_at,
    )


async def was_said_paid_in_vain(conn: AsyncConnection, customer_id: str, since: datetime) -> bool:
    """Whether the customer said since `since` that they paid, that rest is over, and no payment was seen after it."""
    paid_since = exists().where(
        accounts.c.customer_id == holds.c.customer_id,
        instalments.c.account_id == accounts.c.account_id,
        payments.c.instalment_id == instalments.c.instalment_id,
        payments.c.amount > 0,
        payments.c.facts_at >= holds.c.set_at,
    )
    said = (holds.c.customer_id == customer_id, holds.c.kind == SAID_PAID, holds.c.set_at >= since)
    query = select(holds.c.hold_id).where(*said, ~IN_FORCE, ~paid_since.correlate(holds)).limit(1)
    return (await conn.execute(query)).first() is not None
