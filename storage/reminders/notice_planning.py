"""Planning notices: which customer is to be told what, and which customers have no channel. `notices` sends them on.

A look (`ladder_look`) finds what is new. It is written by one INSERT for each table, however many accounts there are. A
notice is one message to one customer; its items are the instalments and steps that it is about.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Insert,
    Select,
    Text,
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
    Ladder,
)
from storage.runtime.customer_sets import CHOSEN, GivenRows, is_chosen
from storage.runtime.engine import insert_in, rows_made
from storage.runtime.prepared import BATCH, NOW, TODAY, prepared, there_is
from storage.runtime.statistics import for_sets
from storage.schema import Instant, customers, ladders, notice_items, notices

_INSTANT = notices.c.ended_at.type


@dataclass(frozen=True, slots=True)
class Plan:
    """For whom notices are planned, and under which policy."""

    audience: Audience
    ladder: Ladder
    policy_name: str


Item = tuple[str, str, str, date, str]  # customer, instalment, step, due date, the channel that reaches them first
_ITEMS = GivenRows(customer_id=Text(), instalment_id=Text(), step_id=Text(), due_date=Date(), expected_channel=Text())
_PEOPLE = GivenRows(customer_id=Text(), expected_channel=Text())


@dataclass(frozen=True, slots=True)
class News:
    """What customers are to be told that is new, and what they should be told and have no channel for."""

    to_plan: tuple[Item, ...] = ()
    to_note: tuple[Item, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.to_plan or self.to_note)

    @property
    def customer_ids(self) -> frozenset[str]:
        return frozenset(item[0] for item in (*self.to_plan, *self.to_note))

    def of(self, customer_ids: Collection[str] | None) -> News:
        """The part of it that is about these customers; None: about any."""
        if customer_ids is None:
            return self
        among = frozenset(customer_ids)
        return News(*(tuple(item for item in items if item[0] in among) for items in (self.to_plan, self.to_note)))


def may_be_planned(owed: CTE) -> ColumnElement[bool]:
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
    """Notices that were planned together: the batch's number, how many notices it has, and the customers among whom
    those are to whom they go."""

    number: int
    notices: int = 0
    customer_ids: tuple[str, ...] = ()


def _new_batch() -> int:
    """A number that no other batch has. It does not depend on the process or its clock."""
    return secrets.randbits(62)


async def plan(conn: AsyncConnection, by: Plan, items: Sequence[Item], window: Window, now: datetime) -> Batch:
    """Plans one notice for each customer of these items, which were found to be news for today. If a customer's notice
    still waits, the new items are added to it. Returns the batch of planned notices."""
    batch, dialect = _new_batch(), conn.dialect.name
    people = {item[0]: item[-1] for item in reversed(items)}
    planning, ladder, adding = _planning(dialect, by.policy_name, by.ladder.version)
    values = {TODAY.key: by.audience.today, NOW.key: now, BATCH.key: batch}
    hours = {"given_opening": window.opens, "given_closing": window.closes}
    given = _PEOPLE.values(dialect, list(people.items()))
    await for_sets(conn)
    count = await rows_made(conn, await conn.execute(planning, {**values, **hours, **given}))
    given = _ITEMS.values(dialect, items)
    if by.ladder.current:
        await conn.execute(ladder, {**values, **given})
    await conn.execute(adding, {**values, **given})
    return Batch(batch, count, tuple(people))


@prepared
def _planning(dialect: str, policy_name: str, version: str) -> tuple[Insert, Insert, Insert]:
    """Statements that insert the notices, the ladders that begin, and the items, in this order."""
    people = _PEOPLE.rows(dialect)
    rows = select(
        people.c.customer_id,
        TODAY,
        literal("planned"),
        bindparam("given_opening", type_=_INSTANT),
        bindparam("given_closing", type_=_INSTANT),
        literal(policy_name),
        literal(version),
        NOW,
        BATCH,
        people.c.expected_channel,
    )
    names = ["customer_id", "local_day", "state", "send_after", "expires_at", "policy", "policy_version", "planned_at"]
    planning = insert_in(dialect, notices).from_select([*names, "batch", "expected_channel"], rows.where(true()))
    # `coalesce` keeps the database from using the index on state, which would read every waiting notice for each row.
    waits = and_(
        notices.c.ended_at.is_(None), func.coalesce(notices.c.state, "") == "planned", notices.c.kind == "reminder"
    )
    # The unique index refuses a second waiting notice for a customer. A condition here would read the table that this
    # statement fills.
    return planning.on_conflict_do_nothing(), _begin_ladders(dialect, version), _add_items(dialect, version, waits)


async def note_unreachable(conn: AsyncConnection, by: Plan, items: Sequence[Item], now: datetime) -> int:
    """Stores what these customers should be told today and have no channel for, as was found. Returns how many notices
    that made."""
    dialect = conn.dialect.name
    noting, adding = _noting(dialect, by.policy_name, by.ladder.version)
    values = {TODAY.key: by.audience.today, NOW.key: now, BATCH.key: _new_batch()}
    people = [(customer_id, "") for customer_id in dict.fromkeys(item[0] for item in items)]
    await for_sets(conn)
    count = await rows_made(conn, await conn.execute(noting, {**values, **_PEOPLE.values(dialect, people)}))
    await conn.execute(adding, {**values, **_ITEMS.values(dialect, items)})
    return count


@prepared
def _noting(dialect: str, policy_name: str, version: str) -> tuple[Insert, Insert]:
    """Statements that insert notices which are not sent because the customer has no channel, and their items."""
    people = _PEOPLE.rows(dialect)
    names = ["customer_id", "local_day", "state", "reason", "send_after", "expires_at", "policy", "policy_version"]
    instants = [NOW.label(name) for name in ("send_after", "expires_at", "planned_at", "ended_at")]
    rows = select(
        people.c.customer_id,
        TODAY,
        literal("not_sent"),
        literal("no_channel"),
        *instants[:2],
        literal(policy_name),
        literal(version),
        *instants[2:],
        BATCH,
    )
    noting = insert_in(dialect, notices).from_select([*names, "planned_at", "ended_at", "batch"], rows)
    of_this_batch = and_(notices.c.ended_at == NOW, notices.c.batch == BATCH)
    return noting, _add_items(dialect, version, of_this_batch)


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
    values = {"given_opens": window.opens, "given_closes": window.closes}
    return int((await conn.execute(_waiting(), values)).scalar_one())


@prepared
def _waiting() -> Select[*tuple[Any, ...]]:
    opens, closes = bindparam("given_opens", type_=Instant()), bindparam("given_closes", type_=Instant())
    within = (notices.c.state == "planned", notices.c.send_after < closes, notices.c.expires_at > opens)
    return select(func.count()).select_from(notices).where(*within)


earliest_hour = func.coalesce(customers.c.remind_hour, customers.c.foreseen_hour)  # `Wishes.from_hour`


async def hours_chosen(conn: AsyncConnection, batch: Batch) -> list[tuple[str, int]]:
    """The time zones and hours of the customers in this batch who chose an hour, or whose hour is foreseen."""
    rows = (await conn.execute(_hours_chosen(), {CHOSEN.key: batch.customer_ids})).all()
    return [(row.zone, row.hour) for row in rows]


@prepared
def _hours_chosen() -> Select[*tuple[Any, ...]]:
    chose = select(customers.c.zone, earliest_hour.label("hour")).where(earliest_hour.is_not(None))
    return chose.where(is_chosen(customers.c.customer_id)).distinct()


async def wait_for_hour(conn: AsyncConnection, batch: Batch, zone: str, hour: int, at: datetime) -> None:
    """Lets the notices of this batch to customers of that zone with that hour wait for it."""
    chose = there_is(
        customers.c.customer_id == notices.c.customer_id,
        customers.c.zone == zone,
        earliest_hour == hour,
        correlate=[notices],
    )
    waits = update(notices).where(*_planned_in(batch), notices.c.send_after < at, chose)
    await conn.execute(waits.values(send_after=at), {CHOSEN.key: batch.customer_ids})


async def spread(conn: AsyncConnection, batch: Batch, window: Window, over: Sequence[datetime]) -> None:
    """Spreads the notices of this batch, which were planned for the opening of these hours, over these instants."""
    turn = notices.c.notice_id % len(over)
    instants = {number: literal(at, notices.c.send_after.type) for number, at in enumerate(over)}
    planned_now = (*_planned_in(batch), notices.c.send_after == window.opens)
    spreading = update(notices).where(*planned_now).values(send_after=case(instants, value=turn))
    await conn.execute(spreading, {CHOSEN.key: batch.customer_ids})


def _planned_in(batch: Batch) -> tuple[ColumnElement[bool], ...]:
    """It is found by its customers: there is no index for batches, and a search by state would read all that waits."""
    planned = func.coalesce(notices.c.state, "") == "planned"
    return is_chosen(notices.c.customer_id), notices.c.ended_at.is_(None), planned, notices.c.batch == batch.number


def _begin_ladders(dialect: str, version: str) -> Insert:
    """Keeps the policy version under which a customer is first told of a debt: all its later steps use that version."""
    new = _ITEMS.rows(dialect)
    rows = select(new.c.instalment_id, new.c.due_date, literal(version), NOW).distinct()
    names = ["instalment_id", "due_date", "policy_version", "begun_at"]
    return insert_in(dialect, ladders).from_select(names, rows.where(true())).on_conflict_do_nothing()


def _add_items(dialect: str, version: str, of_notice: ColumnElement[bool]) -> Insert:
    """The notice is looked up row by row, because PostgreSQL does not know yet how many notices there are."""
    new = _ITEMS.rows(dialect)
    waiting_notice = select(notices.c.notice_id).where(notices.c.customer_id == new.c.customer_id, of_notice)
    asked = select(
        waiting_notice.correlate(new).scalar_subquery().label("notice_id"),
        new.c.instalment_id,
        new.c.step_id,
        new.c.due_date,
        literal(version),
    )
    # With OFFSET it stays a query of its own, which looks for each notice once; else the condition below looks again.
    told = asked.offset(0).subquery()
    rows = select(told).where(told.c.notice_id.is_not(None))
    names = ["notice_id", "instalment_id", "step_id", "due_date", "policy_version"]
    adding = insert_in(dialect, notice_items).from_select(names, rows)
    # A due date may have moved since the waiting notice was planned: the item is about the new one from now on.
    moved = {name: adding.excluded[name] for name in ("due_date", "policy_version")}
    return adding.on_conflict_do_update(
        index_elements=["notice_id", "instalment_id", "step_id"],
        set_=moved,
        where=notice_items.c.due_date != adding.excluded.due_date,
    )
