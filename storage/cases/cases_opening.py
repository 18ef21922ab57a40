"""Opening cases, in sets, for customers who need a person. `storage.agreements.cases_closing` closes them in sets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Insert,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case_events import AskedAgain, Opened
from bot.rules.facts.settlement import ENDINGS
from storage.cases.cases import OPEN, add_event, open_case_of
from storage.cases.event_rows import event_row
from storage.cases.snoozes import customer_waits
from storage.facts.debts import (
    can_reach_by_any,
)
from storage.runtime.customer_sets import CHOSEN, GivenRows, Numbers, is_among, is_chosen
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import accounts, case_events, case_items, cases, customers, dead_channels, instalments

Debt = tuple[str, str, date]  # customer, instalment, due date
_WHO = GivenRows(customer_id=Text(), due_since=Date())
_DEBTS = GivenRows(customer_id=Text(), instalment_id=Text(), due_date=Date())


@dataclass(frozen=True, slots=True)
class Escalation:
    """A step of a ladder that opens cases, and the debts of those who need one, or of which their open case does not
    know."""

    reason: str
    step_id: str
    policy_version: str
    debts: tuple[Debt, ...]

    @property
    def customer_ids(self) -> frozenset[str]:
        return frozenset(customer_id for customer_id, *_ in self.debts)

    def of(self, customer_ids: Collection[str]) -> Escalation:
        """The part of it that is about these customers."""
        return replace(self, debts=tuple(debt for debt in self.debts if debt[0] in customer_ids))


async def open_overdue(conn: AsyncConnection, by: Escalation, now: datetime) -> int:
    """Opens a case for each customer with a debt that was found; if a case is open already, the debts are noted in it.
    A customer whose case was closed and who still owes gets a new one, because no step follows the last. Returns how
    many cases were opened."""
    opening, new_items, items = _escalating(conn.dialect.name, by.reason, by.step_id, by.policy_version)
    due_since: dict[str, date] = {}
    for customer_id, _, due_date in by.debts:
        if customer_id not in due_since or due_date < due_since[customer_id]:
            due_since[customer_id] = due_date
    opened = await _open(conn, opening, now, _WHO.values(conn.dialect.name, list(due_since.items())))
    # Where all have a new case, there is no item yet.
    adding = new_items if opened == len(due_since) else items
    await conn.execute(adding, _DEBTS.values(conn.dialect.name, by.debts))
    return opened


@prepared
def _escalating(
    dialect: str, reason: str, step_id: str, version: str
) -> tuple[ReturningInsert[*tuple[Any, ...]], Insert, Insert]:
    """The cases of those who were found, and the debts these are about: if all cases are new, and if some were open."""
    given, debts_ = _WHO.rows(dialect), _DEBTS.rows(dialect)
    who = select(
        given.c.customer_id,
        literal(reason),
        given.c.due_since,
        literal(step_id),
        literal(version),
        NOW,
        literal("waiting"),
    )
    new = select(debts_, literal(step_id, Text).label("step_id")).cte("new")
    adding = _add_items(dialect, new)
    return _opening(dialect, who), adding, _over_the_last(adding)


def escalated(debt: FromClause, step: FromClause) -> ColumnElement[bool]:
    """Whether a case about this debt and step is open, or was closed before the debt became overdue. A case that was
    closed because the debt was settled does not count: if the payment was reversed, the debt counts as new."""
    was_enough = and_(debt.c.due_date >= TODAY, func.coalesce(cases.c.outcome, "").not_in(ENDINGS))
    return there_is(
        case_items.c.instalment_id == debt.c.instalment_id,
        case_items.c.step_id == step.c.step_id,
        case_items.c.due_date == debt.c.due_date,
        there_is(cases.c.case_id == case_items.c.case_id, or_(OPEN, was_enough), correlate=[case_items, debt]),
        correlate=[debt, step],
    )


async def open_unreachable(
    conn: AsyncConnection, channels: Collection[str], now: datetime, customer_ids: Sequence[str]
) -> int:
    """Opens a case for each of these customers who has something unsettled, whose channel died, and whom no other of
    the channels reaches; once for each death: a case that was open since then knows of it."""
    opening = _unreachable(conn.dialect.name, tuple(channels))
    return await _open(conn, opening, now, {CHOSEN.key: customer_ids})


async def unreachable(
    conn: AsyncConnection, channels: Collection[str], customer_ids: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Who, of these customers or (None) of all, is to be given such a case."""
    query = _who_is_unreachable(tuple(channels), customer_ids is not None)
    values = {} if customer_ids is None else {CHOSEN.key: customer_ids}
    return tuple((await conn.execute(query, values)).scalars().all())


@prepared
def _who_is_unreachable(channels: tuple[str, ...], chosen: bool) -> Select[*tuple[Any, ...]]:
    lost, due_since = _lost(channels, chosen)
    return select(lost.c.customer_id).where(due_since.is_not(None))


@prepared
def _unreachable(dialect: str, channels: tuple[str, ...]) -> ReturningInsert[*tuple[Any, ...]]:
    lost, due_since = _lost(channels, chosen=True)
    who = select(
        lost.c.customer_id,
        literal(CaseReason.UNREACHABLE.value),
        due_since,
        literal(None, cases.c.step_id.type),
        literal(None, cases.c.policy_version.type),
        NOW,
        literal("waiting"),
    )
    return _opening(dialect, who.where(due_since.is_not(None)))


def _lost(channels: tuple[str, ...], chosen: bool) -> tuple[CTE, ColumnElement[date]]:
    """Whom nothing reaches any more, and since when they owe something."""
    since_then = or_(cases.c.closed_at.is_(None), cases.c.closed_at >= dead_channels.c.since)
    about_it = there_is(cases.c.customer_id == dead_channels.c.customer_id, since_then, correlate=[dead_channels])
    # Begins with customers who have a dead channel, because they are few.
    lost = (
        select(dead_channels.c.customer_id)
        .select_from(customers.join(dead_channels, dead_channels.c.customer_id == customers.c.customer_id))
        .where(is_chosen(customers.c.customer_id) if chosen else true())
        .where(customers.c.forgotten_at.is_(None), ~about_it, ~can_reach_by_any(dead_channels.c.customer_id, channels))
        .distinct()
    ).cte("lost")
    due_since = (
        select(func.min(instalments.c.due_date))
        .select_from(accounts.join(instalments, instalments.c.account_id == accounts.c.account_id))
        .where(
            accounts.c.customer_id == lost.c.customer_id, instalments.c.outstanding > 0, instalments.c.status == "open"
        )
        .correlate(lost)
        .scalar_subquery()
    )
    return lost, due_since


async def open_for(conn: AsyncConnection, who: CTE, values: Mapping[str, Any], now: datetime) -> int:
    """Opens a case for each row of `who` (customer_id, reason, due_since) whose customer has none open. `who` is
    prepared; `values` are its bind parameters. Returns how many cases were opened."""
    return await _open(conn, _for(conn.dialect.name, who), now, values)


@prepared
def _for(dialect: str, who: CTE) -> ReturningInsert[*tuple[Any, ...]]:
    return _opening(
        dialect,
        select(
            who.c.customer_id,
            who.c.reason,
            who.c.due_since,
            literal(None, cases.c.step_id.type),
            literal(None, cases.c.policy_version.type),
            NOW,
            literal("waiting"),
        ),
    )


async def open_asked(
    conn: AsyncConnection,
    customer_id: str,
    today: date,
    now: datetime,
    *,
    reason: CaseReason = CaseReason.ASKED,
    due_since: date | None = None,
) -> tuple[int, bool]:
    """The open case of a customer who asked for a person, or (see `reason`) wrote something that needs one; if there is
    none, a new case is opened. Returns its id and whether it is new. `due_since` is used if nothing is overdue."""
    theirs = {"given_customer_id": customer_id}
    due_since = (await conn.execute(_overdue_since(), {**theirs, TODAY.key: today})).scalar() or due_since
    given = {**theirs, "given_reason": reason.value, "given_due_since": due_since}
    opened = await _open(conn, _asked(conn.dialect.name), now, given)
    case = await open_case_of(conn, customer_id)
    assert case is not None
    if not opened and reason == CaseReason.ASKED:
        await add_event(conn, case.case_id, AskedAgain(), now, to_tell=True)
    await customer_waits(conn, case.case_id, now)
    return case.case_id, bool(opened)


_THEIRS = bindparam("given_customer_id", type_=Text())


@prepared
def _overdue_since() -> Select[date | None]:
    return (
        select(func.min(instalments.c.due_date))
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(accounts.c.customer_id == _THEIRS, instalments.c.outstanding > 0, instalments.c.due_date < TODAY)
    )


@prepared
def _asked(dialect: str) -> ReturningInsert[*tuple[Any, ...]]:
    return _opening(
        dialect,
        select(
            customers.c.customer_id,
            bindparam("given_reason", type_=Text()),
            bindparam("given_due_since", type_=Date()),
            literal(None, cases.c.step_id.type),
            literal(None, cases.c.policy_version.type),
            NOW,
            literal("waiting"),
        ).where(customers.c.customer_id == _THEIRS),
    )


def _opening(dialect: str, who: Select[Any]) -> ReturningInsert[*tuple[Any, ...]]:
    """Inserts a case for each row of `who`; the unique index refuses customers who have an open one. A new case is due
    at once until its deadline is computed, so that no open case is without one."""
    names = ["customer_id", "reason", "due_since", "step_id", "policy_version", "opened_at", "state", "due_at"]
    rows = who.cte("who")
    opened_at = list(rows.c)[names.index("opened_at")]
    statement = (
        insert_in(dialect, cases).from_select(names, select(rows, opened_at).where(true())).on_conflict_do_nothing()
    )
    return statement.returning(cases.c.case_id, cases.c.reason)


async def _open(
    conn: AsyncConnection,
    opening: ReturningInsert[*tuple[Any, ...]],
    now: datetime,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Opens the cases and adds the event to their histories."""
    await for_sets(conn)
    opened: Sequence[Any] = (await conn.execute(opening, {**(values or {}), NOW.key: now})).all()
    alike: dict[str, list[int]] = {}
    for case_id, reason in opened:
        alike.setdefault(reason, []).append(case_id)
    for reason, ids in alike.items():
        event = event_row(0, Opened(reason), now)
        values = {"given_cases": ids, **{f"given_{name}": value for name, value in event.items() if name != "case_id"}}
        await conn.execute(_opened(conn.dialect.name), values)
    return len(opened)


@prepared
def _opened(dialect: str) -> Insert:
    """Adds one and the same event to the histories of these cases."""
    names = ["at", "kind", "actor_id", "body", "to_tell"]
    event = [bindparam(f"given_{name}", type_=case_events.c[name].type) for name in names]
    these = is_among(cases.c.case_id, bindparam("given_cases", type_=Numbers()))
    rows = select(cases.c.case_id, *event).where(these).order_by(cases.c.case_id)
    return insert_in(dialect, case_events).from_select(["case_id", *names], rows)


def _add_items(dialect: str, new: CTE) -> Upsert:
    """The case is looked up row by row, because PostgreSQL does not know yet how many cases there are."""
    their_case = select(cases.c.case_id).where(cases.c.customer_id == new.c.customer_id, OPEN)
    asked = select(
        their_case.correlate(new).scalar_subquery().label("case_id"),
        new.c.instalment_id,
        new.c.step_id,
        new.c.due_date,
    )
    # With OFFSET it stays a query of its own, which looks for each case once; else the condition below looks again.
    about = asked.offset(0).subquery()
    names = ["case_id", "instalment_id", "step_id", "due_date"]
    rows = select(about).where(about.c.case_id.is_not(None))
    return insert_in(dialect, case_items).from_select(names, rows)


def _over_the_last(adding: Upsert) -> Insert:
    """A due date may have moved since: the open case is about the new one from now on."""
    return adding.on_conflict_do_update(
        index_elements=["case_id", "instalment_id", "step_id"],
        set_={"due_date": adding.excluded.due_date},
        where=case_items.c.due_date != adding.excluded.due_date,
    )
