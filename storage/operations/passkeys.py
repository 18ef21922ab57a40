"""Passkeys of agents, what authenticators are asked to sign, and what happened to passkeys. No cryptography is here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.operations.passkeys import (
    CHALLENGE_LASTS,
    MOST_BEGUN,
    MOST_BEGUN_FROM_ADDRESS,
    MOST_BEGUN_IN_SESSION,
    PasskeyEvent,
)
from storage.runtime.engine import insert
from storage.schema import agents, console_sessions, passkey_challenges, passkey_events, passkeys


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey and whose it is. `public_key` is a COSE key as CBOR, `sign_count` what its authenticator said last."""

    passkey_id: int
    credential_id: str
    agent_id: int
    agent: str
    public_key: bytes
    sign_count: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PasskeyNews:
    """Something that an agent is still to be told: what happened to their passkey, and who did it (empty: an operator,
    or nobody)."""

    event_id: int
    at: datetime
    kind: PasskeyEvent
    agent_id: int
    name: str
    by: str


# --- What is to be signed --------------------------------------------------------------------------------------------


async def begin(conn: AsyncConnection, challenge: str, session_id: int | None, asked_from: str, now: datetime) -> bool:
    """Keeps what an authenticator is to sign, for the session that adds a passkey (None: to sign in); False if that was
    begun too often just now."""
    c = passkey_challenges.c
    await conn.execute(delete(passkey_challenges).where(c.ends_at <= now))
    if session_id is not None:
        if await _count(conn, c.session_id == session_id) >= MOST_BEGUN_IN_SESSION:
            return False
    elif (asked_from and await _count(conn, c.asked_from == asked_from) >= MOST_BEGUN_FROM_ADDRESS) or (
        await _count(conn, c.session_id.is_(None)) >= MOST_BEGUN
    ):
        return False
    row = {"challenge": challenge, "session_id": session_id, "asked_from": asked_from, "ends_at": now + CHALLENGE_LASTS}
    await conn.execute(insert(conn, passkey_challenges).values(**row))
    return True


async def _count(conn: AsyncConnection, which: ColumnElement[bool]) -> int:
    return (await conn.execute(select(func.count()).select_from(passkey_challenges).where(which))).scalar_one()


async def use_challenge(conn: AsyncConnection, challenge: str, session_id: int | None, now: datetime) -> bool:
    """Uses it up; False if it is over, used, or was for something else."""
    c = passkey_challenges.c
    this = (c.challenge == challenge, c.session_id.is_not_distinct_from(session_id))
    used = update(passkey_challenges).where(*this, c.used_at.is_(None), c.ends_at > now).values(used_at=now)
    return (await conn.execute(used)).rowcount > 0


async def drop_challenges_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(passkey_challenges).where(passkey_challenges.c.ends_at < before))


# --- Passkeys --------------------------------------------------------------------------------------------------------


async def add(
    conn: AsyncConnection,
    agent_id: int,
    credential_id: str,
    public_key: bytes,
    sign_count: int,
    name: str,
    now: datetime,
) -> bool:
    """False if this passkey is known already, no matter whose it is."""
    row = {"credential_id": credential_id, "agent_id": agent_id, "public_key": public_key}
    row |= {"sign_count": sign_count, "name": name, "added_at": now}
    added = insert(conn, passkeys).values(**row).on_conflict_do_nothing().returning(passkeys.c.passkey_id)
    if (await conn.execute(added)).first() is None:
        return False
    await note(conn, "added", agent_id, name, agent_id, now, to_tell=True)
    return True


async def all_passkeys(conn: AsyncConnection, agent_id: int | None = None) -> list[Passkey]:
    """Those of an agent, or of all; by the agent's name, the oldest first."""
    query = _passkeys().order_by(agents.c.name, agents.c.telegram_id, passkeys.c.passkey_id)
    if agent_id is not None:
        query = query.where(passkeys.c.agent_id == agent_id)
    return [_as_passkey(row) for row in (await conn.execute(query)).all()]


async def lock(conn: AsyncConnection, credential_id: str) -> Passkey | None:
    """The passkey with this id; nobody else uses or removes it before this transaction ends."""
    query = _passkeys().where(passkeys.c.credential_id == credential_id).with_for_update(of=passkeys)
    row = (await conn.execute(query)).first()
    return _as_passkey(row) if row is not None else None


def _passkeys() -> Select[*tuple[Any, ...]]:
    return select(passkeys, agents.c.name.label("agent")).join(agents, agents.c.telegram_id == passkeys.c.agent_id)


def _as_passkey(row: Row[*tuple[Any, ...]]) -> Passkey:
    return Passkey(
        *(row.passkey_id, row.credential_id, row.agent_id, row.agent, row.public_key, row.sign_count, row.name),
        *(row.added_at, row.used_at),
    )


async def note_use(conn: AsyncConnection, passkey_id: int, sign_count: int, now: datetime) -> None:
    used = update(passkeys).where(passkeys.c.passkey_id == passkey_id)
    await conn.execute(used.values(sign_count=sign_count, used_at=now))


async def remove(
    conn: AsyncConnection,
    passkey_id: int,
    agent_id: int | None,
    by_id: int | None,
    now: datetime,
    *,
    stays: int | None = None,
) -> bool:
    """Removes a passkey, and ends the sessions that it opened, except the one with the number `stays`. `agent_id`: only
    if it is this agent's. `by_id` is who removes it, None an operator. Its agent is told if it was somebody else. False
    if there is no such passkey."""
    p, s = passkeys.c, console_sessions.c
    which = (p.passkey_id == passkey_id, *((p.agent_id == agent_id,) if agent_id is not None else ()))
    gone = (await conn.execute(delete(passkeys).where(*which).returning(p.agent_id, p.name))).first()
    if gone is None:
        return False
    opened = (s.passkey_id == passkey_id, s.ended_at.is_(None), s.ends_at > now)
    over = update(console_sessions).where(*opened, *((s.session_id != stays,) if stays is not None else ()))
    await conn.execute(over.values(ended_at=now, ended_why="passkey_removed"))
    await note(conn, "removed", gone.agent_id, gone.name, by_id, now, to_tell=by_id != gone.agent_id)
    return True


async def remove_all_of(conn: AsyncConnection, agent_id: int, now: datetime) -> None:
    """Removes all passkeys of an agent who is removed, and what they have begun to add."""
    theirs = select(console_sessions.c.session_id).where(console_sessions.c.agent_id == agent_id)
    # First: who is about to add one has used a challenge, and is waited for here.
    await conn.execute(delete(passkey_challenges).where(passkey_challenges.c.session_id.in_(theirs)))
    gone = delete(passkeys).where(passkeys.c.agent_id == agent_id).returning(passkeys.c.name)
    for row in (await conn.execute(gone)).all():
        await note(conn, "removed", agent_id, row.name, None, now, to_tell=False)


async def count_by_agent(conn: AsyncConnection) -> dict[int, int]:
    """How many passkeys each agent has; who has none is not in it."""
    query = select(passkeys.c.agent_id, func.count().label("n")).group_by(passkeys.c.agent_id)
    return {row.agent_id: row.n for row in (await conn.execute(query)).all()}


# --- What happened to them -------------------------------------------------------------------------------------------


async def note(
    conn: AsyncConnection,
    kind: PasskeyEvent,
    agent_id: int,
    name: str,
    by_id: int | None,
    now: datetime,
    *,
    to_tell: bool,
) -> None:
    row = {"at": now, "kind": kind, "agent_id": agent_id, "name": name, "by_id": by_id, "to_tell": to_tell}
    await conn.execute(insert(conn, passkey_events).values(**row))


async def untold(conn: AsyncConnection) -> Sequence[PasskeyNews]:
    """What agents are still to be told, the oldest first."""
    e = passkey_events.c
    query = (
        select(passkey_events, agents.c.name.label("by"))
        .outerjoin(agents, agents.c.telegram_id == e.by_id)
        .where(e.to_tell)
        .order_by(e.event_id)
    )
    rows = (await conn.execute(query)).all()
    return [PasskeyNews(row.event_id, row.at, row.kind, row.agent_id, row.name, row.by or "") for row in rows]


async def told(conn: AsyncConnection, event_id: int) -> None:
    """Stores that a message was sent, or can never be."""
    await conn.execute(update(passkey_events).where(passkey_events.c.event_id == event_id).values(to_tell=False))


async def drop_events_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(passkey_events).where(passkey_events.c.at < before))
