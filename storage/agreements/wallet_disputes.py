"""Debts that the wallet itself marks as disputed. The wallet gives neither an end nor a responsible person. So the
debt gets a hold with a last day; if the debt is still disputed after that day, a case is opened.

A dispute by the customer is different: it opens a case and is stored in `holds` at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.case_reasons import CaseReason
from storage.agreements.holds import ENDED, IN_FORCE, chunks
from storage.cases import cases_opening
from storage.facts.debts import WITH_DEBTS, Audience, Kind, belongs, due_date, is_of, whose
from storage.runtime.engine import insert_in
from storage.runtime.prepared import NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import accounts, cases, holds, instalments, is_open

BY_THE_WALLET = "wallet_dispute"  # the reason of such a hold
UNTIL = bindparam("given_until", type_=Date())
OURS = and_(holds.c.reason == BY_THE_WALLET, holds.c.set_by.is_(None))


async def hand_over(conn: AsyncConnection, ended: Sequence[int], now: datetime) -> int:
    """Opens a case for each customer whose debt the wallet still marks as disputed, if its hold is one of `ended`.
    Returns how many cases were opened."""
    opened = 0
    for some in chunks(ended):
        opened += await cases_opening.open_for(conn, _ran_out(), {ENDED.key: some}, now)
    return opened


async def hold(conn: AsyncConnection, audience: Audience, until: date, now: datetime) -> None:
    """Ends the holds of debts that the wallet no longer marks as disputed, and sets a hold until `until` for debts that
    are overdue, disputed and not on hold. Customers with an open case get none. To be called after `end_holds`."""
    values = {**audience.values(), UNTIL.key: until, NOW.key: now}
    await for_sets(conn)
    for statement in _holding(conn.dialect.name, audience.kind):
        await conn.execute(statement, values)


@prepared
def _holding(dialect: str, kind: Kind) -> tuple[Update, Insert]:
    taken_back = update(holds).where(is_of(kind, holds.c.customer_id), *_taken_back())
    names = ["customer_id", "instalment_id", "kind", "set_at", "until", "reason"]
    setting = insert_in(dialect, holds).from_select(names, _to_hold(kind))
    return taken_back.values(ended_at=NOW, ended_why="withdrawn"), setting


def whose_change(kind: Kind) -> tuple[Select[Any], Select[Any]]:
    """Customers of the audience for whom there is anything to end, and to set, for a prepared statement."""
    to_hold = _to_hold(kind).with_only_columns(accounts.c.customer_id, maintain_column_froms=True)
    return whose(kind, holds, *_taken_back()), to_hold


def _taken_back() -> tuple[ColumnElement[bool], ...]:
    is_open = exists().where(
        instalments.c.instalment_id == holds.c.instalment_id,
        instalments.c.status == "open",
        instalments.c.outstanding > 0,
    )
    return IN_FORCE, OURS, is_open.correlate(holds)


def _to_hold(kind: Kind) -> Select[Any]:
    """Debts that are overdue, disputed and not on hold, as rows for `holds`."""
    has_a_case = exists().where(cases.c.customer_id == accounts.c.customer_id, is_open())
    held = there_is(
        holds.c.customer_id == accounts.c.customer_id,
        IN_FORCE,
        or_(holds.c.instalment_id.is_(None), holds.c.instalment_id == instalments.c.instalment_id),
        correlate=[instalments, accounts],
    )
    return (
        select(
            accounts.c.customer_id,
            instalments.c.instalment_id,
            literal("hold"),
            NOW,
            UNTIL,
            literal(BY_THE_WALLET),
        )
        .select_from(WITH_DEBTS)
        .where(
            belongs(kind),
            instalments.c.outstanding > 0,
            due_date(kind) < TODAY,
            instalments.c.status == "disputed",
            ~has_a_case.correlate(accounts),
            ~held,
        )
    )


@prepared
def _ran_out() -> CTE:
    """Customers whose dispute hold is one of these and is over, as rows for `cases_opening.open_for`."""
    return (
        select(
            holds.c.customer_id,
            literal(CaseReason.DISPUTE.value).label("reason"),
            func.min(instalments.c.due_date).label("due_since"),
        )
        .join(instalments, instalments.c.instalment_id == holds.c.instalment_id)
        .where(
            OURS,
            holds.c.hold_id.in_(ENDED),
            holds.c.ended_why == "over",
            instalments.c.outstanding > 0,
            instalments.c.status == "disputed",
        )
        .group_by(holds.c.customer_id)
        .cte("ran_out")
    )
