"""Payments and other changes of debts while a customer has an open case. Paid money is told as such; what the wallet
waived, corrected, moved or took off is told as that.

An import reads the debts before it changes them and again afterwards. The differences are kept in the case's history,
batch by batch, and told in one line when the import is done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, Text, and_, bindparam, delete, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningDelete

from bot.rules.cases.case_events_agreements import CameIn, ComingIn, Progress
from bot.rules.cases.event_codec import decode
from bot.rules.facts.settlement import Change, Debt, Ending, change_between, ending, merged
from storage.agreements.promises_kept import paid_since_plan, paid_since_promise
from storage.agreements.told_debts import debt_columns, debt_of
from storage.cases.cases import OPEN
from storage.cases.event_rows import event_row, is_a
from storage.facts.imports import unfinished_since
from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import accounts, case_events, cases, holds, instalments

CHUNK = 10_000
# What is still to be told; written out in the statement because the partial index is found by it.
COMING_IN = case_events.c.kind == literal_column(f"'{ComingIn.kind}'")
# An import that began longer ago may have been killed, so its changes are told.
CUT_SHORT_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Owed:
    """An instalment of a customer with an open case, as it is in the current transaction."""

    case_id: int
    debt: Debt


async def are_open_cases(conn: AsyncConnection) -> bool:
    """Whether any case is open."""
    return (await conn.execute(_an_open_case())).first() is not None


@prepared
def _an_open_case() -> Select[*tuple[Any, ...]]:
    return select(cases.c.case_id).where(OPEN).limit(1)


async def owed(conn: AsyncConnection, instalment_ids: Iterable[str]) -> dict[str, Owed]:
    """Those of these instalments whose customers have an open case, by id."""
    ids = list(dict.fromkeys(instalment_ids))
    found: dict[str, Owed] = {}
    for start in range(0, len(ids), CHUNK):
        these = {"given_instalment_ids": ids[start : start + CHUNK]}
        for row in (await conn.execute(_owed(), these)).all():
            found[row.instalment_id] = Owed(row.case_id, debt_of(row))
    return found


@prepared
def _owed() -> Select[*tuple[Any, ...]]:
    these = bindparam("given_instalment_ids", type_=Text(), expanding=True)
    return (
        select(cases.c.case_id, *debt_columns())
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .join(cases, and_(cases.c.customer_id == accounts.c.customer_id, OPEN))
        .where(instalments.c.instalment_id.in_(these))
    )


async def record_changes(conn: AsyncConnection, before: dict[str, Owed], now: datetime) -> None:
    """Stores what has changed of these instalments since `before` was read."""
    after = await owed(conn, before)
    changes = [(was.case_id, _change(was, after.get(id_))) for id_, was in before.items()]
    rows = [event_row(case_id, ComingIn(change), now) for case_id, change in changes if change]
    if rows:
        await conn.execute(insert(conn, case_events), rows)
        await conn.execute(
            update(cases).where(cases.c.case_id.in_({row["case_id"] for row in rows}), OPEN).values(card_stale=True)
        )


def _change(was: Owed, is_: Owed | None) -> Change:
    return change_between(was.debt, is_.debt if is_ is not None and is_.case_id == was.case_id else None)


async def any_unreported(conn: AsyncConnection, now: datetime) -> bool:
    """Whether there are changes to tell now. While an import is running, they wait until it is done."""
    if (await conn.execute(_any_coming_in())).first() is None:
        return False
    since = await unfinished_since(conn)
    return since is None or since < now - CUT_SHORT_AFTER


@prepared
def _any_coming_in() -> Select[int]:
    return select(case_events.c.event_id).where(COMING_IN).limit(1)


async def report_changes(conn: AsyncConnection, now: datetime) -> int:
    """Has the changes told in each case's topic, in one line, with the progress of a promise or plan. Returns in how
    many cases."""
    changes: dict[int, list[Change]] = defaultdict(list)
    for row in sorted((await conn.execute(_taking())).all(), key=lambda row: row.event_id):
        changes[row.case_id] += _changes(ComingIn.kind, row.body)
    customers_of = await _customers_of(conn, list(changes))
    promised = await _promised(conn, list(customers_of.values()))
    events = [
        event_row(case_id, CameIn(items, promised.get(customers_of[case_id])), now, to_tell=True)
        for case_id, of_case in changes.items()
        if (items := merged(of_case))
    ]
    if events:
        await conn.execute(insert(conn, case_events), events)
    return len(events)


@prepared
def _taking() -> ReturningDelete[*tuple[Any, ...]]:
    columns = (case_events.c.event_id, case_events.c.case_id, case_events.c.body)
    return delete(case_events).where(COMING_IN).returning(*columns)


async def _customers_of(conn: AsyncConnection, case_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(case_ids), CHUNK):
        query = select(cases.c.case_id, cases.c.customer_id).where(cases.c.case_id.in_(case_ids[start : start + CHUNK]))
        found |= {row.case_id: row.customer_id for row in (await conn.execute(query)).all()}
    return found


async def endings(conn: AsyncConnection, due_until: Mapping[int, date]) -> dict[int, Ending]:
    """How the debts of each of these settled cases were settled, by case id. `due_until` has, for each case, the last
    due date that counts."""
    changes: dict[int, list[Change]] = defaultdict(list)
    ids = list(due_until)
    for start in range(0, len(ids), CHUNK):
        of_cases = (case_events.c.case_id.in_(ids[start : start + CHUNK]), is_a(ComingIn, CameIn))
        query = select(case_events.c.case_id, case_events.c.kind, case_events.c.body).where(*of_cases)
        for row in (await conn.execute(query.order_by(case_events.c.event_id))).all():
            changes[row.case_id] += _changes(row.kind, row.body)
    return {case_id: ending(changes[case_id], until) for case_id, until in due_until.items()}


def _changes(kind: str, body: str | None) -> tuple[Change, ...]:
    """The changes in an event; none if they were erased."""
    event = decode(kind, body)
    if isinstance(event, ComingIn):
        return (event.change,)
    return event.items if isinstance(event, CameIn) else ()


async def _promised(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, Progress]:
    """For each of these customers who promised a sum or has a plan: how much of it, and what came in since."""
    found: dict[str, Progress] = {}
    if not customer_ids:
        return found
    kinds: tuple[Literal["promise", "plan"], ...] = ("promise", "plan")
    for kind in kinds:
        for start in range(0, len(customer_ids), CHUNK):
            these = {"given_customer_ids": list(customer_ids[start : start + CHUNK])}
            for row in (await conn.execute(_in_force(kind), these)).all():
                found[row.customer_id] = Progress(kind, row.amount, int(row.came_in), row.currency)
    return found


@prepared
def _in_force(kind: Literal["promise", "plan"]) -> Select[*tuple[Any, ...]]:
    columns = (holds.c.customer_id, holds.c.kind, holds.c.amount, holds.c.currency)
    came_in = paid_since_promise() if kind == "promise" else paid_since_plan()
    in_force = (holds.c.kind == kind, holds.c.ended_at.is_(None), holds.c.amount.is_not(None))
    theirs = holds.c.customer_id.in_(bindparam("given_customer_ids", type_=Text(), expanding=True))
    return select(*columns, came_in.label("came_in")).where(*in_force, holds.c.paid_before.is_not(None), theirs)
