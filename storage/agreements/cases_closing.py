"""Closing cases in sets once everything is settled. The outcome says how the debts were settled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.rules.cases.case_events import AllPaid, Settled
from storage.agreements.holds import is_disputed_by_customer
from storage.agreements.payments_received import CHUNK, endings
from storage.cases.cases import OPEN
from storage.cases.event_rows import event_row
from storage.facts.debts import Audience, Kind, is_of, whose
from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import accounts, case_events, cases, instalments


async def close_settled(conn: AsyncConnection, audience: Audience, now: datetime) -> int:
    """Closes the cases of the audience whose debts are no longer owed, with an outcome that says how they were settled,
    and has it told in the topics. A case stays open while the customer disputes a debt. Returns how many."""
    await for_sets(conn)
    settled = await conn.execute(_settled(audience.kind), {**audience.values(), NOW.key: now})
    due_until = {row.case_id: max(row.due_since, audience.today - timedelta(days=1)) for row in settled.all()}
    if not due_until:
        return 0
    ends = await endings(conn, due_until)
    for outcome in set(ends.values()):
        ended = [case_id for case_id, ending in ends.items() if ending == outcome]
        for start in range(0, len(ended), CHUNK):
            chunk = cases.c.case_id.in_(ended[start : start + CHUNK])
            await conn.execute(update(cases).where(chunk).values(outcome=outcome))
    events = [
        event_row(case_id, AllPaid() if ending == "paid" else Settled(ending), now, to_tell=True)
        for case_id, ending in ends.items()
    ]
    await conn.execute(insert(conn, case_events), events)
    return len(events)


def whose_close(kind: Kind) -> Select[Any]:
    """Customers of the audience who have such a case, for a prepared statement."""
    return whose(kind, cases, *_are_settled())


@prepared
def _settled(kind: Kind) -> ReturningUpdate[*tuple[Any, ...]]:
    closing = update(cases).where(is_of(kind, cases.c.customer_id), *_are_settled())
    return closing.values(state="closed", closed_at=NOW, card_stale=true()).returning(
        cases.c.case_id, cases.c.due_since
    )


def _are_settled() -> tuple[ColumnElement[bool], ...]:
    owes_still = there_is(
        accounts.c.customer_id == cases.c.customer_id,
        instalments.c.outstanding > 0,
        or_(
            instalments.c.due_date < TODAY,
            instalments.c.due_date <= cases.c.due_since,
            is_disputed_by_customer(),
        ),
        correlate=[cases],
        of=accounts.join(instalments, instalments.c.account_id == accounts.c.account_id),
    )
    return OPEN, cases.c.due_since.is_not(None), ~owes_still
