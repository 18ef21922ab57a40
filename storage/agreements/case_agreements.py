"""What agreements do to cases: a case closes when a promise was kept, and waits for a call that was agreed on.

Other ways to snooze and wake a case are in `storage.cases.snoozes`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, bindparam, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case
from storage.cases.cases import OPEN, RESTS, as_case, with_owners
from storage.cases.resting import RESTS_NO_MORE, resting
from storage.runtime.capped_sums import sum_of
from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import accounts, cases, customers, holds, instalments

AT_ONCE = 5000  # ids in one IN list

Id = TypeVar("Id", int, str)


async def rest_until(conn: AsyncConnection, case_id: int, until: datetime) -> None:
    """Snoozes a case until `until`, if it is snoozed already, or if an agent has it and its customer does not wait for
    an answer."""
    has_time = and_(cases.c.state == "claimed", cases.c.waits_since.is_(None))
    rests = update(cases).where(cases.c.case_id == case_id, OPEN, or_(RESTS, has_time))
    await conn.execute(rests.values(**resting(until)))


async def rest_no_more(conn: AsyncConnection, case_id: int) -> None:
    """Ends a snooze, because the agreement for which the case was snoozed was withdrawn. The owner stays the same."""
    await conn.execute(update(cases).where(cases.c.case_id == case_id, OPEN).values(**RESTS_NO_MORE))


async def close(conn: AsyncConnection, outcome_of: Mapping[int, str], now: datetime) -> None:
    """Closes cases whose agreement was kept; `outcome_of` has each one's outcome by case id."""
    ends: dict[str, list[int]] = defaultdict(list)
    for case_id, outcome in outcome_of.items():
        ends[outcome].append(case_id)
    for outcome, case_ids in ends.items():
        for chunk in _chunks(case_ids):
            shut = update(cases).where(cases.c.case_id.in_(chunk), OPEN)
            shut = shut.values(state="closed", outcome=outcome, closed_at=now, card_stale=true(), snoozed_until=None)
            await conn.execute(shut)


async def open_cases(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, Case]:
    """The open cases of these customers, by customer id."""
    found: dict[str, Case] = {}
    for chunk in _chunks(customer_ids):
        rows = (await conn.execute(with_owners().where(cases.c.customer_id.in_(chunk), OPEN))).all()
        found |= {row.customer_id: as_case(row) for row in rows}
    return found


async def overdue(conn: AsyncConnection, customer_ids: Sequence[str], today: date) -> dict[str, dict[str, int]]:
    """What each of these customers has overdue on `today`, in minor units by currency, by customer id."""
    found: dict[str, dict[str, int]] = {}
    for chunk in _chunks(customer_ids):
        query = (
            select(accounts.c.customer_id, accounts.c.currency, sum_of(instalments.c.outstanding).label("left"))
            .join(instalments, instalments.c.account_id == accounts.c.account_id)
            .where(accounts.c.customer_id.in_(chunk), instalments.c.outstanding > 0, instalments.c.due_date < today)
            .group_by(accounts.c.customer_id, accounts.c.currency)
        )
        for row in (await conn.execute(query)).all():
            found.setdefault(row.customer_id, {})[row.currency] = int(row.left)
    return found


async def hold_leftovers(
    conn: AsyncConnection, customer_ids: Sequence[str], today: date, until: date, reason: str, now: datetime
) -> None:
    """Puts on hold the small remainder that a kept promise left overdue: one hold for each such instalment."""
    for chunk in _chunks(customer_ids):
        query = (
            select(accounts.c.customer_id, instalments.c.instalment_id)
            .join(instalments, instalments.c.account_id == accounts.c.account_id)
            .where(accounts.c.customer_id.in_(chunk), instalments.c.outstanding > 0, instalments.c.due_date < today)
        )
        rows = [
            {**row._mapping, "kind": "hold", "set_at": now, "until": until, "reason": reason}
            for row in (await conn.execute(query)).all()
        ]
        if rows:
            await conn.execute(insert(conn, holds), rows)


# --- Calling back ----------------------------------------------------------------------------------------------------


async def has_phone(conn: AsyncConnection, customer_id: str) -> bool:
    """Whether the wallet has the customer's phone number."""
    return bool((await conn.execute(_phone(), {"given_customer_id": customer_id})).scalar())


@prepared
def _phone() -> Select[*tuple[Any, ...]]:
    this = customers.c.customer_id == bindparam("given_customer_id", type_=customers.c.customer_id.type)
    return select(customers.c.phone).where(this, customers.c.forgotten_at.is_(None))


async def set_call(conn: AsyncConnection, case_id: int, at: datetime | None) -> None:
    """Lets the case wait for a call at `at`; None: the call was cancelled, and the case waits no longer."""
    waits: dict[str, Any] = {**RESTS_NO_MORE, "call_at": at}
    if at is not None:
        waits |= resting(at)
        waits["waits_since"] = None  # the customer waits for the call now, no longer for an answer
    await conn.execute(update(cases).where(cases.c.case_id == case_id, OPEN).values(**waits))


async def calls_until(conn: AsyncConnection, until: datetime) -> list[Case]:
    """Cases whose customers asked to be called at `until` or earlier, and whose agents were not told of it yet."""
    return [as_case(row) for row in (await conn.execute(_calls(), {"given_until": until})).all()]


@prepared
def _calls() -> Select[Any]:
    until = bindparam("given_until", type_=cases.c.call_at.type)
    return with_owners().where(OPEN, cases.c.call_at <= until).order_by(cases.c.call_at)


async def end_call_wait(conn: AsyncConnection, case: Case) -> bool:
    """Stores that the time of the call has come; False if the customer has moved or cancelled it meanwhile."""
    taken = update(cases).where(cases.c.case_id == case.case_id, cases.c.call_at == case.call_at)
    return (await conn.execute(taken.values(call_at=None))).rowcount > 0


def _chunks(ids: Sequence[Id]) -> list[Sequence[Id]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
