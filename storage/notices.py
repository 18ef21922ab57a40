"""Notices: what is planned to be said to whom, claimed, and what became of it.

Planning is one INSERT … SELECT for each day, segment and ladder, whatever the number of accounts. A notice is one
message to one customer; its items are the instalments and steps that it tells.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Date, and_, bindparam, case, exists, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.contact import PlannedItem
from bot.rules.hours import Window
from bot.rules.money import Money
from storage.debts import Audience, Ladder, StepDates, can_reach_on_step, debts
from storage.engine import insert, rows_made
from storage.schema import contacts, customers, dead_channels, ladders, links, notice_items, notices

# Why a notice was not sent, where planning leaves the debt out for as long as the reason holds: a payment may be taken
# back, a due date moved to and fro, a customer may travel, turn reminders on or let the bot in again on the same day.
MENDED_AT_ANY_TIME = (
    *("no_channel", "paid", "on_hold", "disputed", "due_date_moved", "no_longer_true", "stopped"),
    *("blocked", "deactivated", "cannot_initiate", "chat_not_found", "is_a_bot", "bounced", "bad_address"),
)

_OF_ITS_PLAN = ("customer_id", "local_day", "policy", "policy_version", "planned_at")
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
    minimums: Mapping[str, Money]
    ladder: Ladder
    policy_name: str
    channels: Collection[str]  # set up


async def plan(conn: AsyncConnection, by: Plan, window: Window, now: datetime) -> int:
    """Plans one notice for each customer of the audience who has something new to be told today, and adds what is new
    to a notice that still waits. Returns how many notices were planned."""
    if not by.steps:
        return 0
    owed = debts(by.audience, by.steps, by.minimums, by.ladder)
    stopped = exists().where(customers.c.customer_id == owed.c.customer_id, customers.c.stopped_at.is_not(None))
    # What was not sent today is not planned again today, unless the reason was one that planning sees for itself.
    today = and_(notices.c.local_day == by.audience.today, notices.c.reason.not_in(MENDED_AT_ANY_TIME))
    already = told(owed, or_(notices.c.state != "not_sent", today))
    new = select(owed).where(can_reach_on_step(owed, by.channels), ~stopped, ~already).cte("new")
    waits = exists().where(notices.c.customer_id == new.c.customer_id, notices.c.state.in_(("planned", "claimed")))
    rows = select(
        new.c.customer_id,
        literal(by.audience.today, Date),
        literal("planned"),
        literal(window.opens, notices.c.send_after.type),
        literal(window.closes, notices.c.expires_at.type),
        literal(by.policy_name),
        literal(by.ladder.version),
        literal(now, notices.c.planned_at.type),
    )
    names = ["customer_id", "local_day", "state", "send_after", "expires_at", "policy", "policy_version", "planned_at"]
    planned = await conn.execute(
        insert(conn, notices).from_select(names, rows.where(~waits).distinct()).on_conflict_do_nothing()
    )
    count = await rows_made(conn, planned)
    await _begin_ladders(conn, new, by.ladder, now)
    await _add_items(conn, new, by.ladder, notices.c.state == "planned")
    return count


async def note_unreachable(conn: AsyncConnection, by: Plan, now: datetime) -> int:
    """Writes down, once for each step, who should be told something today and has no channel that could."""
    if not by.steps:
        return 0
    owed = debts(by.audience, by.steps, by.minimums, by.ladder)
    new = select(owed).where(~can_reach_on_step(owed, by.channels), ~told(owed, true())).cte("new")
    names = ["customer_id", "local_day", "state", "reason", "send_after", "expires_at", "policy", "policy_version"]
    rows = select(
        new.c.customer_id,
        literal(by.audience.today, Date),
        literal("not_sent"),
        literal("no_channel"),
        *[literal(now, notices.c.send_after.type)] * 2,
        literal(by.policy_name),
        literal(by.ladder.version),
        *[literal(now, notices.c.planned_at.type)] * 2,
    )
    noted = await conn.execute(insert(conn, notices).from_select([*names, "planned_at", "ended_at"], rows.distinct()))
    count = await rows_made(conn, noted)
    if count:
        await _add_items(conn, new, by.ladder, and_(notices.c.reason == "no_channel", notices.c.planned_at == now))
    return count


def told(owed: CTE, which: Any) -> Any:
    """A notice of which `which` holds tells of this debt and step."""
    return (
        exists()
        .where(
            notice_items.c.instalment_id == owed.c.instalment_id,
            notice_items.c.step_id == owed.c.step_id,
            notice_items.c.due_date == owed.c.due_date,
            notices.c.notice_id == notice_items.c.notice_id,
            which,
        )
        .correlate(owed)
    )


async def waiting_in(conn: AsyncConnection, window: Window) -> int:
    """How many notices wait that may be sent within these hours."""
    within = (notices.c.state == "planned", notices.c.send_after < window.closes, notices.c.expires_at > window.opens)
    return int((await conn.execute(select(func.count()).select_from(notices).where(*within))).scalar_one())


async def spread(conn: AsyncConnection, window: Window, over: Sequence[datetime], now: datetime) -> None:
    """Has the notices that were planned at `now` for the opening of these hours sent at one of these instants each."""
    turn = notices.c.notice_id % len(over)
    instants = {number: literal(at, notices.c.send_after.type) for number, at in enumerate(over)}
    planned_now = (
        notices.c.state == "planned",
        notices.c.planned_at == now,
        notices.c.send_after == window.opens,
        notices.c.expires_at == window.closes,
    )
    await conn.execute(update(notices).where(*planned_now).values(send_after=case(instants, value=turn)))


async def _begin_ladders(conn: AsyncConnection, new: CTE, ladder: Ladder, now: datetime) -> None:
    """Who is first told of a debt under a version is told all of it under that version."""
    if not ladder.current:
        return
    rows = select(
        new.c.instalment_id,
        new.c.due_date,
        literal(ladder.version),
        literal(now, ladders.c.begun_at.type),
    ).distinct()
    names = ["instalment_id", "due_date", "policy_version", "begun_at"]
    await conn.execute(insert(conn, ladders).from_select(names, rows.where(true())).on_conflict_do_nothing())


async def _add_items(conn: AsyncConnection, new: CTE, ladder: Ladder, of_notice: Any) -> None:
    rows = (
        select(notices.c.notice_id, new.c.instalment_id, new.c.step_id, new.c.due_date, literal(ladder.version))
        .join(new, new.c.customer_id == notices.c.customer_id)
        .where(of_notice)
    )
    names = ["notice_id", "instalment_id", "step_id", "due_date", "policy_version"]
    await conn.execute(insert(conn, notice_items).from_select(names, rows).on_conflict_do_nothing())


async def versions_in_use(conn: AsyncConnection) -> list[str]:
    """The policy versions whose ladders were begun and may not be finished."""
    return list((await conn.execute(select(ladders.c.policy_version).distinct())).scalars())


# --- Sending ---------------------------------------------------------------------------------------------------------


async def claim(conn: AsyncConnection, worker: str, now: datetime, limit: int) -> list[Notice]:
    """Takes up to `limit` notices that are due, what expires soonest first; nobody else gets them."""
    due = (
        select(notices.c.notice_id)
        .where(notices.c.state == "planned", notices.c.send_after <= now, notices.c.expires_at > now)
        .order_by(notices.c.expires_at, notices.c.notice_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(notices)
        .where(notices.c.notice_id.in_(due), notices.c.state == "planned")
        .values(state="claimed", claimed_by=worker, claimed_at=now, attempts=notices.c.attempts + 1)
        .returning(
            notices.c.notice_id,
            notices.c.customer_id,
            notices.c.attempts,
            notices.c.channel,
            notices.c.channel_since,
            notices.c.given_up,
        )
    )
    rows = (await conn.execute(taken)).all()
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


async def free_lost_claims(conn: AsyncConnection, worker: str, before: datetime) -> int:
    """Gives back what others claimed before then and never finished: they were killed while it was in flight."""
    lost = (
        update(notices)
        .where(notices.c.state == "claimed", notices.c.claimed_by != worker, notices.c.claimed_at < before)
        .values(state="planned", reason="claim_lost", claimed_by=None, claimed_at=None)
    )
    return (await conn.execute(lost)).rowcount


async def expire(conn: AsyncConnection, now: datetime) -> int:
    """Ends what was not sent within its hours; the next day's planning takes up what is still true."""
    late = (
        update(notices)
        .where(notices.c.state == "planned", notices.c.expires_at <= now)
        .values(state="not_sent", reason=func.coalesce(notices.c.reason, "hours_ended"), ended_at=now)
    )
    return (await conn.execute(late)).rowcount


async def accepted(
    conn: AsyncConnection, worker: str, notices_taken: Sequence[tuple[int, str, str]], now: datetime
) -> None:
    """Channels took these notices: each with its id, the channel, and the channel's own name for it."""
    rows = [{"notice": id_, "by": channel, "its_name": name} for id_, channel, name in notices_taken]
    taken = {"state": "accepted", "channel": bindparam("by"), "reference": bindparam("its_name")}
    await _end_each(conn, worker, rows, **taken, reason=None, ended_at=now)


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
