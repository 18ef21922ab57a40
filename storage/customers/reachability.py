"""Dead channels: which channel does not reach a customer any more, since when and why, until a sign of life."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Delete, Select, Text, bindparam, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.channels import BY_CUSTOMER_ID
from storage.runtime.engine import insert
from storage.runtime.prepared import padded, prepared
from storage.schema import dead_channels

WRONG_PERSON = "wrong_person"  # why a channel is dead: who has it says that they are not the customer
_CUSTOMER = bindparam("given_customer_id", type_=Text())


async def mark_channel_dead(conn: AsyncConnection, customer_id: str, channel: str, reason: str, now: datetime) -> None:
    """Marks a channel as dead: it cannot reach this customer until there is a sign of life."""
    statement = insert(conn, dead_channels).values(customer_id=customer_id, channel=channel, since=now, reason=reason)
    await conn.execute(statement.on_conflict_do_nothing(index_elements=["customer_id", "channel"]))


async def revive_channel(conn: AsyncConnection, customer_id: str, channel: str, *, wrong_person: bool = False) -> bool:
    """Marks a channel as alive again; True if it was dead. One that reaches somebody else stays dead whatever they
    write, unless it is their word (or a new link) that it does not: `wrong_person`."""
    theirs = {"given_customer_id": customer_id, "given_channel": channel}
    return (await conn.execute(_revive(wrong_person), theirs)).rowcount > 0


@prepared
def _revive(wrong_person: bool) -> Delete:
    channel = dead_channels.c.channel == bindparam("given_channel", type_=Text())
    gone = delete(dead_channels).where(dead_channels.c.customer_id == _CUSTOMER, channel)
    return gone if wrong_person else gone.where(dead_channels.c.reason != WRONG_PERSON)


async def revive_channels_by_id(conn: AsyncConnection, customer_id: str) -> None:
    """Revives the channels by customer id, whose address never changes: a sign of life shows that they may work."""
    for channel in BY_CUSTOMER_ID:
        await revive_channel(conn, customer_id, channel)


async def why_channel_is_dead(conn: AsyncConnection, customer_id: str, channel: str) -> str | None:
    """Why the channel is dead for this customer; None if it is not."""
    values = {"given_customer_id": customer_id, "given_channel": channel}
    return (await conn.execute(_why_dead(), values)).scalar()


@prepared
def _why_dead() -> Select[str]:
    theirs = dead_channels.c.customer_id == bindparam("given_customer_id", type_=dead_channels.c.customer_id.type)
    this = dead_channels.c.channel == bindparam("given_channel", type_=dead_channels.c.channel.type)
    return select(dead_channels.c.reason).where(theirs, this)


async def with_wrong_person(conn: AsyncConnection, customer_ids: Collection[str]) -> set[str]:
    """Those of these customers whose chat is somebody else's, by that person's own word."""
    return set((await conn.execute(_wrong_persons(), {"given_customer_ids": padded(customer_ids)})).scalars())


@prepared
def _wrong_persons() -> Select[str]:
    theirs = dead_channels.c.customer_id.in_(bindparam("given_customer_ids", type_=Text(), expanding=True))
    wrong = (dead_channels.c.channel == "telegram", dead_channels.c.reason == WRONG_PERSON)
    return select(dead_channels.c.customer_id).where(theirs, *wrong)


async def is_dead(conn: AsyncConnection, customer_id: str, channel: str) -> bool:
    given = {"given_customer_id": customer_id, "given_channel": channel}
    return bool((await conn.execute(_is_dead(), given)).scalar())


@prepared
def _is_dead() -> Select[bool]:
    theirs = dead_channels.c.customer_id == bindparam("given_customer_id", type_=dead_channels.c.customer_id.type)
    channel = dead_channels.c.channel == bindparam("given_channel", type_=dead_channels.c.channel.type)
    return select(exists().where(theirs, channel))
