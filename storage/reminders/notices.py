"""Planned notices: a sender claims them, and what becomes of each is stored. `notice_planning` plans them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.rules.reminders.send_check import PlannedItem
from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, prepared
from storage.schema import holds, notice_items, notices

_INSTANT = notices.c.ended_at.type
_THESE = bindparam("given_customer_ids", type_=Text(), expanding=True)
_THEIRS = notices.c.customer_id.in_(_THESE)


@dataclass(frozen=True, slots=True)
class Notice:
    """A claimed notice. `channel` is the channel tried last, `channel_since` when that began; `given_up` are the
    channels that cannot deliver it. A `receipt` has no items of its own."""

    notice_id: int
    customer_id: str
    kind: str  # reminder, receipt
    attempts: int
    channel: str | None
    channel_since: datetime | None
    given_up: tuple[str, ...]
    items: tuple[PlannedItem, ...]


_GIVEN_BACK: Mapping[str, object] = {"state": "planned", "claimed_by": None, "claimed_at": None}

ANY = ""
"""The expected channel of a notice, where it is not known."""


@dataclass(frozen=True, slots=True)
class Due:
    """For which channels notices are due (ANY: for one that is not known), and whether any is to be freed or
    expired."""

    channels: tuple[str, ...]
    lost_or_late: bool

    def __bool__(self) -> bool:
        return bool(self.channels) or self.lost_or_late


async def are_any_due(
    conn: AsyncConnection, worker: str, now: datetime, lost_before: datetime, channels: tuple[str, ...]
) -> Due:
    """What is to be done of the notices that wait for any of these channels. A sender asks twice a second; while there
    is nothing to do, nothing is written."""
    values = {NOW.key: now, "given_worker": worker, "given_lost_before": lost_before}
    lost_or_late, *due = (await conn.execute(_any_due(channels), values)).one()
    return Due(tuple(channel for channel, is_due in zip(channels, due, strict=True) if is_due), bool(lost_or_late))


@prepared
def _any_due(channels: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    waits = notices.c.state == "planned"
    late = exists().where(waits, notices.c.expires_at <= NOW)
    due = (
        exists().where(waits, notices.c.expected_channel == literal(channel), notices.c.send_after <= NOW)
        for channel in channels
    )
    return select(or_(late, exists().where(*_is_lost())), *due)


async def claim(
    conn: AsyncConnection, worker: str, now: datetime, limit: int, *, arrives_by: datetime, channel: str = ANY
) -> list[Notice]:
    """Claims up to `limit` notices that wait for this channel, are due, and do not expire before `arrives_by`. Receipts
    come first, then what expires soonest. No other sender gets them."""
    values = {NOW.key: now, "given_worker": worker, "given_limit": limit, "given_arrives_by": arrives_by}
    values["given_expected"] = channel
    rows = (await conn.execute(_claiming(), values)).all()
    if not rows:
        return []
    items: dict[int, list[PlannedItem]] = defaultdict(list)
    for item in (await conn.execute(_items(), {"given_notice_ids": [r.notice_id for r in rows]})).all():
        items[item.notice_id].append(PlannedItem(item.instalment_id, item.step_id, item.due_date, item.policy_version))
    return [
        Notice(
            notice_id=r.notice_id,
            customer_id=r.customer_id,
            kind=r.kind,
            attempts=r.attempts,
            channel=r.channel,
            channel_since=r.channel_since,
            given_up=tuple(filter(None, r.given_up.split(","))),
            items=tuple(items[r.notice_id]),
        )
        for r in sorted(rows, key=lambda row: row.notice_id)
    ]


@prepared
def _items() -> Select[*tuple[Any, ...]]:
    these = bindparam("given_notice_ids", type_=BigInteger(), expanding=True)
    return select(notice_items).where(notice_items.c.notice_id.in_(these))


@prepared
def _claiming() -> ReturningUpdate[*tuple[Any, ...]]:
    due = (
        select(notices.c.notice_id)
        .where(notices.c.state == "planned", notices.c.send_after <= NOW)
        .where(notices.c.expected_channel == bindparam("given_expected", type_=Text()))
        .where(notices.c.expires_at > bindparam("given_arrives_by", type_=_INSTANT))
        # Who has paid waits for nobody who is to be reminded.
        .order_by(case((notices.c.kind == "receipt", 0), else_=1), notices.c.expires_at, notices.c.notice_id)
        .limit(bindparam("given_limit", type_=Integer()))
        .with_for_update(skip_locked=True)
        # Evaluated once: PostgreSQL may run a plain subquery again for each row, and each time find others to lock.
        .cte("due")
    )
    claimed_by = bindparam("given_worker", type_=Text())
    return (
        update(notices)
        .where(notices.c.notice_id.in_(select(due.c.notice_id)), notices.c.state == "planned")
        .values(state="claimed", claimed_by=claimed_by, claimed_at=NOW, attempts=notices.c.attempts + 1)
        .returning(
            notices.c.notice_id,
            notices.c.customer_id,
            notices.c.kind,
            notices.c.attempts,
            notices.c.channel,
            notices.c.channel_since,
            notices.c.given_up,
        )
    )


async def free_lost_claims(conn: AsyncConnection, worker: str, before: datetime) -> int:
    """Gives back notices that other senders claimed before `before` and did not finish, because they were killed."""
    return (await conn.execute(_freeing(), {"given_worker": worker, "given_lost_before": before})).rowcount


@prepared
def _freeing() -> Update:
    lost = update(notices).where(*_is_lost())
    return lost.values(state="planned", reason="claim_lost", claimed_by=None, claimed_at=None)


def _is_lost() -> tuple[ColumnElement[bool], ...]:
    others = notices.c.claimed_by != bindparam("given_worker", type_=Text())
    return notices.c.state == "claimed", others, notices.c.claimed_at < bindparam("given_lost_before", type_=_INSTANT)


async def claimed_by(conn: AsyncConnection, worker: str, notice_ids: Sequence[int]) -> set[int]:
    """Which of these notices this worker still has claimed."""
    mine = (notices.c.notice_id.in_(notice_ids), notices.c.state == "claimed", notices.c.claimed_by == worker)
    return set((await conn.execute(select(notices.c.notice_id).where(*mine))).scalars())


async def give_back(conn: AsyncConnection, worker: str, notice_ids: Sequence[int], reason: str = "claim_lost") -> None:
    """Gives back this worker's own claims that were not sent, for `reason`."""
    mine = (notices.c.notice_id.in_(notice_ids), notices.c.state == "claimed", notices.c.claimed_by == worker)
    free = {"state": "planned", "reason": reason, "claimed_by": None, "claimed_at": None}
    await conn.execute(update(notices).where(*mine).values(**free))


async def wait_for_channels(conn: AsyncConnection, worker: str, channel_of: Mapping[int, str]) -> None:
    """Gives back claimed notices because their channel is full; from now on it is known which channel each waits for.
    That counts as no attempt."""
    changes = {id_: {**_GIVEN_BACK, "expected_channel": channel} for id_, channel in channel_of.items()}
    await _change(conn, worker, changes, uncounted=True)


async def expire(conn: AsyncConnection, now: datetime) -> int:
    """Ends notices that were not sent within their hours. The next day's planning plans what is still true."""
    return (await conn.execute(_expiring(), {NOW.key: now})).rowcount


@prepared
def _expiring() -> Update:
    late = update(notices).where(notices.c.state == "planned", notices.c.expires_at <= NOW)
    return late.values(state="not_sent", reason=func.coalesce(notices.c.reason, "hours_ended"), ended_at=NOW)


async def record_accepted(conn: AsyncConnection, notices_taken: Sequence[tuple[int, str, str]], now: datetime) -> None:
    """Stores that channels accepted these notices: each is the notice's id, the channel, and the channel's own id of
    the message. This counts even if another sender has the claim by now: the customer must not get it twice."""
    rows = [
        {"given_notice_id": id_, "given_channel": channel, "given_reference": name}
        for id_, channel, name in notices_taken
    ]
    if not rows:
        return
    await conn.execute(_accepting(), [{**row, NOW.key: now} for row in rows])


@prepared
def _accepting() -> Update:
    return (
        update(notices)
        .where(notices.c.notice_id == bindparam("given_notice_id"), notices.c.state.in_(("planned", "claimed")))
        .values(
            state="accepted",
            channel=bindparam("given_channel"),
            reference=bindparam("given_reference"),
            reason=None,
            ended_at=NOW,
        )
    )


async def end_unsent(conn: AsyncConnection, notice_id: int, worker: str, reason: str, now: datetime) -> None:
    await _change(conn, worker, {notice_id: {"state": "not_sent", "reason": reason, "ended_at": now}})


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
    """Lets the notice wait until `send_after` and keeps the reason. `given_up` are the channels that cannot deliver
    it."""
    changes: dict[str, object] = {**_GIVEN_BACK, "reason": reason, "send_after": send_after}
    if expires_at is not None:
        changes["expires_at"] = expires_at
    if given_up is not None:
        changes |= {"given_up": ",".join(given_up), "channel": None, "channel_since": None, "expected_channel": ANY}
    await _change(conn, worker, {notice_id: changes})


@dataclass(frozen=True, slots=True)
class Later:
    """A claimed notice that waits until `send_after`, and why."""

    notice_id: int
    reason: str
    send_after: datetime


async def put_back_all(conn: AsyncConnection, worker: str, waiting: Sequence[Later]) -> None:
    """As `put_back`, for several at once that keep their hours and their channels."""
    changes = {
        later.notice_id: {**_GIVEN_BACK, "reason": later.reason, "send_after": later.send_after} for later in waiting
    }
    await _change(conn, worker, changes)


async def split_off_items(
    conn: AsyncConnection, notice_id: int, items: Sequence[tuple[PlannedItem, str]], now: datetime
) -> None:
    """Moves items (each with its reason) from a notice that is sent without them to new notices that are not sent. So
    an item that the customer was not told never counts as told, and its reason is kept."""
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


async def begin_channels(conn: AsyncConnection, worker: str, channel_of: Mapping[int, str], now: datetime) -> None:
    """A channel is tried for the first time for each of these notices; its deadline counts from now."""
    await _change(conn, worker, {id_: {"channel": each, "channel_since": now} for id_, each in channel_of.items()})


async def _change(
    conn: AsyncConnection, worker: str, changes: Mapping[int, Mapping[str, object]], *, uncounted: bool = False
) -> None:
    """Changes columns of the worker's claimed notices, by their ids; those of all have the same names. `uncounted`:
    their claim was no attempt."""
    rows = [
        {"given_notice_id": id_, "given_worker": worker, **{f"given_{name}": value for name, value in columns.items()}}
        for id_, columns in changes.items()
    ]
    for columns in list(changes.values())[:1]:
        await conn.execute(_changing(*columns, uncounted=uncounted), rows)


@prepared
def _changing(*names: str, uncounted: bool) -> Update:
    mine = (
        notices.c.notice_id == bindparam("given_notice_id", type_=BigInteger()),
        notices.c.state == "claimed",
        notices.c.claimed_by == bindparam("given_worker", type_=Text()),
    )
    values: dict[str, Any] = {name: bindparam(f"given_{name}", type_=notices.c[name].type) for name in names}
    if uncounted:
        values["attempts"] = notices.c.attempts - 1
    return update(notices).where(*mine).values(**values)


async def accepted_since(
    conn: AsyncConnection, customer_ids: Sequence[str], since: datetime
) -> dict[str, list[datetime]]:
    """When channels accepted reminders to each of these customers since `since`, by customer id. That a promise was not
    kept is one of them, from the moment on at which it is being sent: nobody is told the same twice on one day."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for row in (await conn.execute(_accepted(), {_THESE.key: list(customer_ids), "given_since": since})).all():
        found[row.customer_id].append(row.at)
    return found


@prepared
def _accepted() -> Select[*tuple[Any, ...]]:
    accepted = and_(notices.c.kind.in_(("reminder", "part")), notices.c.state == "accepted")
    not_kept = exists().where(holds.c.told_in == notices.c.notice_id, holds.c.ended_why == "broken")
    said = and_(notices.c.kind == "receipt", notices.c.state.in_(("claimed", "accepted")), not_kept.correlate(notices))
    at = func.coalesce(notices.c.ended_at, notices.c.claimed_at)
    lately = at >= bindparam("given_since", type_=_INSTANT)
    return select(notices.c.customer_id, at.label("at")).where(_THEIRS, lately, or_(accepted, said))


async def hints_told(
    conn: AsyncConnection, customer_ids: Sequence[str], since: datetime
) -> dict[str, dict[str, datetime]]:
    """When each of these customers was last told each hint since `since`, by customer id and by the hint. A notice that
    may have arrived without being accepted counts too; one that has not ended, as it is being checked, does not."""
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in (await conn.execute(_hints(), {_THESE.key: list(customer_ids), "given_since": since})).all():
        found[row.customer_id][row.hint] = row.at
    return found


@prepared
def _hints() -> Select[*tuple[Any, ...]]:
    lately = notices.c.ended_at >= bindparam("given_since", type_=_INSTANT)
    query = select(notices.c.customer_id, notices.c.hint, func.max(notices.c.ended_at).label("at"))
    return query.where(_THEIRS, lately, notices.c.hint.is_not(None)).group_by(notices.c.customer_id, notices.c.hint)


async def keep_hints(conn: AsyncConnection, worker: str, hint_of: Mapping[int, str]) -> None:
    """The hint that each of these notices ends with; empty: none."""
    await _change(conn, worker, {id_: {"hint": hint or None} for id_, hint in hint_of.items()})


async def next_due(conn: AsyncConnection) -> datetime | None:
    """The earliest time at which a planned notice may be sent; None if none is planned."""
    query = select(func.min(notices.c.send_after)).where(notices.c.state == "planned")
    first: datetime | None = (await conn.execute(query)).scalar()
    return first
