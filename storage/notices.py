"""Notices: what is planned to be said to whom, claimed, and what became of it.

Planning is one INSERT … SELECT for each zone and segment, whatever the number of accounts. A notice is one message to
one customer; its items are the instalments and steps that it tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    CompoundSelect,
    Date,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.contact import PlannedItem
from bot.rules.hours import Window
from bot.rules.money import Money
from storage.engine import insert, rows_made
from storage.schema import accounts, customers, dead_channels, instalments, links, notice_items, notices

CHANNEL = "telegram"


@dataclass(frozen=True, slots=True)
class StepDates:
    """A step of the ladder as due dates: who is on it today has an unsettled instalment due on one of these days."""

    step_id: str
    due_from: date
    due_to: date


@dataclass(frozen=True, slots=True)
class Audience:
    """Customers of one segment in zones where it is the same day. `segment` None means everybody who is in none of
    `other_segments`."""

    zones: tuple[str, ...]
    today: date
    segment: str | None
    other_segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    notice_id: int
    customer_id: str
    attempts: int
    items: tuple[PlannedItem, ...]


async def zones_in_use(conn: AsyncConnection) -> list[str]:
    return list((await conn.execute(select(customers.c.zone).distinct().order_by(customers.c.zone))).scalars())


def in_audience(audience: Audience) -> Any:
    """The WHERE clause that says who belongs to an audience."""
    if audience.segment is not None:
        segment = customers.c.segment == audience.segment
    elif audience.other_segments:
        segment = or_(customers.c.segment.is_(None), customers.c.segment.not_in(audience.other_segments))
    else:
        segment = true()
    return and_(customers.c.zone.in_(audience.zones), customers.c.forgotten_at.is_(None), segment)


def debts(
    audience: Audience,
    steps: Sequence[StepDates],
    minimums: Mapping[str, Money],
    but_not: Callable[[Any, Any], Any] | None = None,
) -> CTE:
    """Unsettled, undisputed instalments of the audience that are on one of the steps today, a row for each with what
    the customer owes over all of them in that currency; those who owe less than the minimum are left out. `but_not`
    gives a clause for rows that do not count, from the instalments and the steps."""
    steps_cte = _rows(steps).cte("on_step")
    left = true() if but_not is None else ~but_not(instalments, steps_cte)
    owed = (
        select(
            accounts.c.customer_id,
            accounts.c.currency,
            instalments.c.instalment_id,
            instalments.c.due_date,
            steps_cte.c.step_id,
            func.sum(instalments.c.outstanding)
            .over(partition_by=[accounts.c.customer_id, accounts.c.currency])
            .label("owed"),
        )
        .select_from(instalments)
        .join(steps_cte, instalments.c.due_date.between(steps_cte.c.due_from, steps_cte.c.due_to))
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .join(customers, customers.c.customer_id == accounts.c.customer_id)
        .where(in_audience(audience), instalments.c.outstanding > 0, instalments.c.status == "open", left)
    ).cte("owed")
    minimum = case(
        *[(owed.c.currency == currency, literal(money.amount, BigInteger)) for currency, money in minimums.items()],
        else_=literal(0, BigInteger),
    )
    return select(owed).where(owed.c.owed >= minimum if minimums else true()).cte("debts")


def _rows(steps: Sequence[StepDates]) -> CompoundSelect[Any]:
    """The steps as rows. A union of selects, since a VALUES list is compiled anew each time."""
    return union_all(
        *(
            select(
                literal(s.step_id, Text).label("step_id"),
                literal(s.due_from, Date).label("due_from"),
                literal(s.due_to, Date).label("due_to"),
            )
            for s in steps
        )
    )


async def plan(
    conn: AsyncConnection,
    audience: Audience,
    steps: Sequence[StepDates],
    minimums: Mapping[str, Money],
    window: Window,
    policy: tuple[str, str],
    now: datetime,
) -> int:
    """Plans one notice for each customer of the audience who has something new to be told today, and adds what is new
    to a notice that still waits. `policy` is name and version. Returns how many notices were planned."""
    if not steps:
        return 0
    owed = debts(audience, steps, minimums)
    reachable = _has_live_link(owed.c.customer_id)
    stopped = exists().where(customers.c.customer_id == owed.c.customer_id, customers.c.stopped_at.is_not(None))
    # What was not sent today for a reason is not planned again today; a missing channel may be mended at any time.
    told = _told(
        owed,
        or_(
            notices.c.state != "not_sent", and_(notices.c.local_day == audience.today, notices.c.reason != "no_channel")
        ),
    )
    new = select(owed).where(reachable, ~stopped, ~told).cte("new")
    planned = await conn.execute(
        insert(conn, notices)
        .from_select(
            ["customer_id", "local_day", "state", "send_after", "expires_at", "policy", "policy_version", "planned_at"],
            select(
                new.c.customer_id,
                literal(audience.today, Date),
                literal("planned"),
                literal(window.opens, notices.c.send_after.type),
                literal(window.closes, notices.c.expires_at.type),
                literal(policy[0]),
                literal(policy[1]),
                literal(now, notices.c.planned_at.type),
            )
            .where(
                ~exists().where(notices.c.customer_id == new.c.customer_id, notices.c.state.in_(("planned", "claimed")))
            )
            .distinct(),
        )
        .on_conflict_do_nothing()
    )
    count = await rows_made(conn, planned)
    await _add_items(conn, new, notices.c.state == "planned")
    return count


async def note_unreachable(
    conn: AsyncConnection,
    audience: Audience,
    steps: Sequence[StepDates],
    minimums: Mapping[str, Money],
    policy: tuple[str, str],
    now: datetime,
) -> int:
    """Writes down, once for each step, who should be told something today and has no channel that could."""
    if not steps:
        return 0
    owed = debts(audience, steps, minimums)
    new = select(owed).where(~_has_live_link(owed.c.customer_id), ~_told(owed, true())).cte("new")
    noted = await conn.execute(
        insert(conn, notices).from_select(
            [
                "customer_id",
                "local_day",
                "state",
                "reason",
                "send_after",
                "expires_at",
                "policy",
                "policy_version",
                "planned_at",
                "ended_at",
            ],
            select(
                new.c.customer_id,
                literal(audience.today, Date),
                literal("not_sent"),
                literal("no_channel"),
                *[literal(now, notices.c.send_after.type)] * 2,
                literal(policy[0]),
                literal(policy[1]),
                *[literal(now, notices.c.planned_at.type)] * 2,
            ).distinct(),
        )
    )
    count = await rows_made(conn, noted)
    if count:
        await _add_items(conn, new, and_(notices.c.reason == "no_channel", notices.c.planned_at == now))
    return count


def _has_live_link(customer_id: Any) -> Any:
    dead = exists().where(dead_channels.c.customer_id == customer_id, dead_channels.c.channel == CHANNEL)
    return and_(exists().where(links.c.customer_id == customer_id, links.c.ended_at.is_(None)), ~dead)


def _told(owed: CTE, which: Any) -> Any:
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


async def _add_items(conn: AsyncConnection, new: CTE, of_notice: Any) -> None:
    await conn.execute(
        insert(conn, notice_items)
        .from_select(
            ["notice_id", "instalment_id", "step_id", "due_date"],
            select(notices.c.notice_id, new.c.instalment_id, new.c.step_id, new.c.due_date)
            .join(new, new.c.customer_id == notices.c.customer_id)
            .where(of_notice),
        )
        .on_conflict_do_nothing()
    )


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
        .returning(notices.c.notice_id, notices.c.customer_id, notices.c.attempts)
    )
    rows = (await conn.execute(taken)).all()
    items: dict[int, list[PlannedItem]] = defaultdict(list)
    listed = select(notice_items).where(notice_items.c.notice_id.in_([r.notice_id for r in rows]))
    for item in (await conn.execute(listed)).all():
        items[item.notice_id].append(PlannedItem(item.instalment_id, item.step_id, item.due_date))
    return [Notice(r.notice_id, r.customer_id, r.attempts, tuple(items[r.notice_id])) for r in sorted(rows)]


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
    conn: AsyncConnection, notice_id: int, worker: str, channel: str, reference: str, now: datetime
) -> None:
    await _end(
        conn, notice_id, worker, state="accepted", channel=channel, reference=reference, reason=None, ended_at=now
    )


async def not_sent(conn: AsyncConnection, notice_id: int, worker: str, reason: str, now: datetime) -> None:
    await _end(conn, notice_id, worker, state="not_sent", reason=reason, ended_at=now)


async def put_back(
    conn: AsyncConnection,
    notice_id: int,
    worker: str,
    reason: str,
    send_after: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Not now: it waits until `send_after`, and why is kept."""
    changes: dict[str, Any] = {
        "state": "planned",
        "reason": reason,
        "send_after": send_after,
        "claimed_by": None,
        "claimed_at": None,
    }
    if expires_at is not None:
        changes["expires_at"] = expires_at
    await _end(conn, notice_id, worker, **changes)


async def _end(conn: AsyncConnection, notice_id: int, worker: str, **changes: Any) -> None:
    mine = (notices.c.notice_id == notice_id, notices.c.state == "claimed", notices.c.claimed_by == worker)
    await conn.execute(update(notices).where(*mine).values(**changes))


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


async def live_users(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, int]:
    """The Telegram account of each of these customers that has one which is not dead."""
    query = select(links.c.customer_id, links.c.user_id).where(
        links.c.customer_id.in_(customer_ids), links.c.ended_at.is_(None), _has_live_link(links.c.customer_id)
    )
    return {row.customer_id: row.user_id for row in (await conn.execute(query)).all()}


async def next_due(conn: AsyncConnection) -> datetime | None:
    """When the next planned notice may be sent."""
    query = select(func.min(notices.c.send_after)).where(notices.c.state == "planned")
    first: datetime | None = (await conn.execute(query)).scalar()
    return first
