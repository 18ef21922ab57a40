"""The queries of health checks and alerts: what has been waiting too long, and what was refused too often."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.operations.troubles import Load
from storage.runtime.prepared import prepared
from storage.schema import (
    Instant,
    accounts,
    cases,
    contacts,
    customers,
    dead_channels,
    instalments,
    is_open,
    links,
    notices,
    relays,
    updates,
)
from storage.topics.topics import calls_for_a_topic

LOOKED_AT = 5000  # the newest contacts: so the query costs the same however many contacts there are
ATTEMPTS = 100  # the newest attempts of each channel
SINCE = bindparam("given_since", type_=Instant())


@dataclass(frozen=True, slots=True)
class People:
    """How many customers there are, without forgotten ones, and how many of them are linked."""

    customers: int
    linked: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """How many of each kind have been waiting since before a given time; all failed updates are counted."""

    notices_claimed: int
    notices_due: int
    updates_waiting: int
    updates_failed: int
    cases_without_topic: int
    relays_waiting: int


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many of a channel's last attempts ended with this reason (None: accepted). `newest` is the position of the
    newest of them: 1 is the channel's last attempt."""

    channel: str
    reason: str | None
    count: int
    newest: int


async def people(conn: AsyncConnection) -> People:
    known = select(func.count()).select_from(customers).where(customers.c.forgotten_at.is_(None))
    linked = select(func.count()).select_from(links).where(links.c.ended_at.is_(None))
    return People(await _one(conn, known), await _one(conn, linked))


async def with_fees(conn: AsyncConnection, before: date, most: int) -> list[str]:
    """Customers with something due before this day for which the wallet sends fees; `most` at most."""
    of_these = (
        select(accounts.c.customer_id)
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(instalments.c.fees.is_not(None), instalments.c.outstanding > 0, instalments.c.due_date < before)
        .distinct()
        .limit(most)
    )
    return list((await conn.execute(of_these)).scalars())


async def has_customers(conn: AsyncConnection) -> bool:
    """Whether anything was ever imported. Everything else needs a customer, so it is enough to look for one."""
    return bool((await conn.execute(select(exists().where(customers.c.customer_id.is_not(None))))).scalar_one())


async def has_instalments(conn: AsyncConnection) -> bool:
    return bool((await conn.execute(_has_instalments())).scalar_one())


@prepared
def _has_instalments() -> Select[Any]:
    return select(exists().where(instalments.c.instalment_id.is_not(None)))


async def stuck(conn: AsyncConnection, before: datetime) -> Stuck:
    """What has been waiting since before `before` and should not wait any more."""
    claimed = (notices.c.state == "claimed", notices.c.claimed_at < before)
    # A notice that waits for a channel or a cap has a later `send_after`, so these are notices that no sender claimed.
    due = (notices.c.state == "planned", notices.c.send_after < before, notices.c.planned_at < before)
    since = func.coalesce(cases.c.claimed_at, cases.c.opened_at)
    bare = (is_open(), cases.c.topic != "open", calls_for_a_topic(), since < before)
    on_their_way = (relays.c.state.in_(("waiting", "attempted")), relays.c.at < before)
    return Stuck(
        notices_claimed=await _count(conn, notices, *claimed),
        notices_due=await _count(conn, notices, *due),
        updates_waiting=await _count(conn, updates, updates.c.state == "waiting", updates.c.received_at < before),
        updates_failed=await _count(conn, updates, updates.c.state == "failed"),
        cases_without_topic=await _count(conn, cases, *bare),
        relays_waiting=await _count(conn, relays, *on_their_way),
    )


# --- For monitoring --------------------------------------------------------------------------------------------------


async def loads(conn: AsyncConnection) -> list[Load]:
    """The planned reminders, by the end of their sending hours."""
    return [Load(row.opens, row.expires_at, row.n) for row in await conn.execute(_loads())]


@prepared
def _loads() -> Select[Any]:
    query = select(func.min(notices.c.send_after).label("opens"), notices.c.expires_at, func.count().label("n"))
    return query.where(notices.c.state == "planned").group_by(notices.c.expires_at)


async def attempts(conn: AsyncConnection, since: datetime) -> list[Attempts]:
    """The results of each channel's last reminders since `since`, by reason."""
    rows = await conn.execute(_attempts(), {SINCE.key: since})
    return [Attempts(row.channel, row.reason, row.n, row.newest) for row in rows]


@prepared
def _attempts() -> Select[Any]:
    names = ("contact_id", "at", "channel", "kind", "direction", "state", "reason")
    newest = select(*(contacts.c[name] for name in names)).order_by(contacts.c.contact_id.desc()).limit(LOOKED_AT)
    new = newest.cte("newest")
    ranked = (
        select(
            new.c.channel,
            new.c.reason,
            func.row_number().over(partition_by=new.c.channel, order_by=new.c.contact_id.desc()).label("ago"),
        )
        .where(new.c.direction == "out", new.c.kind == "reminder", new.c.at >= SINCE)
        .where(new.c.state.in_(("accepted", "refused")))
        .cte("ranked")
    )
    counted = select(ranked.c.channel, ranked.c.reason, func.count().label("n"), func.min(ranked.c.ago).label("newest"))
    counted = counted.where(ranked.c.ago <= ATTEMPTS).group_by(ranked.c.channel, ranked.c.reason)
    return counted.order_by(ranked.c.channel, ranked.c.reason)


async def dead_addresses(conn: AsyncConnection) -> list[tuple[str, str, int]]:
    """How many addresses reach nobody any more, by channel and reason, the most frequent reason first."""
    n = func.count().label("n")
    query = select(dead_channels.c.channel, dead_channels.c.reason, n).group_by(
        dead_channels.c.channel, dead_channels.c.reason
    )
    rows = await conn.execute(query.order_by(dead_channels.c.channel, n.desc(), dead_channels.c.reason))
    return [(row.channel, row.reason, row.n) for row in rows]


async def updates_failed(conn: AsyncConnection, since: datetime) -> int:
    return int((await conn.execute(_updates_failed(), {SINCE.key: since})).scalar_one())


@prepared
def _updates_failed() -> Select[int]:
    return _counting(updates, updates.c.state == "failed", updates.c.ended_at >= SINCE)


async def notices_refused(conn: AsyncConnection, reasons: Collection[str], since: datetime, began: datetime) -> int:
    """How many reminders ended unsent with one of these reasons since `since`. `began` is the earliest time at which
    they may have been due; it makes the query fast."""
    values = {SINCE.key: since, "given_began": began}
    return int((await conn.execute(_notices_refused(tuple(reasons)), values)).scalar_one())


@prepared
def _notices_refused(reasons: tuple[str, ...]) -> Select[int]:
    began = bindparam("given_began", type_=notices.c.send_after.type)
    ended = (notices.c.state == "not_sent", notices.c.ended_at >= SINCE, notices.c.send_after >= began)
    return _counting(notices, *ended, notices.c.reason.in_(reasons))


async def _count(conn: AsyncConnection, table: Table, *which: ColumnElement[bool]) -> int:
    return await _one(conn, _counting(table, *which))


def _counting(table: Table, *which: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(*which)


async def _one(conn: AsyncConnection, query: Select[int]) -> int:
    return int((await conn.execute(query)).scalar_one())
