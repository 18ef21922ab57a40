"""Everything that is stored about one customer, table by table, for the copy that they may ask for.

What is not in it: notes of agents, which are about the work of agents, and secrets of links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.money import Money
from storage.schema import (
    accounts,
    calendar_addresses,
    cases,
    chats,
    consents,
    contacts,
    customers,
    dead_channels,
    holds,
    instalments,
    links,
    notices,
    payments,
    plan_answers,
    plan_parts,
    plans,
    ratings,
    refused_rows,
    survey_answers,
    surveys,
    talk_files,
)

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of a customer, in numbers: `messages` with words and since when, `cases`, `agreements`, `payments`,
    and whether the wallet gave a `phone` and an `email`; `linked` is since when their Telegram is known."""

    phone: bool
    email: bool
    linked: datetime | None
    messages: int
    oldest: datetime | None
    cases: int
    agreements: int
    payments: int


async def held(conn: AsyncConnection, customer_id: str) -> Held:
    them = (await conn.execute(select(customers).where(customers.c.customer_id == customer_id))).one()
    words = (contacts.c.customer_id == customer_id, contacts.c.body.is_not(None))
    said = (await conn.execute(select(func.count(), func.min(contacts.c.at)).where(*words))).one()
    live = (links.c.customer_id == customer_id, links.c.ended_at.is_(None))
    linked = (await conn.execute(select(func.min(links.c.linked_at)).where(*live))).scalar()
    counted = [
        int((await conn.execute(query)).scalar_one())
        for query in (
            select(func.count()).select_from(cases).where(cases.c.customer_id == customer_id),
            select(func.count())
            .select_from(holds)
            .where(holds.c.customer_id == customer_id, holds.c.kind.in_(("promise", "plan"))),
            select(func.count()).select_from(_payments(customer_id).subquery()),
        )
    ]
    return Held(bool(them.phone), bool(them.email), linked, int(said[0]), said[1], *counted)


async def copy_of(conn: AsyncConnection, customer_id: str) -> dict[str, list[Record]]:
    """All rows about the customer, by what they are. Amounts are `Money` where a row has its currency."""
    linked = select(links.c.user_id).where(links.c.customer_id == customer_id, links.c.ended_at.is_(None))
    theirs = select(links.c.link_id).where(links.c.customer_id == customer_id)
    account_ids = select(accounts.c.account_id).where(accounts.c.customer_id == customer_id)
    queries: dict[str, Select[Any]] = {
        "customer": _all(customers, "import_block_id", "taken_over_through", "taken_over_by", "taken_over_at").where(
            customers.c.customer_id == customer_id
        ),
        "accounts": _all(accounts, "import_block_id").where(accounts.c.customer_id == customer_id),
        "instalments": _all(instalments, "import_block_id")
        .add_columns(accounts.c.currency)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(instalments.c.account_id.in_(account_ids)),
        "payments": _payments(customer_id),
        "telegram": _all(chats).where(chats.c.user_id.in_(linked)),
        "links": _all(links, "ended_by").where(links.c.customer_id == customer_id),
        "messages": _all(contacts, "agent_id")
        .where(contacts.c.customer_id == customer_id)
        .order_by(contacts.c.contact_id),
        "reminders": _all(notices, "claimed_by", "claimed_at", "batch").where(notices.c.customer_id == customer_id),
        "channels_that_do_not_work": _all(dead_channels).where(dead_channels.c.customer_id == customer_id),
        "promises_plans_disputes": _all(holds).where(holds.c.customer_id == customer_id),
        "plans": _all(plans).where(plans.c.customer_id == customer_id),
        "parts_of_plans": _all(plan_parts).where(
            plan_parts.c.plan_id.in_(select(plans.c.plan_id).where(plans.c.customer_id == customer_id))
        ),
        "what_you_can_put_aside": _all(plan_answers).where(plan_answers.c.customer_id == customer_id),
        "cases": select(
            *(cases.c[name] for name in ("case_id", "reason", "opened_at", "state", "closed_at", "outcome"))
        ).where(cases.c.customer_id == customer_id),
        "ratings": _all(ratings, "agent_id").where(ratings.c.customer_id == customer_id),
        "answers_to_surveys": select(surveys.c.name, *survey_answers.c)
        .join(surveys, surveys.c.survey_id == survey_answers.c.survey_id)
        .where(survey_answers.c.customer_id == customer_id),
        "files_of_talks": _all(talk_files, "file", "source_chat", "source_message").where(
            talk_files.c.case_id.in_(select(cases.c.case_id).where(cases.c.customer_id == customer_id))
        ),
        "rows_that_were_refused": _all(refused_rows, "import_file_id").where(refused_rows.c.customer_id == customer_id),
        "consents": _all(consents).where(consents.c.customer_id == customer_id),
        "calendar_addresses": _all(calendar_addresses, "token_hash").where(calendar_addresses.c.link_id.in_(theirs)),
    }
    return {name: [_told(row) for row in (await conn.execute(query)).mappings()] for name, query in queries.items()}


AMOUNTS = ("balance", "credit_limit", "amount", "amount_due", "amount_paid", "paid", "paid_before", "outstanding")
PARTS = ("principal", "interest", "fees")


def _told(row: Mapping[str, Any]) -> Record:
    """A row as it is told: amounts in the unit of their currency."""
    currency = row.get("currency")
    return {
        name: Money(value, currency) if currency and name in (*AMOUNTS, *PARTS) and isinstance(value, int) else value
        for name, value in row.items()
    }


def _all(table: Table, *but: str) -> Select[Any]:
    return select(*(column for column in table.columns if column.name not in but))


def _payments(customer_id: str) -> Select[Any]:
    return (
        select(payments.c.payment_id, payments.c.instalment_id, payments.c.paid_on, payments.c.amount)
        .add_columns(accounts.c.currency)
        .join(instalments, instalments.c.instalment_id == payments.c.instalment_id)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(accounts.c.customer_id == customer_id)
    )
