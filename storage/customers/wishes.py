"""What customers chose with /settings, in their own row: time zone, hour, channels, how many reminders, a pause; and
which choice was the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import customers, notices


@dataclass(frozen=True, slots=True)
class Row:
    """What is stored of it, and what the wallet says of where they are."""

    zone: str
    chosen_zone: str | None
    time_zone: str | None
    phone: str | None


async def zone_of(conn: AsyncConnection, customer_id: str) -> Row:
    them = select(customers.c.zone, customers.c.chosen_zone, customers.c.time_zone, customers.c.phone)
    return Row(**(await conn.execute(them.where(customers.c.customer_id == customer_id))).one()._mapping)


async def last_choice(conn: AsyncConnection, customer_id: str) -> str | None:
    """What `keep_choice` kept last."""
    query = select(customers.c.last_choice).where(customers.c.customer_id == customer_id)
    kept: str | None = (await conn.execute(query)).scalar()
    return kept


async def keep_choice(conn: AsyncConnection, customer_id: str, choice: str) -> None:
    await _set(conn, customer_id, last_choice=choice)


async def choose_zone(conn: AsyncConnection, customer_id: str, zone: str, chosen: str | None) -> None:
    """`zone` is used from now on; `chosen` is None where the wallet's word is."""
    await _set(conn, customer_id, zone=zone, chosen_zone=chosen)


async def choose_hour(conn: AsyncConnection, customer_id: str, hour: int | None) -> None:
    await _set(conn, customer_id, remind_hour=hour)


async def choose_channels(conn: AsyncConnection, customer_id: str, channels: tuple[str, ...]) -> None:
    await _set(conn, customer_id, channel_order=",".join(channels) or None)


async def choose_often(conn: AsyncConnection, customer_id: str, often: str) -> None:
    await _set(conn, customer_id, how_often=None if often == "usual" else often)


async def pause(conn: AsyncConnection, customer_id: str, until: date | None) -> None:
    await _set(conn, customer_id, paused_until=until)


async def check_again(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    """Has the customer's waiting reminder checked now: it may wait for another hour than before."""
    waits = (notices.c.customer_id == customer_id, notices.c.state == "planned", notices.c.kind == "reminder")
    await conn.execute(update(notices).where(*waits, notices.c.send_after > now).values(send_after=now))


async def _set(conn: AsyncConnection, customer_id: str, **values: object) -> None:
    known = (customers.c.customer_id == customer_id, customers.c.forgotten_at.is_(None))
    await conn.execute(update(customers).where(*known).values(**values))
