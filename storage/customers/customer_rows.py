"""One customer's row: when they were last seen, whether they stopped reminders, and the wallet's word on their name,
phone number and time zone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, Update, bindparam, case, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.customers.reachability import revive_channels_by_id
from storage.runtime.direct_statements import tell
from storage.runtime.prepared import NOW, prepared
from storage.schema import customers


def last_of_seen(at: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The last time that a customer was seen, if they were seen at this time, too: what is stored late is no news."""
    return case((customers.c.seen_at > at, customers.c.seen_at), else_=at)


async def note_seen(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    """Notes that the customer was seen now, which counts for the guarantee, and revives the channels that this shows to
    be alive."""
    await tell(conn, _seen(), [{"given_customer_id": customer_id, NOW.key: now}])
    await revive_channels_by_id(conn, customer_id)


@prepared
def _seen() -> Update:
    theirs = customers.c.customer_id == bindparam("given_customer_id", type_=Text())
    return update(customers).where(theirs).values(seen_at=last_of_seen(NOW))


async def set_stopped(conn: AsyncConnection, customer_id: str, at: datetime | None) -> None:
    """Stops reminders from `at` on; None starts them again."""
    await conn.execute(update(customers).where(customers.c.customer_id == customer_id).values(stopped_at=at))


async def lock(conn: AsyncConnection, customer_id: str) -> None:
    """Locks the customer's row, so that nobody else changes the customer's link until the transaction ends. On SQLite
    there is one writer at a time anyway."""
    if conn.dialect.name != "sqlite":
        query = select(customers.c.customer_id).where(customers.c.customer_id == customer_id)
        await conn.execute(query.with_for_update())


async def customer_exists(conn: AsyncConnection, customer_id: str) -> bool:
    return bool((await conn.execute(_known(), {"given_customer_id": customer_id})).scalar())


@prepared
def _known() -> Select[*tuple[Any, ...]]:
    this_customer = customers.c.customer_id == bindparam("given_customer_id", type_=Text())
    return select(exists().where(this_customer, customers.c.forgotten_at.is_(None)))


async def other_customers(conn: AsyncConnection, ids: Sequence[str], customer_id: str) -> list[str]:
    """Those of the ids that are another customer's."""
    values = {"given_ids": list(ids), "given_customer_id": customer_id}
    return list((await conn.execute(_others(), values)).scalars())


@prepared
def _others() -> Select[*tuple[Any, ...]]:
    these = customers.c.customer_id.in_(bindparam("given_ids", type_=Text(), expanding=True))
    another = customers.c.customer_id != bindparam("given_customer_id", type_=Text())
    return select(customers.c.customer_id).where(these, another)


async def phone_and_zone(conn: AsyncConnection, customer_id: str) -> tuple[str | None, str]:
    """The phone number that the wallet has, if it has one, and the time zone."""
    query = select(customers.c.phone, customers.c.zone).where(customers.c.customer_id == customer_id)
    row = (await conn.execute(query)).one()
    return row.phone or None, row.zone


async def name_of(conn: AsyncConnection, customer_id: str) -> str:
    """The customer's name from the wallet; empty if there is none."""
    return str(
        (await conn.execute(select(customers.c.name).where(customers.c.customer_id == customer_id))).scalar_one()
    )
