"""Everything known about one customer, read at once for `duebot show`; `bot.views` words it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, Table, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.customer_facts import Instalment
from bot.rules.reminders.due_today import Told
from storage.facts.import_blocks import columns_of
from storage.schema import (
    accounts,
    agents,
    case_events,
    case_items,
    cases,
    contacts,
    customers,
    dead_channels,
    holds,
    instalments,
    is_open,
    ladders,
    link_changes,
    link_failures,
    link_payloads,
    link_requests,
    links,
    notice_items,
    notices,
    payments,
    plan_parts,
    plans,
    ratings,
)

AnyRow = Row[*tuple[Any, ...]]  # the columns of its table
Rows = Sequence[AnyRow]


@dataclass(frozen=True, slots=True)
class Escalated:
    """A step of an instalment that opened a case, and which case."""

    case_id: int
    instalment_id: str
    step_id: str
    due_date: date

    def is_of(self, instalment: Instalment, step_id: str) -> bool:
        """Whether it is about this step of this debt, with its present due date."""
        wanted = (instalment.instalment_id, step_id, instalment.due_date)
        return (self.instalment_id, self.step_id, self.due_date) == wanted


@dataclass(frozen=True, slots=True)
class Known:
    """The rows about one customer, each list in order of time. They have the columns of their tables. Instalments and
    payments also have their account's currency; contacts, events and cases also have the agent's name; cases also have
    `is_open`. `began_under` has the policy version of each ladder that has begun, by instalment."""

    customer: Row[*tuple[Any, ...]]
    accounts: Rows
    instalments: Rows
    payments: Rows
    links: Rows
    payloads: Rows
    requests: Rows
    link_changes: Rows
    failures: Rows
    dead_channels: Rows
    notices: Rows
    contacts: Rows
    cases: Rows
    events: Rows
    holds: Rows
    plans: Rows
    parts: Rows
    ratings: Rows
    told: tuple[Told, ...]
    escalated: tuple[Escalated, ...]
    began_under: Mapping[str, str]

    def accepted_at(self, since: datetime) -> list[datetime]:
        """When channels accepted reminders from `since` on."""
        reminders = (n for n in self.notices if n.kind == "reminder")
        return [n.ended_at for n in reminders if n.state == "accepted" and n.ended_at >= since]


async def known(conn: AsyncConnection, customer_id: str) -> Known | None:
    """All rows about this customer; None if there is no customer with this id."""
    found = await _rows(conn, _of(customers, customer_id))
    if not found:
        return None
    theirs = select(accounts.c.account_id).where(accounts.c.customer_id == customer_id)
    users = select(links.c.user_id).where(links.c.customer_id == customer_id)
    return Known(
        customer=found[0],
        accounts=await _rows(conn, _of(accounts, customer_id).order_by(accounts.c.account_id)),
        instalments=await _rows(
            conn, _owed().where(instalments.c.account_id.in_(theirs)).order_by(instalments.c.due_date)
        ),
        payments=await _rows(conn, _paid().where(instalments.c.account_id.in_(theirs)).order_by(payments.c.paid_on)),
        links=await _rows(conn, _of(links, customer_id).order_by(links.c.link_id)),
        payloads=await _rows(conn, _of(link_payloads, customer_id).order_by(link_payloads.c.expires_at)),
        requests=await _rows(conn, _asked_about(customer_id)),
        link_changes=await _rows(conn, _of(link_changes, customer_id).order_by(link_changes.c.change_id)),
        failures=await _rows(conn, select(link_failures).where(link_failures.c.user_id.in_(users))),
        dead_channels=await _rows(conn, _of(dead_channels, customer_id)),
        notices=await _rows(conn, _of(notices, customer_id).order_by(notices.c.notice_id)),
        contacts=await _rows(conn, _contacts(customer_id)),
        cases=await _rows(conn, _cases(customer_id)),
        events=await _rows(conn, _events(customer_id)),
        holds=await _rows(conn, _of(holds, customer_id).order_by(holds.c.hold_id)),
        plans=await _rows(conn, _of(plans, customer_id).order_by(plans.c.plan_id)),
        parts=await _rows(conn, _parts(customer_id)),
        ratings=await _rows(conn, _of(ratings, customer_id).order_by(ratings.c.asked_at)),
        told=tuple(Told(**row._mapping) for row in await _rows(conn, _told(customer_id))),
        escalated=tuple(Escalated(**row._mapping) for row in await _rows(conn, _escalated(customer_id))),
        began_under={row.instalment_id: row.policy_version for row in await _rows(conn, _begun(theirs))},
    )


async def _rows(conn: AsyncConnection, query: Select[Any]) -> Rows:
    rows: Rows = (await conn.execute(query)).all()
    return rows


def _of(table: Table, customer_id: str) -> Select[Any]:
    columns = columns_of(table) if "facts_at" in table.c else table.c
    return select(*columns).where(table.c.customer_id == customer_id)


def _asked_about(customer_id: str) -> Select[Any]:
    """Questions whether this customer's link may end, or another customer's link in favour of this one."""
    theirs = or_(link_requests.c.customer_id == customer_id, link_requests.c.from_customer_id == customer_id)
    return select(link_requests).where(theirs).order_by(link_requests.c.request_id)


def _owed() -> Select[Any]:
    return select(*columns_of(instalments), accounts.c.currency).join(
        accounts, accounts.c.account_id == instalments.c.account_id
    )


def _paid() -> Select[Any]:
    return (
        select(payments, accounts.c.currency)
        .join(instalments, instalments.c.instalment_id == payments.c.instalment_id)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
    )


def _cases(customer_id: str) -> Select[Any]:
    return (
        select(cases, is_open().label("is_open"), agents.c.name.label("owner_name"))
        .outerjoin(agents, agents.c.telegram_id == cases.c.owner_id)
        .where(cases.c.customer_id == customer_id)
        .order_by(cases.c.case_id)
    )


def _contacts(customer_id: str) -> Select[Any]:
    return (
        select(contacts, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.telegram_id == contacts.c.agent_id)
        .where(contacts.c.customer_id == customer_id)
        .order_by(contacts.c.at, contacts.c.contact_id)
    )


def _events(customer_id: str) -> Select[Any]:
    return (
        select(case_events, agents.c.name.label("actor_name"))
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .outerjoin(agents, agents.c.telegram_id == case_events.c.actor_id)
        .where(cases.c.customer_id == customer_id)
        .order_by(case_events.c.event_id)
    )


def _parts(customer_id: str) -> Select[Any]:
    of_theirs = plan_parts.c.plan_id.in_(select(plans.c.plan_id).where(plans.c.customer_id == customer_id))
    return select(plan_parts).where(of_theirs).order_by(plan_parts.c.plan_id, plan_parts.c.part)


def _told(customer_id: str) -> Select[Any]:
    return (
        select(
            notices.c.notice_id,
            notice_items.c.instalment_id,
            notice_items.c.step_id,
            notice_items.c.due_date,
            notices.c.state,
            notices.c.reason,
            notices.c.local_day,
            notice_items.c.policy_version,
        )
        .join(notice_items, notice_items.c.notice_id == notices.c.notice_id)
        .where(notices.c.customer_id == customer_id)
        .order_by(notices.c.notice_id, notice_items.c.instalment_id, notice_items.c.step_id)
    )


def _escalated(customer_id: str) -> Select[Any]:
    return (
        select(case_items.c.case_id, case_items.c.instalment_id, case_items.c.step_id, case_items.c.due_date)
        .join(cases, cases.c.case_id == case_items.c.case_id)
        .where(cases.c.customer_id == customer_id)
        .order_by(case_items.c.case_id)
    )


def _begun(their_accounts: Select[str]) -> Select[Any]:
    """The ladders of the present due dates."""
    return (
        select(ladders.c.instalment_id, ladders.c.policy_version)
        .join(
            instalments,
            and_(instalments.c.instalment_id == ladders.c.instalment_id, instalments.c.due_date == ladders.c.due_date),
        )
        .where(instalments.c.account_id.in_(their_accounts))
    )
