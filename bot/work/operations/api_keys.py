"""Makes, lists, revokes and recognises the keys of the HTTP API.

`DUEBOT_API_KEY` is a key with all scopes, which is in the settings and not in the database. A request is recognised by
one question to the database, so that a revoked key opens nothing from that moment on, in no process.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.operations.api_keys import (
    MOST_KEY,
    PREFIX,
    RANDOM_BYTES,
    SCOPES,
    Scope,
    WrongKey,
    check_agent,
    check_name,
    digest,
)
from bot.settings import Settings
from storage.cases import agents
from storage.operations import api_keys, operation_events
from storage.operations.api_keys import ApiKey
from storage.runtime.engine import Database

OF_SETTINGS = "DUEBOT_API_KEY"
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the key's name, what it may do, and the agent as whom it works on cases (None: as nobody)."""

    name: str
    scopes: frozenset[str]
    agent_id: int | None = None


async def make_key(db: Database, name: str, scopes: Sequence[Scope], now: datetime, agent_id: int | None = None) -> str:
    """A new key, which is shown this once; one for the desk is this agent's. Raises `WrongKey`."""
    name = check_name(name)
    check_agent(scopes, agent_id)
    key = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    async with db.write() as conn:
        if agent_id is not None and await agents.agent(conn, agent_id, keep=True) is None:
            raise WrongKey(f"--agent: there is no agent {agent_id}; `duebot agent list` shows who there is")
        if name == OF_SETTINGS or not await api_keys.add(conn, name, digest(key), scopes, now, agent_id):
            raise WrongKey(f"there is a key {name!r} already; choose another name, or revoke that one first")
        await operation_events.note(conn, "key_made", name, now, detail=", ".join(scopes))
    return key


async def list_keys(db: Database) -> list[ApiKey]:
    async with db.read() as conn:
        return await api_keys.list_keys(conn)


async def revoke_key(db: Database, name: str, now: datetime) -> bool:
    """Ends a key at once; False if there is none of this name."""
    async with db.write() as conn:
        if not await api_keys.revoke(conn, name.strip(), now):
            return False
        await operation_events.note(conn, "key_revoked", name.strip(), now)
        return True


class Doorkeeper:
    """Recognises keys, and keeps when each was last used: at most one write a minute, whatever is asked."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._own = settings.api_key.get_secret_value().encode() if settings.api_key else b""
        self._noted: dict[int, datetime] = {}

    async def is_open(self) -> bool:
        """Whether there is any key. Without one the API is off."""
        if self._own:
            return True
        async with self._db.read() as conn:
            return await api_keys.are_there_any(conn)

    async def caller(self, key: str, now: datetime) -> Caller | None:
        """Whose key this is; None if it is nobody's."""
        if not key or len(key) > MOST_KEY:
            return None
        if self._own and hmac.compare_digest(key.encode(), self._own):
            return Caller(OF_SETTINGS, frozenset(SCOPES))
        found = await self._db.read_together(api_keys.with_digests, digest(key))
        if found is None:
            return None
        await self._note(found.key_id, now)
        return Caller(found.name, frozenset(found.scopes), found.agent_id)

    async def _note(self, key_id: int, now: datetime) -> None:
        last = self._noted.get(key_id)
        if last is None or not timedelta() <= now - last < USE_NOTED_EVERY:
            self._noted[key_id] = now
            async with self._db.write() as conn:
                await api_keys.note_use(conn, [key_id], now)
