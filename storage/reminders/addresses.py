"""Addresses: where a customer can be reached now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, Text, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules import channels
from bot.rules.channels import Channel
from storage.runtime.prepared import prepared
from storage.schema import customers, dead_channels, links

_THESE = bindparam("given_customer_ids", type_=Text(), expanding=True)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a customer can be reached now: an address for each channel that is not dead."""

    by_channel: Mapping[str, str]

    def of(self, channel: str) -> str | None:
        """The address on this channel; None where there is none, or the channel is dead."""
        return self.by_channel.get(channel)


async def addresses_of(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, Addresses]:
    """Where each of these customers can be reached now."""
    these = {_THESE.key: list(customer_ids)}
    dead = {(row.customer_id, row.channel) for row in (await conn.execute(_dead(), these)).all()}
    found: dict[str, Addresses] = {}
    for row in (await conn.execute(_addresses(), these)).all():
        known = {channel.name: _address(row, channel) for channel in channels.CHANNELS}
        living = {c: address for c, address in known.items() if address and (row.customer_id, c) not in dead}
        found[row.customer_id] = Addresses(living)
    return found


@prepared
def _addresses() -> Select[*tuple[Any, ...]]:
    of_wallet = [customers.c[channel.address] for channel in channels.FROM_WALLET]
    return (
        select(customers.c.customer_id, links.c.user_id, *of_wallet)
        .outerjoin(links, and_(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None)))
        .where(customers.c.customer_id.in_(_THESE))
    )


@prepared
def _dead() -> Select[*tuple[Any, ...]]:
    return select(dead_channels.c.customer_id, dead_channels.c.channel).where(dead_channels.c.customer_id.in_(_THESE))


def _address(row: Row[*tuple[Any, ...]], channel: Channel) -> str | None:
    if channel.address == channels.LINK:
        return None if row.user_id is None else str(row.user_id)
    address: str | None = getattr(row, channel.address)
    return address
