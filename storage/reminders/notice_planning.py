"""Planning notices: which customer is to be told what, and which customers have no channel. `notices` sends them on.

Planning is one INSERT … SELECT for each day, segment and ladder, however many accounts there are. A notice is one
message to one customer; its items are the instalments and steps that it is about.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy.sending_hours import Window
from bot.rules.reminders.due_today import MENDED_AT_ANY_TIME
from storage.facts.debts import (
    Audience,
    Kind,
    Ladder,
    Minimums,
    StepDates,
    StepShape,
    can_reach_on_step,
    dates_of,
    debts,
    first_that_reaches,
)
from storage.runtime.engine import insert_in, rows_made
from storage.runtime.prepared import BATCH, NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import customers, ladders, notice_items, notices

_INSTANT = notices.c.ended_at.type


@dataclass(frozen=True, slots=True)
class Plan:
    """What planning for one audience depends on."""

    audience: Audience
    steps: Sequence[StepDates]
    minimums: Minimums
    ladder: Ladder
    policy_name: str
    channels: Collection[str]  # those that are set up

    def for_these(self, customer_ids: Sequence[str]) -> Plan:
        """The same for some customers of the audience."""
        return replace(self, audience=replace(self.audience, customer_ids=tuple(customer_ids)))


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides the form of the planning statements; day and audience are bind parameters."""

    dialect: str
    kind: Kind
    steps: tuple[StepShape, ...]
    minimums: Minimums
    ladder: Ladder
    policy_name: str
    channels: tuple[str, ...]


def _shape_of(conn: AsyncConnection, by: Plan) -> _Shape:
    return _Shape(
        conn.dialect.name,
        by.audience.kind,
        tuple(step.shape for step in by.steps),
        by.minimums,
        by.ladder,
        by.policy_name,
        tuple(by.channels),
    )


@dataclass(frozen=True, slots=True)
class News:
    """Customers to be told something new, and those who should be and have no channel."""

    to_plan: tuple[str, ...] = ()
    to_note: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.to_plan or self.to_note)

    def of(self, customer_ids: Collection[str] | None) -> News:
        """The part of it that is about these customers; None: about any."""
        if customer_ids is None:
            return self
        among = frozenset(customer_ids)
        return News(*(tuple(each for each in ids if each in among) for ids in (self.to_plan, self.to_note)))


async def news(conn: AsyncConnection, by: Plan) -> News:
    """Looks before anything is written: most looks end here."""
    if not by.steps:
        return News()
    values = {**by.audience.values(), **dates_of(by.steps)}
    await for_sets(conn)
    rows = (await conn.execute(_news(_shape_of(conn, by)), values)).all()
    return News(
        tuple(dict.fromkeys(row.customer_id for row in rows if row.to_plan)),
        tuple(dict.fromkeys(row.customer_id for row in rows if row.to_note)),
    )


@prepared
def _news(shape: _Shape) -> Select[int, int]:
    owed = debts(shape.kind, shape.steps, shape.minimums, shape.ladder)
    reached = can_reach_on_step(owed, shape.channels)
    to_plan = and_(reached, _may_be_planned(owed))
    to_note = and_(~reached, ~told(owed, true()))
    found = select(
        owed.c.customer_id,
        case((to_plan, 1), else_=0).label("to_plan"),
        case((to_note, 1), else_=0).label("to_note"),
    ).cte("found")
    return select(found).where(or_(found.c.to_plan == 1, found.c.to_note == 1))


def _may_be_planned(owed: CTE) -> ColumnElement[bool]:
    """The customer did not turn reminders off or let them pause, and no notice about this debt and step was sent or
    is planned. A notice that was not sent today is not planned again today, unless planning itself checks the
    reason."""
    them = customers.c.customer_id == owed.c.customer_id
    silent = or_(customers.c.stopped_at.is_not(None), customers.c.paused_until >= TODAY)
    stopped = there_is(them, silent, correlate=[owed])
    today = and_(notices.c.local_day == TODAY, notices.c.reason.not_in(MENDED_AT_ANY_TIME))
    return and_(~stopped, ~told(owed, or_(notices.c.state != "not_sent", today)))


@dataclass(frozen=True, slots=True)
class Batch:
    """Notices that were planned together: the batch's number, and how many notices it has."""

    number: int
    notices: int = 0


def _new_batch() -> int:
    """A number that no other batch has. It does not depend on the process or its clock."""
    return secrets.randbits(62)


async def plan(conn: AsyncConnection, by: Plan, window: Window, now: datetime) -> Batch:
    """Plans one notice for each customer of the audience who is to be told something new today. If a customer's notice
    still waits, the new items are added to it. Returns the batch of planned notices."""
    batch = _new_batch()
    if not by.steps:
        return Batch(batch)
    planning, *and_then = _planning(_shape_of(conn, by))
    hours = {"given_opening": window.opens, "given_closing": window.closes}
    values = {**by.audience.values(), **dates_of(by.steps), **hours, NOW.key: now, BATCH.key: batch}
    await for_sets(conn)
    count = await rows_made(conn, await conn.execute(planning, values))
    for statement in and_then:
        await conn.execute(statement, values)
    return Batch(batch, count)


@prepared
def _planning(shape: _Shape) -> tuple[Insert, ...]:
    """Statements that insert the notices, the ladders that begin, and the items, in this order."""
    owed = debts(shape.kind, shape.steps, shape.minimums, shape.ladder)
    expected = first_that_reaches(owed, shape.channels).label("expected_channel")
    new = select(owed, expected).where(can_reach_on_step(owed, shape.channels), _may_be_planned(owed)).cte("new")
    rows = select(
        new.c.customer_id,
        TODAY,
        literal("planned"),
        bindparam("given_opening", type_=_INSTANT),
        bindparam("given_closing", type_=_INSTANT),
        literal(shape.policy_name),
        literal(shape.ladder.version),
        NOW,
        BATCH,
        new.c.expected_channel,
    )
    names = ["customer_id", "local_day", "state", "send_after", "expires_at", "policy", "policy_version", "planned_at"]
    names += ["batch", "expected_channel"]
    planning = insert_in(shape.dialect, notices).from_select(names, rows.where(true()).distinct())
    ladder = [_begin_ladders(shape, new)] if shape.ladder.current else []
    # `coalesce` keeps the database from using the index on state, which would read every waiting notice for each row.
    waits = and_(
        notices.c.ended_at.is_(None), func.coalesce(notices.c.state, "") == "planned", notices.c.kind == "reminder"
    )
    items = _add_items(shape, new, waits)
    # The unique index refuses a second waiting notice for a customer. A condition here would read the table that this
    # statement fills.
    return planning.on_conflict_do_nothing(), *ladder, items


async def note_unreachable(conn: AsyncConnection, by: Plan, now: datetime) -> int:
    """Stores, once for each step, which customers should be told something today and have no channel. Returns how
    many notices that made."""
    if not by.steps:
        return 0
    noting, items = _noting(_shape_of(conn, by))
    values = {**by.audience.values(), **dates_of(by.steps), NOW.key: now, BATCH.key: _new_batch()}
    await for_sets(conn)
    count = await rows_made(conn, await conn.execute(noting, values))
    await conn.execute(items, values)
    return count


@prepared
def _noting(shape: _Shape) -> tuple[Insert, Insert]:
    """Statements that insert notices which are not sent because the customer has no channel, and their items."""
    owed = debts(shape.kind, shape.steps, shape.minimums, shape.ladder)
    new = select(owed).where(~can_reach_on_step(owed, shape.channels), ~told(owed, true())).cte("new")
    names = ["customer_id", "local_day", "state", "reason", "send_after", "expires_at", "policy", "policy_version"]
    instants = [NOW.label(name) for name in ("send_after", "expires_at", "planned_at", "ended_at")]
    rows = select(
        new.c.customer_id,
        TODAY,
        literal("not_sent"),
        literal("no_channel"),
        *instants[:2],
        literal(shape.policy_name),
        literal(shape.ladder.version),
        *instants[2:],
        BATCH,
    )
    names += ["planned_at", "ended_at", "batch"]
    noting = insert_in(shape.dialect, notices).from_select(names, rows.distinct())
    return noting, _add_items(shape, new, notices.c.batch == BATCH)


def told(owed: CTE, which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a notice that matches `which` is about this debt and step."""
    return there_is(
        notice_items.c.instalment_id == owed.c.instalment_id,
        notice_items.c.step_id == owed.c.step_id,
        notice_items.c.due_date == owed.c.due_date,
        there_is(notices.c.notice_id == notice_items.c.notice_id, which, correlate=[notice_items]),
        correlate=[owed],
    )


async def waiting_in(conn: AsyncConnection, window: Window) -> int:
    """How many planned notices may be sent within these hours."""
    within = (notices.c.state == "planned", notices.c.send_after < window.closes, notices.c.expires_at > window.opens)
    return int((await conn.execute(select(func.count()).select_from(notices).where(*within))).scalar_one())


async def hours_chosen(conn: AsyncConnection, batch: Batch) -> list[tuple[str, int]]:
    """The time zones and hours of the customers in this batch who chose an hour."""
    rows = select(customers.c.zone, customers.c.remind_hour).where(
        customers.c.remind_hour.is_not(None),
        customers.c.customer_id.in_(select(notices.c.customer_id).where(notices.c.batch == batch.number)),
    )
    return [(row.zone, row.remind_hour) for row in (await conn.execute(rows.distinct())).all()]


async def wait_for_hour(conn: AsyncConnection, batch: Batch, zone: str, hour: int, at: datetime) -> None:
    """Lets the notices of this batch to customers of that zone who chose that hour wait for it."""
    chose = select(customers.c.customer_id).where(customers.c.zone == zone, customers.c.remind_hour == hour)
    theirs = (notices.c.batch == batch.number, notices.c.state == "planned", notices.c.send_after < at)
    waits = update(notices).where(*theirs, notices.c.customer_id.in_(chose))
    await conn.execute(waits.values(send_after=at))


async def spread(conn: AsyncConnection, batch: Batch, window: Window, over: Sequence[datetime]) -> None:
    """Spreads the notices of this batch, which were planned for the opening of these hours, over these instants."""
    turn = notices.c.notice_id % len(over)
    instants = {number: literal(at, notices.c.send_after.type) for number, at in enumerate(over)}
    planned_now = (
        notices.c.state == "planned",
        notices.c.batch == batch.number,
        notices.c.send_after == window.opens,
    )
    await conn.execute(update(notices).where(*planned_now).values(send_after=case(instants, value=turn)))


def _begin_ladders(shape: _Shape, new: CTE) -> Insert:
    """Keeps the policy version under which a customer is first told of a debt: all its later steps use that version."""
    rows = select(new.c.instalment_id, new.c.due_date, literal(shape.ladder.version), NOW).distinct()
    names = ["instalment_id", "due_date", "policy_version", "begun_at"]
    return insert_in(shape.dialect, ladders).from_select(names, rows.where(true())).on_conflict_do_nothing()


def _add_items(shape: _Shape, new: CTE, of_notice: ColumnElement[bool]) -> Insert:
    """The notice is looked up row by row, because PostgreSQL does not know yet how many notices there are."""
    waiting_notice = select(notices.c.notice_id).where(notices.c.customer_id == new.c.customer_id, of_notice)
    told = select(
        waiting_notice.correlate(new).scalar_subquery().label("notice_id"),
        new.c.instalment_id,
        new.c.step_id,
        new.c.due_date,
        literal(shape.ladder.version),
    ).subquery()
    rows = select(told).where(told.c.notice_id.is_not(None))
    names = ["notice_id", "instalment_id", "step_id", "due_date", "policy_version"]
    adding = insert_in(shape.dialect, notice_items).from_select(names, rows)
    # A due date may have moved since the waiting notice was planned: the item is about the new one from now on.
    moved = {name: adding.excluded[name] for name in ("due_date", "policy_version")}
    return adding.on_conflict_do_update(
        index_elements=["notice_id", "instalment_id", "step_id"],
        set_=moved,
        where=notice_items.c.due_date != adding.excluded.due_date,
    )
