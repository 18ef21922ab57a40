"""What customers agreed to that nobody may assume: when they gave it, and when they took it back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import consents

HOUR = "hour"  # that the program may foresee at which hour they usually read


async def give(conn: AsyncConnection, customer_id: str, about: str, now: datetime) -> None:
    """From now on; nothing changes where it was given already."""
    row = {"customer_id": customer_id, "about": about, "given_at": now}
    await conn.execute(insert(conn, consents).values(**row).on_conflict_do_nothing())


async def take_back(conn: AsyncConnection, customer_id: str, about: str, now: datetime) -> None:
    held = (consents.c.customer_id == customer_id, consents.c.about == about, consents.c.ended_at.is_(None))
    await conn.execute(update(consents).where(*held).values(ended_at=now))


async def given_at(conn: AsyncConnection, customer_id: str, about: str) -> datetime | None:
    """Since when the customer agrees; None if they do not."""
    held = (consents.c.customer_id == customer_id, consents.c.about == about, consents.c.ended_at.is_(None))
    found: datetime | None = (await conn.execute(select(func.max(consents.c.given_at)).where(*held))).scalar()
    return found


async def to_look_at(conn: AsyncConnection, about: str, looked_before: datetime, at_most: int) -> list[str]:
    """The customers who have given this consent and were last looked at before then, or never. Nobody takes it back
    before the transaction ends."""
    held = (
        consents.c.about == about,
        consents.c.ended_at.is_(None),
        or_(consents.c.looked_at.is_(None), consents.c.looked_at < looked_before),
    )
    query = select(consents.c.customer_id).where(*held).order_by(consents.c.customer_id).limit(at_most)
    return list((await conn.execute(query.with_for_update())).scalars())


async def looked(conn: AsyncConnection, about: str, customer_ids: Collection[str], now: datetime) -> None:
    held = (consents.c.about == about, consents.c.ended_at.is_(None), consents.c.customer_id.in_(customer_ids))
    await conn.execute(update(consents).where(*held).values(looked_at=now))


async def erase(conn: AsyncConnection, customer_id: str) -> None:
    await conn.execute(delete(consents).where(consents.c.customer_id == customer_id))
