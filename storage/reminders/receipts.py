"""Receipts: notices about what became of debts that the bot had told the customer of. They are planned in sets;
`notices` sends them on, as it does reminders.

A receipt has an item for each debt that has changed, as it was when the customer was last told. Planning it makes the
debt as it is now the told one, so that each change is told once. It also tells how promises ended. More that changes
while the receipt waits is told with it; while it is being sent, a new one has to wait, and a trigger makes its customer
due again after that.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Delete,
    Insert,
    Select,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
    true,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.agreements.holds import IN_DISTRESS
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import change_between
from bot.rules.reminders.receipts import EndedPromise, News
from storage.agreements.promises_kept import paid_since_plan, paid_since_promise
from storage.agreements.told_debts import debt_columns, debt_of, differs, paid, waived
from storage.facts.debts import Audience, Kind, is_of
from storage.runtime.customer_sets import CHOSEN, is_chosen
from storage.runtime.engine import insert_in
from storage.runtime.prepared import BATCH, NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import accounts, agents, holds, instalments, notice_items, notices, receipt_items, told_debts

LATE = timedelta(days=3)  # what could not be told for so long is no news any more

# From the customer's told debts to each instalment and whose it is: in the order in which few are looked up.
_TOLD = told_debts.join(instalments, instalments.c.instalment_id == told_debts.c.instalment_id).join(
    accounts, accounts.c.account_id == instalments.c.account_id
)
_STATE = ("due_date", "amount_due", "paid", "waived")
_INSTANT = notices.c.ended_at.type


@dataclass(frozen=True, slots=True)
class TellingTerms:
    """From when the receipts of one audience may be sent, and under which policy they are planned."""

    send_after: datetime
    policy: str
    policy_version: str


async def whose(conn: AsyncConnection, audience: Audience) -> tuple[str, ...]:
    """The customers of the audience for whom a receipt is to be planned, or added to. Writes nothing."""
    await for_sets(conn)
    return tuple((await conn.execute(_whose(audience.kind), audience.values())).scalars().all())


@prepared
def _whose(kind: Kind) -> CompoundSelect[str]:
    def being_sent(of: Table) -> ColumnElement[bool]:
        return there_is(notices.c.customer_id == of.c.customer_id, *_is_receipt("claimed"), correlate=[of])

    of_debts = select(told_debts.c.customer_id).select_from(_TOLD)
    of_debts = of_debts.where(is_of(kind, told_debts.c.customer_id), differs(), ~being_sent(told_debts))
    of_promises = select(holds.c.customer_id).where(is_of(kind, holds.c.customer_id), _UNTOLD, ~being_sent(holds))
    return union(of_debts, of_promises)


_UNTOLD = holds.c.told_in == literal_column("0")  # written out, so that it is found by its index


def _is_receipt(state: str) -> tuple[ColumnElement[bool], ...]:
    """`coalesce` keeps the database from using the index on state, which would read every waiting notice."""
    return notices.c.kind == "receipt", notices.c.ended_at.is_(None), func.coalesce(notices.c.state, "") == state


async def plan(conn: AsyncConnection, customer_ids: Sequence[str], today: date, by: TellingTerms, now: datetime) -> int:
    """Plans one receipt for each of these customers, or adds to the one that waits. Returns how many were planned."""
    values = {
        CHOSEN.key: list(customer_ids),
        TODAY.key: today,
        NOW.key: now,
        BATCH.key: secrets.randbits(62),
        "given_opening": by.send_after,
        "given_closing": by.send_after + LATE,
        "given_policy": by.policy,
        "given_version": by.policy_version,
    }
    planning, waiting, *and_then = _planning(conn.dialect.name)
    await conn.execute(planning, values)
    # Held until the transaction ends, so that no sender takes a receipt between its old items and its new ones.
    waits = list((await conn.execute(waiting, values)).scalars())
    for statement in and_then:
        await conn.execute(statement, values)
    made = select(func.count()).select_from(notices).where(notices.c.batch == BATCH)
    return int((await conn.execute(made, values)).scalar_one()) if waits else 0


@prepared
def _planning(dialect: str) -> tuple[Insert, Select[int], Insert, Delete, Update, Update]:
    of_debts = select(told_debts.c.customer_id).select_from(_TOLD).where(is_chosen(told_debts.c.customer_id), differs())
    of_promises = select(holds.c.customer_id).where(is_chosen(holds.c.customer_id), _UNTOLD)
    whom = union(of_debts, of_promises).subquery()
    rows = (
        select(
            whom.c.customer_id,
            TODAY,
            literal("planned"),
            bindparam("given_opening", type_=_INSTANT),
            bindparam("given_closing", type_=_INSTANT),
            bindparam("given_policy", type_=Text()),
            bindparam("given_version", type_=Text()),
            NOW,
            BATCH,
            literal("receipt"),
        )
        .select_from(whom)
        .where(whom.c.customer_id.is_not(None))
    )
    names = ["customer_id", "local_day", "state", "send_after", "expires_at", "policy", "policy_version", "planned_at"]
    planning = insert_in(dialect, notices).from_select([*names, "batch", "kind"], rows)
    theirs = (is_chosen(notices.c.customer_id), *_is_receipt("planned"))
    waiting = select(notices.c.notice_id).where(*theirs).with_for_update()
    return planning.on_conflict_do_nothing(), waiting, _adding(dialect), _leaving(), _retelling(), _telling()


def _adding(dialect: str) -> Insert:
    """An item about a debt that the receipt has already stays as it is. The receipt is looked up row by row, because
    PostgreSQL does not know yet how many there are."""
    theirs = (notices.c.customer_id == told_debts.c.customer_id, *_is_receipt("planned"))
    waiting = select(notices.c.notice_id).where(*theirs).correlate(told_debts).scalar_subquery()
    columns = (told_debts.c[name] for name in ("instalment_id", *_STATE))
    told = (
        select(waiting.label("notice_id"), *columns)
        .select_from(_TOLD)
        .where(is_chosen(told_debts.c.customer_id), differs())
        .subquery()
    )
    rows = select(told).where(told.c.notice_id.is_not(None))
    adding = insert_in(dialect, receipt_items).from_select(["notice_id", "instalment_id", *_STATE], rows)
    return adding.on_conflict_do_nothing()


def _has_item() -> ColumnElement[bool]:
    """A receipt that waits is about this told debt."""
    return there_is(
        notices.c.customer_id == told_debts.c.customer_id,
        *_is_receipt("planned"),
        receipt_items.c.notice_id == notices.c.notice_id,
        receipt_items.c.instalment_id == told_debts.c.instalment_id,
        correlate=[told_debts],
        of=notices.join(receipt_items, true()),
    )


def _leaving() -> Delete:
    """What is no longer the customer's is told once more, and then no longer theirs to be told of."""
    owner = (
        select(accounts.c.customer_id)
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(instalments.c.instalment_id == told_debts.c.instalment_id)
        .correlate(told_debts)
        .scalar_subquery()
    )
    return delete(told_debts).where(is_chosen(told_debts.c.customer_id), owner != told_debts.c.customer_id, _has_item())


def _retelling() -> Update:
    of_debt = instalments.c.instalment_id == told_debts.c.instalment_id
    now = {"due_date": instalments.c.due_date, "amount_due": instalments.c.amount_due, "paid": paid()}
    values = {
        name: select(column).where(of_debt).correlate(told_debts).scalar_subquery()
        for name, column in {**now, "waived": waived()}.items()
    }
    return update(told_debts).where(is_chosen(told_debts.c.customer_id), _has_item()).values(values)


def _telling() -> Update:
    """The ended promises of these customers are told with the receipt that waits."""
    theirs = (notices.c.customer_id == holds.c.customer_id, *_is_receipt("planned"))
    waiting = select(notices.c.notice_id).where(*theirs).correlate(holds).scalar_subquery()
    return update(holds).where(is_chosen(holds.c.customer_id), _UNTOLD).values(told_in=func.coalesce(waiting, 0))


async def promises_of(conn: AsyncConnection, notice_ids: Sequence[int]) -> dict[int, list[EndedPromise]]:
    """The ended promises that these receipts are about, by notice id, with what came in since they were made."""
    if not notice_ids:
        return {}
    found: dict[int, list[EndedPromise]] = {}
    for row in (await conn.execute(_promises(), {"given_notice_ids": list(notice_ids)})).all():
        amount = None if row.amount is None else Money(row.amount, row.currency)
        so_far = None if amount is None or row.came_in is None else Money(max(0, int(row.came_in)), row.currency)
        ended = EndedPromise(
            row.ended_why == "kept", row.until, amount, so_far, row.name or "", row.plan_id is not None
        )
        found.setdefault(row.told_in, []).append(ended)
    return found


@prepared
def _promises() -> Select[*tuple[Any, ...]]:
    of_a_sum = and_(holds.c.amount.is_not(None), holds.c.paid_before.is_not(None))
    of_plan = holds.c.plan_id.is_not(None)
    came_in = case((of_plan, paid_since_plan(ended=True)), (of_a_sum, paid_since_promise()), else_=None)
    columns = (holds.c.told_in, holds.c.ended_why, holds.c.until, holds.c.amount, holds.c.currency, holds.c.plan_id)
    return (
        select(*columns, came_in.label("came_in"), agents.c.name)
        .outerjoin(
            agents,
            and_(agents.c.telegram_id == func.coalesce(holds.c.seen_by, holds.c.set_by), agents.c.removed_at.is_(None)),
        )
        .where(holds.c.told_in.in_(bindparam("given_notice_ids", type_=BigInteger(), expanding=True)))
        .order_by(holds.c.hold_id)
    )


async def news_of(conn: AsyncConnection, notice_ids: Sequence[int]) -> dict[int, list[News]]:
    """What became of the debts that these receipts are about, by notice id."""
    if not notice_ids:
        return {}
    was = (receipt_items.c[name].label(f"was_{name}") for name in _STATE)
    query = (
        select(
            receipt_items.c.notice_id,
            (notices.c.customer_id == accounts.c.customer_id).label("theirs"),
            accounts.c.product,
            *debt_columns(),
            *was,
        )
        .join(notices, notices.c.notice_id == receipt_items.c.notice_id)
        .join(instalments, instalments.c.instalment_id == receipt_items.c.instalment_id)
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(receipt_items.c.notice_id.in_(notice_ids))
        .order_by(receipt_items.c.due_date, receipt_items.c.instalment_id)
    )
    found: dict[int, list[News]] = {}
    for row in (await conn.execute(query)).all():
        now = debt_of(row)
        left = max(0, row.was_amount_due - row.was_paid - row.was_waived)
        then = replace(
            now,
            due=row.was_due_date,
            amount_due=row.was_amount_due,
            paid=row.was_paid,
            waived=row.was_waived,
            left=left,
        )
        change = change_between(then, now if row.theirs else None)
        found.setdefault(row.notice_id, []).append(News(row.product, change))
    return found


async def in_distress(conn: AsyncConnection, customer_ids: Sequence[str]) -> set[str]:
    """Those of these customers to whom nothing about money is said until a person ends that."""
    return set((await conn.execute(_distress(), {"given_customer_ids": list(customer_ids)})).scalars())


@prepared
def _distress() -> Select[*tuple[Any, ...]]:
    these = holds.c.customer_id.in_(bindparam("given_customer_ids", type_=Text(), expanding=True))
    return select(holds.c.customer_id).where(these, holds.c.ended_at.is_(None), holds.c.kind == IN_DISTRESS)


async def last_channels(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, str]:
    """The channel that accepted the last reminder to each of these customers."""
    accepted = (notices.c.customer_id.in_(customer_ids), notices.c.state == "accepted", notices.c.kind == "reminder")
    last = select(func.max(notices.c.notice_id)).where(*accepted).group_by(notices.c.customer_id)
    query = select(notices.c.customer_id, notices.c.channel).where(notices.c.notice_id.in_(last))
    return {row.customer_id: row.channel for row in (await conn.execute(query)).all() if row.channel}


async def settled_reminders(conn: AsyncConnection, customer_id: str, since: datetime) -> list[int]:
    """The numbers of this customer's reminders in Telegram whose debts are all settled."""
    of_item = (notice_items.c.notice_id == notices.c.notice_id, *_ITEM_OWED)
    owed = exists().where(*of_item).correlate(notices)
    sent = (
        notices.c.customer_id == customer_id,
        notices.c.kind == "reminder",
        notices.c.state == "accepted",
        notices.c.channel == "telegram",
        notices.c.ended_at >= since,
    )
    rows = (await conn.execute(select(notices.c.reference).where(*sent, ~owed))).all()
    return [int(row.reference) for row in rows if row.reference and row.reference.isdecimal()]


_ITEM_OWED = (instalments.c.instalment_id == notice_items.c.instalment_id, instalments.c.outstanding > 0)


async def is_receipt_of(conn: AsyncConnection, customer_id: str, since: datetime) -> bool:
    """Whether a receipt for this customer was planned since `since`."""
    query = select(notices.c.notice_id).where(
        notices.c.customer_id == customer_id, notices.c.kind == "receipt", notices.c.planned_at >= since
    )
    return (await conn.execute(query.limit(1))).first() is not None
