"""The keys of the HTTP API, by the digest of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.prepared import padded, prepared
from storage.schema import api_keys


@dataclass(frozen=True, slots=True)
class ApiKey:
    key_id: int
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    last_used_at: datetime | None = None
    agent_id: int | None = None  # as whom it works on cases


async def add(
    conn: AsyncConnection, name: str, digest: str, scopes: Collection[str], now: datetime, agent_id: int | None = None
) -> bool:
    """Keeps a new key; False if there is one of this name."""
    if (await conn.execute(select(api_keys.c.key_id).where(api_keys.c.name == name, _is_valid()))).first() is not None:
        return False
    row = {"name": name, "digest": digest, "scopes": ",".join(scopes), "made_at": now, "agent_id": agent_id}
    await conn.execute(api_keys.insert().values(**row))
    return True


async def list_keys(conn: AsyncConnection) -> list[ApiKey]:
    """All keys that were not revoked, the oldest first."""
    query = select(api_keys).where(_is_valid()).order_by(api_keys.c.key_id)
    return [_key(row) for row in (await conn.execute(query)).all()]


async def revoke(conn: AsyncConnection, name: str, now: datetime) -> bool:
    """Ends a key at once; False if there is none of this name."""
    ended = update(api_keys).where(api_keys.c.name == name, _is_valid()).values(revoked_at=now)
    return (await conn.execute(ended)).rowcount > 0


async def revoke_of_agent(conn: AsyncConnection, agent_id: int, now: datetime) -> None:
    """Ends the keys that work as this agent."""
    ended = update(api_keys).where(api_keys.c.agent_id == agent_id, _is_valid()).values(revoked_at=now)
    await conn.execute(ended)


async def are_there_any(conn: AsyncConnection) -> bool:
    return (await conn.execute(select(api_keys.c.key_id).where(_is_valid()).limit(1))).first() is not None


async def with_digests(conn: AsyncConnection, digests: Sequence[str]) -> list[ApiKey | None]:
    """The key of each digest, in their order; None for one that was revoked, or that there never was."""
    rows = await conn.execute(_by_digest(), {"given_digests": padded(list(dict.fromkeys(digests)))})
    found = {row.digest: _key(row) for row in rows.all()}
    return [found.get(each) for each in digests]


@prepared
def _by_digest() -> Select[*tuple[Any, ...]]:
    given = bindparam("given_digests", type_=Text(), expanding=True)
    return select(api_keys).where(api_keys.c.digest.in_(given), _is_valid())


async def note_use(conn: AsyncConnection, key_ids: Collection[int], now: datetime) -> None:
    """Keeps that these keys were used; a clock that was set back does not take it back."""
    later = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < now)
    used = update(api_keys).where(api_keys.c.key_id.in_(list(key_ids)), later)
    await conn.execute(used.values(last_used_at=now))


def _is_valid() -> ColumnElement[bool]:
    return api_keys.c.revoked_at.is_(None)


def _key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    scopes = tuple(row.scopes.split(","))
    return ApiKey(row.key_id, row.name, scopes, row.made_at, row.last_used_at, row.agent_id)
