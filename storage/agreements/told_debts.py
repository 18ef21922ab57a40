"""Told debts: what the bot has spoken of with a customer, as it was when it was last told. What differs from that today
is news for a receipt (`storage.reminders.receipts`), however many imports brought it.

A row is written when a reminder about the debt was accepted, when the customer saw it (`/due`, `/pay`), promised to pay
it or said that they had. It changes only when a receipt about the difference is planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Insert, Label, Row, Text, and_, bindparam, case, or_, select
from sqlalchemy import insert as insert_plain
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.settlement import Debt
from storage.runtime.direct_statements import as_given, given_rows, tell
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import padded, prepared
from storage.schema import accounts, changed_customers, instalments, told_debts

NAMES = ("instalment_id", "customer_id", "due_date", "amount_due", "paid", "waived")


def paid() -> ColumnElement[Any]:
    """The money that came in for an instalment of the statement around it, as `Instalment.came_in` of
    `bot.rules.facts.customer_facts` has it."""
    by_word = and_(instalments.c.status == "paid", instalments.c.paid < instalments.c.amount_due)
    return case((by_word, instalments.c.amount_due), else_=instalments.c.paid)


def waived() -> ColumnElement[Any]:
    """The part of an instalment of the statement around it that the wallet gave up."""
    given_up = and_(instalments.c.status == "waived", instalments.c.paid < instalments.c.amount_due)
    return case((given_up, instalments.c.amount_due - instalments.c.paid), else_=0)


def debt_columns() -> tuple[ColumnElement[Any], ...]:
    """What `bot.rules.facts.settlement.Debt` has, in its order, of instalments with their accounts."""
    return (
        instalments.c.instalment_id,
        accounts.c.currency,
        instalments.c.due_date.label("due"),
        instalments.c.amount_due,
        paid().label("paid"),
        waived().label("waived"),
        instalments.c.outstanding.label("left"),
    )


def debt_of(row: Row[*tuple[Any, ...]]) -> Debt:
    """Of a row with these columns."""
    return Debt(row.instalment_id, row.currency, row.due, row.amount_due, row.paid, row.waived, row.left)


def differs() -> ColumnElement[bool]:
    """Whether a told debt, joined with its instalment and account, has changed in a way that is news: money came in or
    was taken back, less is owed, the day moved, or it is no longer this customer's. That more is owed is no news."""
    return or_(
        accounts.c.customer_id != told_debts.c.customer_id,
        paid() != told_debts.c.paid,
        waived() > told_debts.c.waived,
        instalments.c.amount_due < told_debts.c.amount_due,
        and_(instalments.c.due_date != told_debts.c.due_date, instalments.c.outstanding > 0),
    )


async def remember(conn: AsyncConnection, told: Mapping[str, Sequence[Instalment]]) -> None:
    """Keeps these instalments, by customer, as they were told now; one that was told before stays as it was then. What
    came between is news: planning may have looked at it already, so it looks again."""
    rows = {
        i.instalment_id: (i.instalment_id, customer_id, i.due_date, i.amount_due.amount, i.came_in.amount, 0)
        for customer_id, theirs in told.items()
        for i in theirs
    }
    if rows:
        told_now = [as_given([dict(zip(NAMES, row, strict=True))]) for row in rows.values()]
        await tell(conn, _keeping(conn.dialect.name), told_now)
        await tell(conn, _noting_news(), [{"given_instalment_ids": padded(rows)}])


@prepared
def _keeping(dialect: str) -> Upsert:
    return insert_in(dialect, told_debts).values(given_rows(told_debts, NAMES, 1)[0]).on_conflict_do_nothing()


@prepared
def _noting_news() -> Insert:
    told = told_debts.c.instalment_id.in_(bindparam("given_instalment_ids", type_=Text(), expanding=True))
    whose = (
        select(told_debts.c.customer_id)
        .join(instalments, instalments.c.instalment_id == told_debts.c.instalment_id)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(told, differs())
        .distinct()
    )
    return insert_plain(changed_customers).from_select(["customer_id"], whose)


async def remember_all(
    conn: AsyncConnection, customer_id: str, *, until: date | None = None, instalment_id: str | None = None
) -> None:
    """Remembers all that a customer owes, what is due `until` a day, or one instalment."""
    values: dict[str, str | date] = {"given_customer_id": customer_id}
    if until is not None:
        values["given_until"] = until
    if instalment_id is not None:
        values["given_instalment_id"] = instalment_id
    await conn.execute(_remembering(conn.dialect.name, until is not None, instalment_id is not None), values)


@prepared
def _remembering(dialect: str, is_until: bool, is_one: bool) -> Upsert:
    query = (
        select(*_as_told())
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(accounts.c.customer_id == bindparam("given_customer_id", type_=Text()), instalments.c.outstanding > 0)
    )
    if is_until:
        query = query.where(instalments.c.due_date <= bindparam("given_until", type_=Date()))
    if is_one:
        query = query.where(instalments.c.instalment_id == bindparam("given_instalment_id", type_=Text()))
    return insert_in(dialect, told_debts).from_select(NAMES, query).on_conflict_do_nothing()


def _as_told() -> tuple[ColumnElement[Any] | Label[Any], ...]:
    i = instalments.c
    return (i.instalment_id, accounts.c.customer_id, i.due_date, i.amount_due, paid().label("paid"), waived())
