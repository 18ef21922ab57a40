"""The contact guarantee for all customers at once: who is overdue, and which one state each of them is in.

The rule is `bot.rules.guarantee.states.state`. Here it is written as one SELECT; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Insert,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.case_reasons import CaseReason
from bot.rules.guarantee.states import STATES, SilentDay
from storage.facts.debts import (
    WITH_DEBTS,
    Audience,
    Kind,
    Minimums,
    belongs,
    can_reach_by_any,
    due_date,
    is_held,
    owed_in_all,
    worth_it,
)
from storage.runtime.engine import insert_in
from storage.runtime.prepared import DAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import (
    Instant,
    accounts,
    cases,
    contacts,
    customers,
    day_states,
    holds,
    instalments,
    is_open,
    notice_items,
    notices,
    payments,
)

NOT_ACCEPTED = ("planned", "claimed", "not_sent")
NO_SIGNS = ("blocked", "unblocked", "linked", "unsubscribed")  # contacts from a customer that are no sign of life
WITH_PAYMENTS = accounts.join(instalments, instalments.c.account_id == accounts.c.account_id).join(
    payments, payments.c.instalment_id == instalments.c.instalment_id
)
EVENING = bindparam("given_evening", type_=Instant())  # a past evening: later events do not count
GRACE_FROM = bindparam("given_grace_from", type_=Date())  # due after this day: still in the grace period
SEEN_FROM = bindparam("given_seen_from", type_=Date())  # due after this day: a sign of life is not needed yet


@dataclass(frozen=True, slots=True)
class Terms:
    """What the guarantee promises an audience: `person_from` and `seen_by_day` in days past due, the channels that are
    set up, and the minimum amounts."""

    person_from: int
    seen_by_day: int
    channels: tuple[str, ...]
    minimums: Minimums


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides the form of a statement about states; day and audience are bind parameters. `past` means the states
    as they were on a past evening. `waiting` is whether it is also asked about those who have an open case: they are
    `in_queue`, whatever they owe, so who looks for silent customers need not look at their debts."""

    kind: Kind
    channels: tuple[str, ...]
    minimums: Minimums
    past: bool = False
    waiting: bool = True


async def states(conn: AsyncConnection, audience: Audience, terms: Terms, day: date) -> dict[str, str]:
    """The state of every overdue customer of the audience, as of `day`."""
    await for_sets(conn)
    found = await conn.execute(_everybody(_shape_of(audience, terms)), _values(audience, terms, day))
    return {row.customer_id: row.state for row in found.all()}


def _shape_of(audience: Audience, terms: Terms) -> _Shape:
    return _Shape(audience.kind, terms.channels, terms.minimums)


def _values(audience: Audience, terms: Terms, day: date) -> dict[str, Any]:
    """The bind parameters of the prepared statements in this file."""
    return {
        **audience.values(),
        DAY.key: day,
        GRACE_FROM.key: day - timedelta(days=terms.person_from),
        SEEN_FROM.key: day - timedelta(days=terms.seen_by_day),
    }


@prepared
def _everybody(shape: _Shape) -> Select[Any]:
    found = _states(shape)
    return select(found.c.customer_id, found.c.state)


@prepared
def _states(shape: _Shape) -> CTE:
    """Every overdue customer of an audience on a day, with state, cause of silence and earliest due date."""
    overdue = _overdue(shape)
    until_then = EVENING if shape.past else None
    people = _people(overdue, until_then)
    known = (select(people, customers.c.seen_at).join(customers, customers.c.customer_id == people.c.customer_id)).cte(
        "known"
    )
    queued = _is_queued(known, until_then)
    signed = or_(_seen_since(known, until_then), _paid_since(known, until_then))
    state = case(
        (queued, "in_queue"),
        (known.c.oldest.is_(None), "on_hold"),
        (known.c.oldest > GRACE_FROM, "in_grace"),
        (and_(known.c.told_at.is_not(None), or_(known.c.oldest > SEEN_FROM, signed)), "reached"),
        else_="silent",
    )
    cause = case(
        (known.c.told_at.is_not(None), "no_sign_of_life"),
        (can_reach_by_any(known.c.customer_id, shape.channels), "not_reached"),
        else_="no_channel",
    )
    return select(known.c.customer_id, known.c.due_since, state.label("state"), cause.label("cause")).cte("states")


def _people(overdue: CTE, until_then: BindParameter[datetime] | None) -> CTE:
    """A row for each overdue customer: `oldest` debt that is on no hold, `due_since` and `told_at`. Rows of each kind
    are put under one another and grouped, since to join them by customer would take an index that there is not."""
    debt = select(
        overdue.c.customer_id, overdue.c.free_due, overdue.c.due_date, literal(None, Instant()).label("told_at")
    )
    no_dates = (overdue.c.customer_id, null(), null())
    notice = (
        select(*no_dates, notices.c.ended_at)
        .select_from(overdue)
        .join(notice_items, notice_items.c.instalment_id == overdue.c.instalment_id)
        # Told apart by what it is not: by what it is, SQLite would begin with all that were ever accepted.
        .join(notices, and_(notices.c.notice_id == notice_items.c.notice_id, notices.c.state.not_in(NOT_ACCEPTED)))
        .where(overdue.c.free_due.is_not(None), _not_after(notices.c.ended_at, until_then))
    )
    words = (
        select(*no_dates, contacts.c.at)
        .select_from(overdue)
        .join(contacts, and_(contacts.c.customer_id == overdue.c.customer_id, contacts.c.kind == "agent"))
        .where(contacts.c.state == "accepted", func.date(contacts.c.at) >= func.date(overdue.c.free_due))
        .where(_not_after(contacts.c.at, until_then))
    )
    rows = debt.union_all(notice, words).cte("evidence")
    return (
        select(
            rows.c.customer_id,
            func.min(rows.c.free_due).label("oldest"),
            func.min(rows.c.due_date).label("due_since"),
            func.min(rows.c.told_at).label("told_at"),
        )
        .group_by(rows.c.customer_id)
        .cte("people")
    )


def _overdue(shape: _Shape) -> CTE:
    """A row for each unsettled instalment that was due before the day. `free_due` is its due date, or NULL if a hold
    covers it."""
    held = or_(
        instalments.c.status == "disputed",
        is_held(
            instalments.c.instalment_id, accounts.c.customer_id, _hold_was_active() if shape.past else None
        ).correlate(instalments, accounts),
    )
    owed = (
        select(
            accounts.c.customer_id,
            accounts.c.currency,
            instalments.c.instalment_id,
            instalments.c.due_date,
            case((held, None), else_=instalments.c.due_date).label("free_due"),
            owed_in_all(),
        )
        .select_from(WITH_DEBTS)
        .where(belongs(shape.kind), instalments.c.outstanding > 0, due_date(shape.kind) < DAY)
        .where(true() if shape.waiting else ~_is_queued(customers))
    ).cte("owed")
    return select(owed).where(worth_it(owed, shape.minimums)).cte("overdue")


def _seen_since(known: CTE, until_then: BindParameter[datetime] | None) -> ColumnElement[bool]:
    """Whether the customer did something after being told. `seen_at` is only the last time, so for a past evening each
    contact is looked at."""
    if until_then is None:
        return known.c.seen_at >= known.c.told_at
    did = and_(contacts.c.direction == "in", contacts.c.kind.not_in(NO_SIGNS))
    within = contacts.c.at.between(known.c.told_at, until_then)
    return there_is(contacts.c.customer_id == known.c.customer_id, did, within, correlate=[known])


def _paid_since(known: CTE, until_then: BindParameter[datetime] | None) -> ColumnElement[bool]:
    """A payment that came after they were told is a sign of life."""
    return there_is(
        accounts.c.customer_id == known.c.customer_id,
        payments.c.amount > 0,
        payments.c.facts_at >= known.c.told_at,
        _not_after(payments.c.facts_at, until_then),
        correlate=[known],
        of=WITH_PAYMENTS,
    )


def _is_queued(people: FromClause, until_then: BindParameter[datetime] | None = None) -> ColumnElement[bool]:
    return there_is(cases.c.customer_id == people.c.customer_id, _was_open(until_then), correlate=[people])


def _was_open(until_then: BindParameter[datetime] | None) -> ColumnElement[bool]:
    if until_then is None:
        return is_open()
    return and_(cases.c.opened_at <= until_then, or_(cases.c.closed_at.is_(None), cases.c.closed_at > until_then))


def _hold_was_active() -> ColumnElement[bool]:
    """Whether a hold was active on the past evening. `until` is checked, because a hold may have been ended late."""
    ended = or_(holds.c.ended_at.is_(None), holds.c.ended_at > EVENING)
    return and_(holds.c.set_at <= EVENING, holds.c.until >= DAY, ended)


def _not_after(at: ColumnElement[Any], until_then: BindParameter[datetime] | None) -> ColumnElement[bool]:
    return true() if until_then is None else at <= until_then


async def count_states(conn: AsyncConnection, audience: Audience, terms: Terms, day: date) -> dict[str, int]:
    """How many overdue customers of the audience are in each state."""
    counts = dict.fromkeys(STATES, 0)
    query = _counted(_shape_of(audience, terms))
    await for_sets(conn)
    for row in (await conn.execute(query, _values(audience, terms, day))).all():
        counts[row.state] = row.n
    return counts  # type: ignore[return-value]


@prepared
def _counted(shape: _Shape) -> Select[Any]:
    found = _states(shape)
    return select(found.c.state, func.count().label("n")).group_by(found.c.state)


async def silent_customers(conn: AsyncConnection, audience: Audience, terms: Terms, day: date) -> list[SilentDay]:
    query = _silent(_shape_of(audience, terms))
    await for_sets(conn)
    rows = (await conn.execute(query, _values(audience, terms, day))).all()
    return [SilentDay(row.customer_id, day, row.cause) for row in rows]


@prepared
def _silent(shape: _Shape) -> Select[Any]:
    found = _states(shape)
    return select(found.c.customer_id, found.c.cause).where(found.c.state == "silent").order_by(found.c.customer_id)


@dataclass(frozen=True, slots=True)
class Look:
    """Who is silent, and whether anybody's state is not written down yet. `states` has the state of everybody who is
    overdue, if that was asked."""

    silent: tuple[str, ...]
    unwritten: bool
    states: Mapping[str, str] = field(default_factory=dict)


async def look(
    conn: AsyncConnection,
    audience: Audience,
    terms: Terms,
    day: date,
    *,
    evening: bool,
    everybody: bool = False,
) -> Look:
    """Looks at the states of a day before anything is written: mostly there is nothing to be done. Whether they are
    written down is asked in the `evening` only."""
    await for_sets(conn)
    shape = replace(_shape_of(audience, terms), waiting=evening or everybody)
    query = _look(shape, evening, everybody)
    rows = (await conn.execute(query, _values(audience, terms, day))).all()
    silent = tuple(row.customer_id for row in rows if row.state == "silent")
    states = {row.customer_id: row.state for row in rows} if everybody else {}
    return Look(silent, unwritten=any(row.unwritten for row in rows), states=states)


@prepared
def _look(shape: _Shape, evening: bool, everybody: bool) -> Select[Any]:
    found = _states(shape)
    written = there_is(day_states.c.day == DAY, day_states.c.customer_id == found.c.customer_id, correlate=[found])
    unwritten = case((written, 0), else_=1) if evening else literal(0)
    seen = select(found.c.customer_id, found.c.state, unwritten.label("unwritten")).cte("seen")
    return select(seen) if everybody else select(seen).where(or_(seen.c.state == "silent", seen.c.unwritten == 1))


def about_to_be_silent(audience: Audience, terms: Terms, day: date) -> tuple[CTE, dict[str, Any]]:
    """The customers who are silent on `day` as of now, as rows for `cases_opening.open_for`, and their bind
    parameters."""
    return _about_to_be_silent(_shape_of(audience, terms)), _values(audience, terms, day)


@prepared
def _about_to_be_silent(shape: _Shape) -> CTE:
    found = _states(shape)
    return (
        select(
            found.c.customer_id,
            case((found.c.cause == "no_channel", CaseReason.UNREACHABLE.value), else_=found.c.cause).label("reason"),
            found.c.due_since,
        )
        .where(found.c.state == "silent")
        .cte("about_to_be_silent")
    )


# --- Each evening ----------------------------------------------------------------------------------------------------


async def write_evening(conn: AsyncConnection, audience: Audience, terms: Terms, day: date) -> None:
    """Stores, once, the state of every overdue customer of the audience on the evening of `day`."""
    statement = _evening(conn.dialect.name, _shape_of(audience, terms))
    await for_sets(conn)
    await conn.execute(statement, _values(audience, terms, day))


async def write_past_evening(
    conn: AsyncConnection, audience: Audience, terms: Terms, day: date, began: datetime
) -> None:
    """Stores the same for a past evening that began at `began`. The result is right if no fact has changed since then.
    Customers' actions, cases, holds and messages are taken as they were that evening. The cause of silence is always
    that the program was not running."""
    statement = _evening(conn.dialect.name, replace(_shape_of(audience, terms), past=True))
    await for_sets(conn)
    await conn.execute(statement, {**_values(audience, terms, day), EVENING.key: began})


@prepared
def _evening(dialect: str, shape: _Shape) -> Insert:
    found = _states(shape)
    cause = literal("not_running") if shape.past else found.c.cause
    silent = case((found.c.state == "silent", cause))
    rows = select(DAY, found.c.customer_id, found.c.state, silent, found.c.due_since).where(true())
    names = ["day", "customer_id", "state", "cause", "due_since"]
    return insert_in(dialect, day_states).from_select(names, rows).on_conflict_do_nothing()


async def count_days(conn: AsyncConnection, first: date, last: date) -> tuple[dict[str, int], list[SilentDay]]:
    """Counts customer-days by state from `first` to `last`, both included, and lists every silent one."""
    within = day_states.c.day.between(first, last)
    query = select(day_states.c.state, func.count().label("n")).where(within).group_by(day_states.c.state)
    counts: dict[str, int] = dict.fromkeys(STATES, 0)
    for row in (await conn.execute(query)).all():
        counts[row.state] = row.n
    holes = select(day_states).where(within, day_states.c.state == "silent")
    rows = (await conn.execute(holes.order_by(day_states.c.day, day_states.c.customer_id))).all()
    return counts, [SilentDay(row.customer_id, row.day, row.cause or "") for row in rows]
