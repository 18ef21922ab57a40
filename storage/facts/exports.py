"""Whole tables as rows for a file. The database hands over a few hundred rows at a time.

The columns and their order are in `exports_columns`; `bot.work.facts.export` writes the file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.money import Money
from storage.facts.exports_columns import CASES, COLUMNS, CONTACTS, CUSTOMERS, NOTICES, PROMISES
from storage.facts.import_blocks import facts_at
from storage.schema import (
    accounts,
    agents,
    cases,
    contacts,
    customers,
    holds,
    instalments,
    links,
    notice_items,
    notices,
    payments,
)

AT_A_TIME = 500  # rows fetched at once

Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Export:
    """One table: the column names, and its rows with one value for each column. Amounts are `Money`."""

    columns: tuple[str, ...]
    rows: Callable[[AsyncConnection], AsyncIterator[Row]]


async def _customers(conn: AsyncConnection) -> AsyncIterator[Row]:
    linked = exists().where(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None))
    columns = [
        facts_at(customers) if name == "facts_at" else customers.c[name] for name in CUSTOMERS if name != "linked"
    ]
    async for row in _streamed(conn, select(*columns, linked.label("linked")).order_by(customers.c.customer_id)):
        yield [*row[:-1], bool(row[-1])]


async def _notices(conn: AsyncConnection) -> AsyncIterator[Row]:
    """One row for each notice. The query gives one row for each item; the items of a notice follow each other and are
    joined."""
    columns = [notices.c[name] for name in NOTICES[:-2]]
    query = (
        select(*columns, notice_items.c.step_id, notice_items.c.instalment_id)
        .outerjoin(notice_items, notice_items.c.notice_id == notices.c.notice_id)
        .order_by(notices.c.notice_id, notice_items.c.instalment_id, notice_items.c.step_id)
    )
    before: Row = ()
    steps: dict[str, None] = {}
    instalment_ids: dict[str, None] = {}
    async for *notice, step_id, instalment_id in _streamed(conn, query):
        if before and notice != before:
            yield [*before, _joined(steps), _joined(instalment_ids)]
            steps, instalment_ids = {}, {}
        before = notice
        steps |= {step_id: None}
        instalment_ids |= {instalment_id: None}
    if before:
        yield [*before, _joined(steps), _joined(instalment_ids)]


async def _contacts(conn: AsyncConnection) -> AsyncIterator[Row]:
    query = select(*(contacts.c[name] for name in CONTACTS)).order_by(contacts.c.contact_id)
    async for row in _streamed(conn, query):
        yield row


async def _cases(conn: AsyncConnection) -> AsyncIterator[Row]:
    columns = [agents.c.name.label("owner") if name == "owner" else cases.c[name] for name in CASES]
    query = select(*columns).outerjoin(agents, agents.c.telegram_id == cases.c.owner_id).order_by(cases.c.case_id)
    async for row in _streamed(conn, query):
        yield row


async def _promises(conn: AsyncConnection) -> AsyncIterator[Row]:
    """Promises and plans: what was promised, until when, and what became of it (empty while it is active)."""
    columns = [holds.c[name] for name in PROMISES]
    query = select(*columns).where(holds.c.kind.in_(("promise", "plan"))).order_by(holds.c.hold_id)
    at = PROMISES.index("amount")
    async for row in _streamed(conn, query):
        amount, currency = row[at], row[at + 1]
        yield [*row[:at], None if amount is None else Money(amount, currency), *row[at + 1 :]]


async def _payments(conn: AsyncConnection) -> AsyncIterator[Row]:
    query = (
        select(
            payments.c.payment_id,
            payments.c.instalment_id,
            accounts.c.account_id,
            accounts.c.customer_id,
            payments.c.paid_on,
            payments.c.amount,
            accounts.c.currency,
            payments.c.in_amount_paid,
            payments.c.facts_at,
        )
        .join(instalments, instalments.c.instalment_id == payments.c.instalment_id)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .order_by(payments.c.payment_id)
    )
    async for *ids, paid_on, amount, currency, in_amount_paid, at in _streamed(conn, query):
        yield [*ids, paid_on, Money(amount, currency), currency, in_amount_paid, at]


async def _streamed(conn: AsyncConnection, query: Select[Any]) -> AsyncIterator[Row]:
    async with conn.stream(query, execution_options={"yield_per": AT_A_TIME}) as result:
        async for row in result:
            yield row


def _joined(names: dict[str, None]) -> str:
    return " ".join(filter(None, names))


_ROWS = {
    "customers": _customers,
    "notices": _notices,
    "contacts": _contacts,
    "cases": _cases,
    "promises": _promises,
    "payments": _payments,
}
EXPORTS = {name: Export(columns, _ROWS[name]) for name, columns in COLUMNS.items()}
