"""What a check of the program asks the database: how old the facts are, and what has been waiting for too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import accounts, cases, customers, instalments, links, notices, relays, updates


@dataclass(frozen=True, slots=True)
class People:
    """How many customers there are, those who were forgotten left out, and how many of them are linked."""

    customers: int
    linked: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The newest word of the wallet, and how many customers owe something of which its last word is old."""

    newest: datetime | None
    old_customers: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """How much of each kind has been waiting since before the instant that was asked about; failed ones since ever."""

    notices_claimed: int
    notices_due: int
    updates_waiting: int
    updates_failed: int
    cases_without_topic: int
    relays_waiting: int


async def people(conn: AsyncConnection) -> People:
    known = select(func.count()).select_from(customers).where(customers.c.forgotten_at.is_(None))
    linked = select(func.count()).select_from(links).where(links.c.ended_at.is_(None))
    return People(await _one(conn, known), await _one(conn, linked))


async def facts(conn: AsyncConnection, old_before: datetime | None) -> Facts:
    """How fresh the wallet's word is; what is older than `old_before` (None: nothing ever is) counts as old."""
    newest = (await conn.execute(select(func.max(instalments.c.facts_at)))).scalar()
    if old_before is None:
        return Facts(newest, 0)
    old = (
        select(func.count(accounts.c.customer_id.distinct()))
        .join(instalments, instalments.c.account_id == accounts.c.account_id)
        .where(instalments.c.outstanding > 0)
        .where(or_(instalments.c.facts_at < old_before, accounts.c.facts_at < old_before))
    )
    return Facts(newest, await _one(conn, old))


async def stuck(conn: AsyncConnection, before: datetime) -> Stuck:
    """What began to wait before then and should not wait any more."""
    claimed = (notices.c.state == "claimed", notices.c.claimed_at < before)
    # What waits for a channel or a cap has a later `send_after`, so this is what nobody took up.
    due = (notices.c.state == "planned", notices.c.send_after < before, notices.c.planned_at < before)
    bare = (cases.c.state != "closed", cases.c.topic != "open", cases.c.opened_at < before)
    on_their_way = (relays.c.state.in_(("waiting", "attempted")), relays.c.at < before)
    return Stuck(
        notices_claimed=await _count(conn, notices, *claimed),
        notices_due=await _count(conn, notices, *due),
        updates_waiting=await _count(conn, updates, updates.c.state == "waiting", updates.c.received_at < before),
        updates_failed=await _count(conn, updates, updates.c.state == "failed"),
        cases_without_topic=await _count(conn, cases, *bare),
        relays_waiting=await _count(conn, relays, *on_their_way),
    )


async def _count(conn: AsyncConnection, table: Any, *which: Any) -> int:
    return await _one(conn, select(func.count()).select_from(table).where(*which))


async def _one(conn: AsyncConnection, query: Any) -> int:
    return int((await conn.execute(query)).scalar_one())
