"""What was written over the HTTP API with an `Idempotency-Key`, by caller and key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put
from storage.schema import api_writes


@dataclass(frozen=True, slots=True)
class ApiWrite:
    """`counts` is what became of it; None while it is under way, or if it was cut off."""

    digest: str
    begun_at: datetime
    counts: str | None


async def find(conn: AsyncConnection, caller: str, key: str) -> ApiWrite | None:
    query = select(api_writes).where(api_writes.c.caller == caller, api_writes.c.idempotency_key == key)
    row = (await conn.execute(query)).first()
    return None if row is None else ApiWrite(row.digest, row.begun_at, row.counts)


async def begin(conn: AsyncConnection, caller: str, key: str, digest: str, now: datetime) -> None:
    row = {"caller": caller, "idempotency_key": key, "digest": digest, "begun_at": now, "counts": None}
    await put(conn, api_writes, ["caller", "idempotency_key"], row)


async def end(conn: AsyncConnection, caller: str, key: str, counts: str) -> None:
    done = update(api_writes).where(api_writes.c.caller == caller, api_writes.c.idempotency_key == key)
    await conn.execute(done.values(counts=counts))


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(api_writes).where(api_writes.c.begun_at < before))
