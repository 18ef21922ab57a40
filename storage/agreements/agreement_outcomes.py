"""How promises and plans ended, for those who are told and for the cases that are opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, Select, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.case_reasons import CaseReason
from storage.agreements.holds import ENDED, chunks

# In the order in which one customer's are looked up.
from storage.agreements.promises_kept import paid_since_plan, paid_since_promise
from storage.runtime.prepared import prepared
from storage.schema import accounts, holds, instalments


@prepared
def broken() -> CTE:
    """Customers whose promise or plan is among the holds in `ENDED` and was broken, as rows for
    `cases_opening.open_for`."""
    return (
        select(
            holds.c.customer_id,
            literal(CaseReason.BROKEN_PROMISE.value).label("reason"),
            func.min(instalments.c.due_date).label("due_since"),
        )
        .join(accounts, accounts.c.customer_id == holds.c.customer_id)
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(holds.c.hold_id.in_(ENDED), holds.c.ended_why == "broken", instalments.c.outstanding > 0)
        .group_by(holds.c.customer_id)
        .cte("broken")
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """A promise or plan that was just kept, broken or not needed any more. Amounts are in minor units of `currency`, or
    None if the promise was of no amount; `came_in` is what was paid since it was made."""

    hold_id: int
    customer_id: str
    kind: str
    why: str
    until: date
    set_by: int | None
    agreed_in: int | None
    currency: str | None
    amount: int | None
    came_in: int | None


async def given_of(conn: AsyncConnection, ended: Sequence[int]) -> list[Ended]:
    """The promises and plans among these holds that were kept, broken or not needed any more."""
    found: list[Ended] = []
    for some in chunks(ended):
        rows = (await conn.execute(_given(), {ENDED.key: some})).all()
        found += [
            Ended(**{**row._mapping, "came_in": None if row.came_in is None else int(row.came_in)}) for row in rows
        ]
    return found


@prepared
def _given() -> Select[*tuple[Any, ...]]:
    came_in = case(
        (holds.c.plan_id.is_not(None), paid_since_plan(ended=True)),
        (and_(holds.c.amount.is_not(None), holds.c.paid_before.is_not(None)), paid_since_promise()),
        else_=None,
    )
    return (
        select(
            holds.c.hold_id,
            holds.c.customer_id,
            holds.c.kind,
            holds.c.ended_why.label("why"),
            holds.c.until,
            func.coalesce(holds.c.seen_by, holds.c.set_by).label("set_by"),
            holds.c.case_id.label("agreed_in"),
            holds.c.currency,
            holds.c.amount,
            came_in.label("came_in"),
        )
        .where(
            holds.c.hold_id.in_(ENDED),
            holds.c.kind.in_(("promise", "plan")),
            holds.c.ended_why.in_(("kept", "broken", "not_needed")),
        )
        .order_by(holds.c.hold_id)
    )
