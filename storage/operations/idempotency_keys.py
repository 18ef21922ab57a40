"""What was written over the HTTP API with an `Idempotency-Key`, by caller and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import api_writes


@dataclass(frozen=True, slots=True)
class ApiWrite:
    """`counts` is what became of it; None while it is under way, or if it was cut off."""

    digest: str
    begun_at: datetime
    counts: str | None


async def find(conn: AsyncConnection, caller: str, key: str) -> ApiWrite | None:
    row = (await conn.execute(select(api_writes).where(*_of(caller, key)))).first()
    return None if row is None else ApiWrite(row.digest, row.begun_at, row.counts)


async def begin(conn: AsyncConnection, caller: str, key: str, digest: str, now: datetime) -> bool:
    """Notes that it is under way; False if something else was noted with this key."""
    row = {"caller": caller, "idempotency_key": key, "digest": digest, "begun_at": now, "counts": None}
    return (await conn.execute(insert(conn, api_writes).values(**row).on_conflict_do_nothing())).rowcount > 0


async def end(conn: AsyncConnection, caller: str, key: str, begun_at: datetime, counts: str) -> bool:
    """Keeps what became of the one that began then; False if it counted as cut off, and was begun once more."""
    ended = update(api_writes).where(*_of(caller, key), api_writes.c.begun_at == begun_at)
    return (await conn.execute(ended.values(counts=counts))).rowcount > 0


async def drop(conn: AsyncConnection, caller: str, key: str, begun_at: datetime) -> None:
    """Forgets the one that began then."""
    await conn.execute(delete(api_writes).where(*_of(caller, key), api_writes.c.begun_at == begun_at))


async def drop_cut_off(conn: AsyncConnection, caller: str, key: str, begun_at: datetime) -> None:
    """The same, if it did not end."""
    this = (*_of(caller, key), api_writes.c.begun_at == begun_at, api_writes.c.counts.is_(None))
    await conn.execute(delete(api_writes).where(*this))


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(api_writes).where(api_writes.c.begun_at < before))


def _of(caller: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return api_writes.c.caller == caller, api_writes.c.idempotency_key == key
