"""Everything known about one customer, read at once for `duebot show`; `bot.views` words it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, Table, Text, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.customer_facts import Instalment
from bot.rules.reminders.due_today import Told
from storage.facts.import_blocks import columns_of
from storage.runtime.prepared import prepared
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
_CUSTOMER = bindparam("given_customer_id", type_=Text())


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

    async def read(query: Select[Any]) -> Rows:
        rows: Rows = (await conn.execute(query, {_CUSTOMER.key: customer_id})).all()
        return rows

    found = await read(_of(customers))
    if not found:
        return None
    return Known(
        customer=found[0],
        accounts=await read(_of(accounts, "account_id")),
        instalments=await read(_owed()),
        payments=await read(_paid()),
        links=await read(_of(links, "link_id")),
        payloads=await read(_of(link_payloads, "expires_at")),
        requests=await read(_asked_about()),
        link_changes=await read(_of(link_changes, "change_id")),
        failures=await read(_failed()),
        dead_channels=await read(_of(dead_channels)),
        notices=await read(_of(notices, "notice_id")),
        contacts=await read(_contacts()),
        cases=await read(_cases()),
        events=await read(_events()),
        holds=await read(_of(holds, "hold_id")),
        plans=await read(_of(plans, "plan_id")),
        parts=await read(_parts()),
        ratings=await read(_of(ratings, "asked_at")),
        told=tuple(Told(**row._mapping) for row in await read(_told())),
        escalated=tuple(Escalated(**row._mapping) for row in await read(_escalated())),
        began_under={row.instalment_id: row.policy_version for row in await read(_begun())},
    )


@prepared
def _of(table: Table, *in_order_of: str) -> Select[Any]:
    columns = columns_of(table) if "facts_at" in table.c else table.c
    query = select(*columns).where(table.c.customer_id == _CUSTOMER)
    return query.order_by(*(table.c[name] for name in in_order_of))


def _their_accounts() -> Select[Any]:
    return select(accounts.c.account_id).where(accounts.c.customer_id == _CUSTOMER)


@prepared
def _failed() -> Select[Any]:
    users = select(links.c.user_id).where(links.c.customer_id == _CUSTOMER)
    return select(link_failures).where(link_failures.c.user_id.in_(users))


@prepared
def _asked_about() -> Select[Any]:
    """Questions whether this customer's link may end, or another customer's link in favour of this one."""
    theirs = or_(link_requests.c.customer_id == _CUSTOMER, link_requests.c.from_customer_id == _CUSTOMER)
    return select(link_requests).where(theirs).order_by(link_requests.c.request_id)


@prepared
def _owed() -> Select[Any]:
    return (
        select(*columns_of(instalments), accounts.c.currency)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(instalments.c.account_id.in_(_their_accounts()))
        .order_by(instalments.c.due_date)
    )


@prepared
def _paid() -> Select[Any]:
    return (
        select(payments, accounts.c.currency)
        .join(instalments, instalments.c.instalment_id == payments.c.instalment_id)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(instalments.c.account_id.in_(_their_accounts()))
        .order_by(payments.c.paid_on)
    )


@prepared
def _cases() -> Select[Any]:
    return (
        select(cases, is_open().label("is_open"), agents.c.name.label("owner_name"))
        .outerjoin(agents, agents.c.telegram_id == cases.c.owner_id)
        .where(cases.c.customer_id == _CUSTOMER)
        .order_by(cases.c.case_id)
    )


@prepared
def _contacts() -> Select[Any]:
    return (
        select(contacts, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.telegram_id == contacts.c.agent_id)
        .where(contacts.c.customer_id == _CUSTOMER)
        .order_by(contacts.c.at, contacts.c.contact_id)
    )


@prepared
def _events() -> Select[Any]:
    return (
        select(case_events, agents.c.name.label("actor_name"))
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .outerjoin(agents, agents.c.telegram_id == case_events.c.actor_id)
        .where(cases.c.customer_id == _CUSTOMER)
        .order_by(case_events.c.event_id)
    )


@prepared
def _parts() -> Select[Any]:
    of_theirs = plan_parts.c.plan_id.in_(select(plans.c.plan_id).where(plans.c.customer_id == _CUSTOMER))
    return select(plan_parts).where(of_theirs).order_by(plan_parts.c.plan_id, plan_parts.c.part)


@prepared
def _told() -> Select[Any]:
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
        .where(notices.c.customer_id == _CUSTOMER)
        .order_by(notices.c.notice_id, notice_items.c.instalment_id, notice_items.c.step_id)
    )


@prepared
def _escalated() -> Select[Any]:
    return (
        select(case_items.c.case_id, case_items.c.instalment_id, case_items.c.step_id, case_items.c.due_date)
        .join(cases, cases.c.case_id == case_items.c.case_id)
        .where(cases.c.customer_id == _CUSTOMER)
        .order_by(case_items.c.case_id)
    )


@prepared
def _begun() -> Select[Any]:
    """The ladders of the present due dates."""
    return (
        select(ladders.c.instalment_id, ladders.c.policy_version)
        .join(
            instalments,
            and_(instalments.c.instalment_id == ladders.c.instalment_id, instalments.c.due_date == ladders.c.due_date),
        )
        .where(instalments.c.account_id.in_(_their_accounts()))
    )
