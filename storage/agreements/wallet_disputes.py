"""Debts that the wallet itself calls disputed. Its word names neither an end nor anybody who answers for it, so a hold
with a last day stands beside it; when that is past and the word still stands, a person sees to it.

What a customer says is not right, with the case that this opens, is in `holds` from the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, Date, Select, and_, bindparam, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements.holds import ENDED, IN_FORCE, chunks
from storage.cases import cases_opening
from storage.facts.debts import Audience, Kind, belongs, is_of
from storage.runtime.engine import insert_in
from storage.runtime.prepared import NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import accounts, cases, customers, holds, instalments

BY_THE_WALLET = "wallet_dispute"  # the reason of such a hold
UNTIL = bindparam("its_until", type_=Date())
OURS = and_(holds.c.reason == BY_THE_WALLET, holds.c.set_by.is_(None))


async def hand_over(conn: AsyncConnection, ended: Sequence[int], now: datetime) -> int:
    """Opens a case for what the wallet still calls disputed although its hold, one of these, has just ended."""
    opened = 0
    for some in chunks(ended):
        opened += await cases_opening.open_for(conn, _ran_out(), {ENDED.key: some}, now)
    return opened


async def hold(conn: AsyncConnection, audience: Audience, until: date, now: datetime) -> None:
    """Ends the holds of what the wallet has taken back, and sets one until `until` for what is overdue, disputed, and
    on none. While a case is open, a person has it. To be called when holds that are over were ended."""
    values = {**audience.values(), UNTIL.key: until, NOW.key: now}
    await for_sets(conn)
    for statement in _holding(conn.dialect.name, audience.kind):
        await conn.execute(statement, values)


@prepared
def _holding(dialect: str, kind: Kind) -> tuple[Any, Any]:
    taken_back = update(holds).where(*_taken_back(kind))
    names = ["customer_id", "instalment_id", "kind", "set_at", "until", "reason"]
    setting = insert_in(dialect, holds).from_select(names, _to_hold(kind))
    return taken_back.values(ended_at=NOW, ended_why="withdrawn"), setting


def holds_any(kind: Kind) -> Any:
    """Whether there is anything to end or to set: a clause for a prepared statement."""
    to_hold = _to_hold(kind).with_only_columns(instalments.c.instalment_id, maintain_column_froms=True)
    return or_(exists().where(*_taken_back(kind)), to_hold.exists())


def _taken_back(kind: Kind) -> tuple[Any, ...]:
    is_open = exists().where(
        instalments.c.instalment_id == holds.c.instalment_id,
        instalments.c.status == "open",
        instalments.c.outstanding > 0,
    )
    return IN_FORCE, OURS, is_of(kind, holds.c.customer_id), is_open.correlate(holds)


def _to_hold(kind: Kind) -> Select[Any]:
    """What is overdue, disputed, and on no hold, as rows of holds."""
    has_a_case = exists().where(cases.c.customer_id == accounts.c.customer_id, cases.c.state != "closed")
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
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .join(customers, customers.c.customer_id == accounts.c.customer_id)
        .where(
            belongs(kind),
            instalments.c.outstanding > 0,
            instalments.c.due_date < TODAY,
            instalments.c.status == "disputed",
            ~has_a_case.correlate(accounts),
            ~held,
        )
    )


@prepared
def _ran_out() -> CTE:
    """Whose disputes were over with these holds and nobody has, as rows for `cases_opening.open_for`."""
    return (
        select(
            holds.c.customer_id,
            literal("dispute").label("reason"),
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
