"""Promises to pay: holds of the kind `promise`. Which of them are kept is in `promises_kept`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements.holds import CHUNK, IN_FORCE
from storage.agreements.told_debts import paid
from storage.runtime.capped_sums import sum_of
from storage.runtime.prepared import prepared
from storage.schema import Instant, accounts, hold_sums, holds, instalments


async def are_any_promises(conn: AsyncConnection) -> bool:
    """Whether any customer has an active promise or plan."""
    return (await conn.execute(_a_promise())).first() is not None


@prepared
def _a_promise() -> Select[*tuple[Any, ...]]:
    return select(holds.c.hold_id).where(IN_FORCE, holds.c.kind.in_(("promise", "plan"))).limit(1)


async def count_from(conn: AsyncConnection, more_paid: Mapping[str, int]) -> None:
    """Raises (or lowers) `paid_before` of active promises by these amounts, in minor units by account. It is for
    instalments that came to these accounts, or left them, with payments already made: these are no new money."""
    promised = (IN_FORCE, holds.c.kind.in_(("promise", "plan")), holds.c.plan_id.is_(None))
    query = select(holds.c.hold_id, accounts.c.account_id, accounts.c.currency)
    query = query.join(accounts, accounts.c.customer_id == holds.c.customer_id)
    ids = list(more_paid)
    for start in range(0, len(ids), CHUNK):
        of_accounts = accounts.c.account_id.in_(ids[start : start + CHUNK])
        for row in (await conn.execute(query.where(*promised, of_accounts))).all():
            more = more_paid[row.account_id]
            of_sum = update(holds).where(holds.c.hold_id == row.hold_id, holds.c.currency == row.currency)
            await conn.execute(of_sum.values(paid_before=holds.c.paid_before + more))
            of_all = update(hold_sums).where(hold_sums.c.hold_id == row.hold_id, hold_sums.c.currency == row.currency)
            await conn.execute(of_all.values(paid_before=hold_sums.c.paid_before + more))


async def note_seen(conn: AsyncConnection, hold_id: int, agent_id: int, case_id: int) -> None:
    """Notes that an agent has seen a promise, in this case, which is the promise's from now on."""
    seen = update(holds).where(holds.c.hold_id == hold_id)
    await conn.execute(seen.values(seen_by=agent_id, case_id=case_id))


async def paid_in(conn: AsyncConnection, customer_id: str, currency: str) -> int:
    """How much this customer has ever paid in this currency according to the wallet, in minor units."""
    values = {"given_customer_id": customer_id, "given_currency": currency}
    return int((await conn.execute(_paid_in(), values)).scalar_one())


@prepared
def _paid_in() -> Select[*tuple[Any, ...]]:
    theirs = accounts.c.customer_id == bindparam("given_customer_id", type_=Text())
    same = accounts.c.currency == bindparam("given_currency", type_=Text())
    query = select(sum_of(paid())).join(accounts, accounts.c.account_id == instalments.c.account_id)
    return query.where(theirs, same)


async def promises_since(conn: AsyncConnection, customer_id: str, since: datetime) -> int:
    """How many promises this customer has made since `since`, without those that were kept or no longer needed."""
    values = {"given_customer_id": customer_id, "given_since": since}
    return int((await conn.execute(_since(), values)).scalar_one())


@prepared
def _since() -> Select[*tuple[Any, ...]]:
    theirs = holds.c.customer_id == bindparam("given_customer_id", type_=Text())
    made = (holds.c.kind == "promise", holds.c.set_at >= bindparam("given_since", type_=Instant()))
    unkept = func.coalesce(holds.c.ended_why, "").not_in(("kept", "not_needed"))
    return select(func.count()).select_from(holds).where(theirs, *made, unkept)
