"""Blocks: pieces of import files whose rows are all in the database, just as the file says.

A block is known by a digest of its lines. If the same lines come again they need not be read: none of their rows has
changed, and that the wallet repeated them is stored once, in the block. As soon as one of its rows is written from
anywhere else, the block loses its digest and is never found again; what it confirmed stays true for its other rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.channels import BY_CUSTOMER_ID
from storage.runtime.direct_statements import as_given, ask, given_rows, tell
from storage.runtime.prepared import padded, prepared
from storage.schema import Instant, customers, dead_channels, import_blocks

CHUNK = 10_000  # in one statement; the drivers allow 32,766
_DIGESTS = "given_digests"


@dataclass(frozen=True, slots=True)
class Block:
    """A block that has not changed. `rows` says how many rows it has, `as_of` the newest instant that it names for
    them, if its file has this column."""

    block_id: int
    rows: int
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class New:
    """A block to be stored, as `Block`."""

    digest: bytes
    rows: int
    as_of: datetime | None


def facts_at(table: Table) -> ColumnElement[datetime]:
    """When the wallet last said a row of `table`: in the row itself, or in its block."""
    confirmed = (
        select(import_blocks.c.confirmed_at)
        .where(import_blocks.c.block_id == table.c.import_block_id)
        .correlate(table)
        .scalar_subquery()
    )
    return func.coalesce(confirmed, table.c.facts_at, type_=table.c.facts_at.type).label("facts_at")


def columns_of(table: Table) -> list[ColumnElement[Any]]:
    """All columns of a table of facts, with the `facts_at` that holds."""
    return [facts_at(table) if column.name == "facts_at" else column for column in table.c]


async def unchanged(conn: AsyncConnection, digests: Collection[bytes]) -> dict[bytes, Block]:
    """The blocks with these digests, by digest."""
    found = (await ask(conn, (_with_digest(), {_DIGESTS: padded(digests)})))[0] if digests else ()
    return {row.digest: Block(row.block_id, row.members, row.as_of) for row in found}


@prepared
def _with_digest() -> Select[*tuple[Any, ...]]:
    columns = (import_blocks.c.digest, import_blocks.c.block_id, import_blocks.c.members, import_blocks.c.as_of)
    return select(*columns).where(import_blocks.c.digest.in_(bindparam(_DIGESTS, expanding=True)))


async def confirm(conn: AsyncConnection, block_ids: Sequence[int], now: datetime) -> None:
    """Stores that the wallet said all rows of these blocks once more."""
    for start in range(0, len(block_ids), CHUNK):
        these = import_blocks.c.block_id.in_(block_ids[start : start + CHUNK])
        await conn.execute(update(import_blocks).where(these).values(confirmed_at=now))


async def add(conn: AsyncConnection, blocks: Sequence[New]) -> list[int]:
    """Stores new blocks and returns their ids in this order, to which their rows must then point. Another import may
    have stored the same lines since they were looked up: its block gives way, as all its rows are in the new one."""
    if not blocks:
        return []
    new = [{"digest": block.digest, "members": block.rows, "as_of": block.as_of} for block in blocks]
    digests = {_DIGESTS: padded([block.digest for block in blocks])}
    await tell(conn, _giving_way(), [digests])
    await tell(conn, _storing(), [as_given([row]) for row in new])
    (found,) = await ask(conn, (_with_digest(), digests))
    ids = {row.digest: row.block_id for row in found}
    return [ids[block.digest] for block in blocks]


@prepared
def _giving_way() -> Update:
    same = import_blocks.c.digest.in_(bindparam(_DIGESTS, expanding=True))
    return update(import_blocks).where(same).values(digest=None)


@prepared
def _storing() -> Insert:
    return import_blocks.insert().values(given_rows(import_blocks, ("digest", "members", "as_of"), 1))


async def leave(conn: AsyncConnection, rows: Mapping[int, int]) -> None:
    """So many rows of these blocks point elsewhere from now on, by block id."""
    if not rows:
        return
    one = update(import_blocks).where(import_blocks.c.block_id == bindparam("given_block_id"))
    fewer = one.values(digest=None, members=import_blocks.c.members - bindparam("given_rows"))
    left = [{"given_block_id": block_id, "given_rows": count} for block_id, count in rows.items()]
    await conn.execute(fewer, left)
    for start in range(0, len(left), CHUNK):
        these = import_blocks.c.block_id.in_([row["given_block_id"] for row in left[start : start + CHUNK]])
        await conn.execute(delete(import_blocks).where(these, import_blocks.c.members <= 0))


async def try_push_again(conn: AsyncConnection, block_ids: Sequence[int], died_before: datetime) -> None:
    """`imports.try_push_again`, for all customers of these blocks."""
    if not block_ids or not await is_any_push_dead(conn, died_before):
        return
    named = exists().where(
        customers.c.customer_id == dead_channels.c.customer_id, customers.c.import_block_id.in_(block_ids)
    )
    await conn.execute(delete(dead_channels).where(is_push_dead(died_before), named))


def is_push_dead(died_before: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a channel goes by customer id and died before this."""
    return dead_channels.c.channel.in_(BY_CUSTOMER_ID) & (dead_channels.c.since < died_before)


async def is_any_push_dead(conn: AsyncConnection, died_before: datetime) -> bool:
    return (await conn.execute(_any_push_dead(), {"given_died_before": died_before})).first() is not None


@prepared
def _any_push_dead() -> Select[*tuple[Any, ...]]:
    died_before = bindparam("given_died_before", type_=Instant())
    return select(dead_channels.c.customer_id).where(is_push_dead(died_before)).limit(literal_column("1"))
