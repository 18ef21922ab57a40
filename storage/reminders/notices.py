"""Notices: what is planned to be said to whom, claimed, and what became of it.

Planning is one INSERT … SELECT for each day, segment and ladder, whatever the number of accounts. A notice is one
message to one customer; its items are the instalments and steps that it tells.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Integer, Text, and_, bindparam, case, exists, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy.sending_hours import Window
from bot.rules.reminders.send_check import NOT_OWED, PlannedItem
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
)
from storage.runtime.engine import insert, insert_in, rows_made
from storage.runtime.prepared import BATCH, NOW, TODAY, prepared, there_is
from storage.runtime.statistics import count_after, for_sets
from storage.schema import contacts, customers, dead_channels, ladders, links, notice_items, notices

# Why a notice was not sent, where planning leaves the debt out for as long as the reason holds: a payment may be taken
# back, a due date moved to and fro, a customer may travel, turn reminders on or let the bot in again on the same day.
CLOCK_BACK = "clock_back"  # it was planned, or ended, by a clock that was ahead
MENDED_AT_ANY_TIME = (
    CLOCK_BACK,
    *("no_channel", *NOT_OWED, "on_hold", "disputed", "due_date_moved", "no_longer_true", "stopped"),
    *("blocked", "deactivated", "cannot_initiate", "chat_not_found", "is_a_bot", "bounced", "bad_address"),
)

_INSTANT = notices.c.ended_at.type


@dataclass(frozen=True, slots=True)
class Notice:
    """A claimed notice. `channel` was tried last and since when, `given_up` could not."""

    notice_id: int
    customer_id: str
    attempts: int
    channel: str | None
    channel_since: datetime | None
    given_up: tuple[str, ...]
    items: tuple[PlannedItem, ...]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a customer can be reached now: an address for each channel that is not dead."""

    telegram: str | None = None
    email: str | None = None
    sms: str | None = None
    push: str | None = None

    def of(self, channel: str) -> str | None:
        address: str | None = getattr(self, channel)
        return address


@dataclass(frozen=True, slots=True)
class Plan:
    """What planning for an audience goes by."""

    audience: Audience
    steps: Sequence[StepDates]
    minimums: Minimums
    ladder: Ladder
    policy_name: str
    channels: Collection[str]  # set up


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the statements of planning look like, whatever the day and the audience."""

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
    """Whether there is anybody to be told something new, and anybody who should be and has no channel."""

    to_plan: bool = False
    to_note: bool = False

    def __bool__(self) -> bool:
        return self.to_plan or self.to_note


async def news(conn: AsyncConnection, by: Plan) -> News:
    """Looks before anything is written: most rounds of planning end here."""
    if not by.steps:
        return News()
    values = {**by.audience.values(), **dates_of(by.steps)}
    await for_sets(conn)
    row = (await conn.execute(_news(_shape_of(conn, by)), values)).one()
    return News(bool(row.to_plan), bool(row.to_note))


@prepared
def _news(shape: _Shape) -> Any:
    owed = debts(shape.kind, shape.steps, shape.minimums, shape.ladder)
    reached = can_reach_on_step(owed, shape.channels)

    def any_row(*which: Any) -> Any:
        return func.max(case((and_(*which), 1), else_=0))

    return select(
        any_row(reached, _may_be_planned(owed)).label("to_plan"),
        any_row(~reached, ~told(owed, true())).label("to_note"),
    )


def _may_be_planned(owed: CTE) -> Any:
    """They did not turn reminders off, and were neither told nor are about to be; what was not sent today is not
    planned again today, unless the reason was one that planning sees for itself."""
    stopped = exists().where(customers.c.customer_id == owed.c.customer_id, customers.c.stopped_at.is_not(None))
    today = and_(notices.c.local_day == TODAY, notices.c.reason.not_in(MENDED_AT_ANY_TIME))
    return and_(~stopped, ~told(owed, or_(notices.c.state != "not_sent", today)))


@dataclass(frozen=True, slots=True)
class Batch:
    """Notices that were planned together: their number, and how many there are."""

    number: int
    notices: int = 0


def _new_batch() -> int:
    """A number that no other set of notices has, whichever process makes it and whatever its clock says."""
    return secrets.randbits(62)


async def plan(conn: AsyncConnection, by: Plan, window: Window, now: datetime) -> Batch:
    """Plans one notice for each customer of the audience who has something new to be told today, and adds what is new
    to a notice that still waits. Returns the notices that were planned."""
    batch = _new_batch()
    if not by.steps:
        return Batch(batch)
    planning, *and_then = _planning(_shape_of(conn, by))
    hours = {"its_opening": window.opens, "its_closing": window.closes}
    values = {**by.audience.values(), **dates_of(by.steps), **hours, NOW.key: now, BATCH.key: batch}
    await for_sets(conn)
    count = await rows_made(conn, await conn.execute(planning, values))
    for statement in and_then:
        await conn.execute(statement, values)
    await count_after(conn, count, notices, notice_items, ladders)
    return Batch(batch, count)


@prepared
def _planning(shape: _Shape) -> tuple[Any, ...]:
    """The notices about what is new, the ladders that begin, and the items."""
    owed = debts(shape.kind, shape.steps, shape.minimums, shape.ladder)
    new = select(owed).where(can_reach_on_step(owed, shape.channels), _may_be_planned(owed)).cte("new")
    rows = select(
        new.c.customer_id,
        TODAY,
        literal("planned"),
        bindparam("its_opening", type_=_INSTANT),
        bindparam("its_closing", type_=_INSTANT),
        literal(shape.policy_name),
        literal(shape.ladder.version),
        NOW,
        BATCH,
    )
    names = ["customer_id", "local_day", "state", "send_after", "expires_at", "policy", "policy_version", "planned_at"]
    planning = insert_in(shape.dialect, notices).from_select([*names, "batch"], rows.where(true()).distinct())
    ladder = [_begin_ladders(shape, new)] if shape.ladder.current else []
    # Asked by the state as it is, the index of states would be taken, and all that wait looked at for each of them.
    waits = and_(notices.c.ended_at.is_(None), func.coalesce(notices.c.state, "") == "planned")
    items = _add_items(shape, new, waits)
    # Who has a notice that waits gets no second one, by the unique index: to look for them here would be to read the
    # table that this fills.
    return planning.on_conflict_do_nothing(), *ladder, items


async def note_unreachable(conn: AsyncConnection, by: Plan, now: datetime) -> int:
    """Writes down, once for each step, who should be told something today and has no channel that could."""
    if not by.steps:
        return 0
    noting, items = _noting(_shape_of(conn, by))
    values = {**by.audience.values(), **dates_of(by.steps), NOW.key: now, BATCH.key: _new_batch()}
    await for_sets(conn)
    count = await rows_made(conn, await conn.execute(noting, values))
    await conn.execute(items, values)
    await count_after(conn, count, notices, notice_items)
    return count


@prepared
def _noting(shape: _Shape) -> tuple[Any, Any]:
    """Notices that are not sent for want of a channel, and their items."""
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


def told(owed: CTE, which: Any) -> Any:
    """A notice of which `which` holds tells of this debt and step."""
    return there_is(
        notice_items.c.instalment_id == owed.c.instalment_id,
        notice_items.c.step_id == owed.c.step_id,
        notice_items.c.due_date == owed.c.due_date,
        there_is(notices.c.notice_id == notice_items.c.notice_id, which, correlate=[notice_items]),
        correlate=[owed],
    )


async def waiting_in(conn: AsyncConnection, window: Window) -> int:
    """How many notices wait that may be sent within these hours."""
    within = (notices.c.state == "planned", notices.c.send_after < window.closes, notices.c.expires_at > window.opens)
    return int((await conn.execute(select(func.count()).select_from(notices).where(*within))).scalar_one())


async def spread(conn: AsyncConnection, batch: Batch, window: Window, over: Sequence[datetime]) -> None:
    """Has the notices of this batch, planned for the opening of these hours, sent at one of these instants each."""
    turn = notices.c.notice_id % len(over)
    instants = {number: literal(at, notices.c.send_after.type) for number, at in enumerate(over)}
    planned_now = (
        notices.c.state == "planned",
        notices.c.batch == batch.number,
        notices.c.send_after == window.opens,
    )
    await conn.execute(update(notices).where(*planned_now).values(send_after=case(instants, value=turn)))


def _begin_ladders(shape: _Shape, new: CTE) -> Any:
    """Who is first told of a debt under a version is told all of it under that version."""
    rows = select(new.c.instalment_id, new.c.due_date, literal(shape.ladder.version), NOW).distinct()
    names = ["instalment_id", "due_date", "policy_version", "begun_at"]
    return insert_in(shape.dialect, ladders).from_select(names, rows.where(true())).on_conflict_do_nothing()


def _add_items(shape: _Shape, new: CTE, of_notice: Any) -> Any:
    """The customer's notice is looked up row by row: PostgreSQL does not know yet how many there are."""
    its_notice = select(notices.c.notice_id).where(notices.c.customer_id == new.c.customer_id, of_notice)
    told = select(
        its_notice.correlate(new).scalar_subquery().label("notice_id"),
        new.c.instalment_id,
        new.c.step_id,
        new.c.due_date,
        literal(shape.ladder.version),
    ).subquery()
    rows = select(told).where(told.c.notice_id.is_not(None))
    names = ["notice_id", "instalment_id", "step_id", "due_date", "policy_version"]
    return insert_in(shape.dialect, notice_items).from_select(names, rows).on_conflict_do_nothing()


async def versions_in_use(conn: AsyncConnection) -> list[str]:
    """The policy versions whose ladders were begun and may not be finished."""
    return list((await conn.execute(select(ladders.c.policy_version).distinct())).scalars())


# --- Sending ---------------------------------------------------------------------------------------------------------


async def are_any_due(conn: AsyncConnection, worker: str, now: datetime, lost_before: datetime) -> bool:
    """Whether there is anything to claim, to free or to expire: a sender that looks twice a second writes nothing for
    it as long as there is not."""
    values = {NOW.key: now, "its_worker": worker, "its_limit": lost_before}
    return bool((await conn.execute(_any_due(), values)).scalar_one())


@prepared
def _any_due() -> Any:
    waits = notices.c.state == "planned"
    due, late = exists().where(waits, notices.c.send_after <= NOW), exists().where(waits, notices.c.expires_at <= NOW)
    return select(or_(due, late, exists().where(*_is_lost())))


async def claim(conn: AsyncConnection, worker: str, now: datetime, limit: int, *, arrives_by: datetime) -> list[Notice]:
    """Takes up to `limit` notices that are due and will not have expired by `arrives_by`, what expires soonest first;
    nobody else gets them."""
    values = {NOW.key: now, "its_worker": worker, "its_limit": limit, "it_arrives_by": arrives_by}
    rows = (await conn.execute(_claiming(), values)).all()
    if not rows:
        return []
    items: dict[int, list[PlannedItem]] = defaultdict(list)
    listed = select(notice_items).where(notice_items.c.notice_id.in_([r.notice_id for r in rows]))
    for item in (await conn.execute(listed)).all():
        items[item.notice_id].append(PlannedItem(item.instalment_id, item.step_id, item.due_date, item.policy_version))
    return [
        Notice(
            notice_id=r.notice_id,
            customer_id=r.customer_id,
            attempts=r.attempts,
            channel=r.channel,
            channel_since=r.channel_since,
            given_up=tuple(filter(None, r.given_up.split(","))),
            items=tuple(items[r.notice_id]),
        )
        for r in sorted(rows, key=lambda row: row.notice_id)
    ]


@prepared
def _claiming() -> Any:
    due = (
        select(notices.c.notice_id)
        .where(notices.c.state == "planned", notices.c.send_after <= NOW)
        .where(notices.c.expires_at > bindparam("it_arrives_by", type_=_INSTANT))
        .order_by(notices.c.expires_at, notices.c.notice_id)
        .limit(bindparam("its_limit", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    claimed_by = bindparam("its_worker", type_=Text())
    return (
        update(notices)
        .where(notices.c.notice_id.in_(due), notices.c.state == "planned")
        .values(state="claimed", claimed_by=claimed_by, claimed_at=NOW, attempts=notices.c.attempts + 1)
        .returning(
            notices.c.notice_id,
            notices.c.customer_id,
            notices.c.attempts,
            notices.c.channel,
            notices.c.channel_since,
            notices.c.given_up,
        )
    )


async def free_lost_claims(conn: AsyncConnection, worker: str, before: datetime) -> int:
    """Gives back what others claimed before then and never finished: they were killed while it was in flight."""
    return (await conn.execute(_freeing(), {"its_worker": worker, "its_limit": before})).rowcount


@prepared
def _freeing() -> Any:
    lost = update(notices).where(*_is_lost())
    return lost.values(state="planned", reason="claim_lost", claimed_by=None, claimed_at=None)


def _is_lost() -> tuple[Any, ...]:
    others = notices.c.claimed_by != bindparam("its_worker", type_=Text())
    return notices.c.state == "claimed", others, notices.c.claimed_at < bindparam("its_limit", type_=_INSTANT)


async def give_back(conn: AsyncConnection, worker: str, notice_ids: Sequence[int]) -> None:
    """Gives back claims of one's own of which nothing has left."""
    mine = (notices.c.notice_id.in_(notice_ids), notices.c.state == "claimed", notices.c.claimed_by == worker)
    free = {"state": "planned", "reason": "claim_lost", "claimed_by": None, "claimed_at": None}
    await conn.execute(update(notices).where(*mine).values(**free))


async def expire(conn: AsyncConnection, now: datetime) -> int:
    """Ends what was not sent within its hours; the next day's planning takes up what is still true."""
    return (await conn.execute(_expiring(), {NOW.key: now})).rowcount


@prepared
def _expiring() -> Any:
    late = update(notices).where(notices.c.state == "planned", notices.c.expires_at <= NOW)
    return late.values(state="not_sent", reason=func.coalesce(notices.c.reason, "hours_ended"), ended_at=NOW)


async def accepted(conn: AsyncConnection, notices_taken: Sequence[tuple[int, str, str]], now: datetime) -> None:
    """Channels took these notices: each with its id, the channel, and the channel's own name for it. That counts also
    where the claim was given to another meanwhile: who has the message shall not get it again."""
    rows = [{"notice": id_, "by": channel, "its_name": name} for id_, channel, name in notices_taken]
    if not rows:
        return
    taken = (
        update(notices)
        .where(notices.c.notice_id == bindparam("notice"), notices.c.state.in_(("planned", "claimed")))
        .values(state="accepted", channel=bindparam("by"), reference=bindparam("its_name"), reason=None, ended_at=now)
    )
    await conn.execute(taken, rows)


async def not_sent(conn: AsyncConnection, notice_id: int, worker: str, reason: str, now: datetime) -> None:
    await _end(conn, notice_id, worker, state="not_sent", reason=reason, ended_at=now)


async def put_back(
    conn: AsyncConnection,
    notice_id: int,
    worker: str,
    reason: str,
    send_after: datetime,
    *,
    expires_at: datetime | None = None,
    given_up: Sequence[str] | None = None,
) -> None:
    """Not now: it waits until `send_after`, and why is kept. `given_up` are the channels that could not."""
    changes: dict[str, Any] = {
        "state": "planned",
        "reason": reason,
        "send_after": send_after,
        "claimed_by": None,
        "claimed_at": None,
    }
    if expires_at is not None:
        changes["expires_at"] = expires_at
    if given_up is not None:
        changes |= {"given_up": ",".join(given_up), "channel": None, "channel_since": None}
    await _end(conn, notice_id, worker, **changes)


async def leave_out(
    conn: AsyncConnection, notice_id: int, items: Sequence[tuple[PlannedItem, str]], now: datetime
) -> None:
    """Takes items (each with why) out of a notice that goes without them, into notices that were not sent: what was
    not told is never taken for told, and the reason is kept."""
    by_reason: dict[str, list[PlannedItem]] = defaultdict(list)
    for item, reason in items:
        by_reason[reason].append(item)
    copied = ("customer_id", "local_day", "policy", "policy_version", "planned_at", "send_after", "expires_at")
    names = [*copied, "state", "reason", "ended_at"]
    for reason, left_out in by_reason.items():
        ends = (literal("not_sent"), literal(reason), literal(now, notices.c.ended_at.type))
        row = select(*(notices.c[name] for name in copied), *ends).where(notices.c.notice_id == notice_id)
        made = await conn.execute(insert(conn, notices).from_select(names, row).returning(notices.c.notice_id))
        theirs = [
            and_(notice_items.c.instalment_id == item.instalment_id, notice_items.c.step_id == item.step_id)
            for item in left_out
        ]
        moved = update(notice_items).where(notice_items.c.notice_id == notice_id, or_(*theirs))
        await conn.execute(moved.values(notice_id=made.scalar_one()))


async def times_in_doubt(conn: AsyncConnection, notice_ids: Sequence[int]) -> Counter[tuple[int, str]]:
    """How often each notice left over a channel and nobody knows whether it arrived: no answer came, or the program
    was killed before it wrote the answer down."""
    if not notice_ids:
        return Counter()
    unknown = or_(contacts.c.state == "attempted", contacts.c.reason == "in_doubt")
    query = (
        select(contacts.c.notice_id, contacts.c.channel, func.count().label("n"))
        .where(contacts.c.notice_id.in_(notice_ids), contacts.c.direction == "out", unknown)
        .group_by(contacts.c.notice_id, contacts.c.channel)
    )
    return Counter({(row.notice_id, row.channel): row.n for row in (await conn.execute(query)).all()})


async def begin_channels(conn: AsyncConnection, worker: str, channel_of: Mapping[int, str], now: datetime) -> None:
    """A channel is tried for the first time for each of these notices; its deadline counts from now."""
    rows = [{"notice": id_, "by": channel} for id_, channel in channel_of.items()]
    await _end_each(conn, worker, rows, channel=bindparam("by"), channel_since=now)


async def _end(conn: AsyncConnection, notice_id: int, worker: str, **changes: Any) -> None:
    mine = (notices.c.notice_id == notice_id, notices.c.state == "claimed", notices.c.claimed_by == worker)
    await conn.execute(update(notices).where(*mine).values(**changes))


async def _end_each(conn: AsyncConnection, worker: str, rows: Sequence[Mapping[str, Any]], **changes: Any) -> None:
    """The same change to each of the claimed notices that `rows` name under `notice`."""
    if not rows:
        return
    mine = (notices.c.notice_id == bindparam("notice"), notices.c.state == "claimed", notices.c.claimed_by == worker)
    await conn.execute(update(notices).where(*mine).values(**changes), list(rows))


async def accepted_since(
    conn: AsyncConnection, customer_ids: Sequence[str], since: datetime
) -> dict[str, list[datetime]]:
    """When each of these customers was last sent a reminder that a channel accepted."""
    query = select(notices.c.customer_id, notices.c.ended_at).where(
        notices.c.customer_id.in_(customer_ids), notices.c.state == "accepted", notices.c.ended_at >= since
    )
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in (await conn.execute(query)).all():
        found[row.customer_id].append(row.ended_at)
    return found


async def addresses(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, Addresses]:
    """Where each of these customers can be reached now."""
    query = (
        select(customers.c.customer_id, customers.c.email, customers.c.phone, links.c.user_id)
        .outerjoin(links, and_(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None)))
        .where(customers.c.customer_id.in_(customer_ids))
    )
    buried = select(dead_channels.c.customer_id, dead_channels.c.channel).where(
        dead_channels.c.customer_id.in_(customer_ids)
    )
    dead = {(row.customer_id, row.channel) for row in (await conn.execute(buried)).all()}
    found: dict[str, Addresses] = {}
    for row in (await conn.execute(query)).all():
        known = {
            "telegram": None if row.user_id is None else str(row.user_id),
            "email": row.email,
            "sms": row.phone,
            "push": row.customer_id,
        }
        living = {c: address for c, address in known.items() if (row.customer_id, c) not in dead}
        found[row.customer_id] = Addresses(**living)
    return found


async def next_due(conn: AsyncConnection) -> datetime | None:
    """When the next planned notice may be sent."""
    query = select(func.min(notices.c.send_after)).where(notices.c.state == "planned")
    first: datetime | None = (await conn.execute(query)).scalar()
    return first
