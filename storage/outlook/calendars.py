"""Calendars, as statements: the entries that calendar programs know, and the addresses under which they ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.outlook.calendar_dates import Entry
from storage.runtime.engine import insert, put_all
from storage.schema import calendar_addresses, calendar_entries, links


@dataclass(frozen=True, slots=True)
class Address:
    """Whose calendar an address has; `ended` if it was taken back, or the link to Telegram ended since."""

    customer_id: str
    with_sums: bool
    ended: bool


async def entries(conn: AsyncConnection, customer_id: str) -> dict[str, Entry]:
    query = select(calendar_entries).where(calendar_entries.c.customer_id == customer_id)
    rows = (await conn.execute(query)).all()
    return {row.entry: Entry(row.entry, row.day, row.sequence, row.ended_at) for row in rows}


async def keep(
    conn: AsyncConnection, customer_id: str, before: Mapping[str, Entry], after: Mapping[str, Entry]
) -> None:
    """Writes what changed, and deletes what is over."""
    changed = [entry for name, entry in after.items() if entry is not before.get(name)]
    rows = [
        {
            "customer_id": customer_id,
            "entry": entry.entry,
            "day": entry.day,
            "sequence": entry.sequence,
            "ended_at": entry.ended_at,
        }
        for entry in changed
    ]
    await put_all(conn, calendar_entries, ["customer_id", "entry"], rows)
    if gone := [name for name in before if name not in after]:
        theirs = (calendar_entries.c.customer_id == customer_id, calendar_entries.c.entry.in_(gone))
        await conn.execute(delete(calendar_entries).where(*theirs))


async def new_address(conn: AsyncConnection, link_id: int, token_hash: str, with_sums: bool, now: datetime) -> None:
    """An address takes the place of the link's earlier ones."""
    await end_addresses(conn, link_id, now)
    await conn.execute(
        insert(conn, calendar_addresses).values(
            token_hash=token_hash, link_id=link_id, with_sums=with_sums, made_at=now, ended_at=None
        )
    )


async def end_addresses(conn: AsyncConnection, link_id: int, now: datetime) -> int:
    """Ends the addresses of a link; returns how many there were."""
    open_ones = (calendar_addresses.c.link_id == link_id, calendar_addresses.c.ended_at.is_(None))
    return (await conn.execute(update(calendar_addresses).where(*open_ones).values(ended_at=now))).rowcount


async def has_address(conn: AsyncConnection, link_id: int) -> bool:
    open_ones = (calendar_addresses.c.link_id == link_id, calendar_addresses.c.ended_at.is_(None))
    return (await conn.execute(select(calendar_addresses.c.address_id).where(*open_ones))).first() is not None


async def address(conn: AsyncConnection, token_hash: str) -> Address | None:
    """The address with this token; None if there never was one."""
    query = (
        select(
            links.c.customer_id,
            calendar_addresses.c.with_sums,
            calendar_addresses.c.ended_at,
            links.c.ended_at.label("link_ended_at"),
        )
        .join(links, links.c.link_id == calendar_addresses.c.link_id)
        .where(calendar_addresses.c.token_hash == token_hash)
    )
    row = (await conn.execute(query)).first()
    if row is None:
        return None
    return Address(row.customer_id, row.with_sums, row.ended_at is not None or row.link_ended_at is not None)
