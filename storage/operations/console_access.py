"""Who is in the console: one-time links, sessions, and who looks at which case. Only digests of secrets are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.agents import Agent, as_agent
from storage.operations import operation_events, passkeys, saved_views
from storage.operations.passkeys import Passkey
from storage.runtime.engine import insert, put
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, agents, console_links, console_sessions, console_visits


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is open, and whose it is."""

    session_id: int
    agent: Agent
    ends_at: datetime
    by_passkey: bool = False  # else by a link of the bot's


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who looks at a case."""

    agent_id: int
    name: str


# --- Who may enter ---------------------------------------------------------------------------------------------------

AUDITOR = "auditor"
_MAY_ENTER = or_(agents.c.removed_at.is_(None), agents.c.audits)
_ROLE = case((agents.c.removed_at.is_(None), agents.c.role), else_=AUDITOR)


async def who(conn: AsyncConnection, telegram_id: int) -> Agent | None:
    """The agent or auditor with this id, if they may enter; an auditor has the role `AUDITOR`."""
    query = select(agents, _ROLE.label("as_what")).where(agents.c.telegram_id == telegram_id, _MAY_ENTER)
    row = (await conn.execute(query)).first()
    return replace(as_agent(row), role=row.as_what) if row is not None else None


async def add_auditor(conn: AsyncConnection, telegram_id: int, name: str, languages: str, now: datetime) -> bool:
    """Adds an auditor, or changes one; False if they are an agent, who has a part in what is audited."""
    there = select(agents.c.telegram_id).where(agents.c.telegram_id == telegram_id, agents.c.removed_at.is_(None))
    if (await conn.execute(there)).first() is not None:
        return False
    row = {"telegram_id": telegram_id, "name": name, "languages": languages, "role": "agent", "added_at": now}
    await put(conn, agents, ["telegram_id"], {**row, "removed_at": now, "away_since": None, "audits": True})
    await operation_events.note(conn, "auditor_added", name, now)
    return True


async def auditors(conn: AsyncConnection) -> list[Agent]:
    query = select(agents).where(agents.c.audits).order_by(agents.c.added_at, agents.c.telegram_id)
    return [replace(as_agent(row), role=AUDITOR) for row in (await conn.execute(query)).all()]


async def remove_auditor(conn: AsyncConnection, telegram_id: int, now: datetime) -> bool:
    """Ends all sessions of an auditor at once; False if there is none with this id."""
    gone = update(agents).where(agents.c.telegram_id == telegram_id, agents.c.audits).values(audits=False)
    row = (await conn.execute(gone.returning(agents.c.name))).first()
    if row is None:
        return False
    await operation_events.note(conn, "auditor_removed", row.name, now)
    await end_all_of(conn, telegram_id, now)
    return True


# --- Getting in ------------------------------------------------------------------------------------------------------


async def keep_link(conn: AsyncConnection, agent_id: int, digest: str, ends_at: datetime) -> None:
    """Keeps the way in for this agent; an earlier one is over."""
    await put(conn, console_links, ["agent_id"], {"agent_id": agent_id, "digest": digest, "ends_at": ends_at})


async def link_is_good(conn: AsyncConnection, digest: str, now: datetime) -> bool:
    """Whether this link would let somebody in; it stays unused."""
    query = (
        select(console_links.c.agent_id)
        .join(agents, agents.c.telegram_id == console_links.c.agent_id)
        .where(console_links.c.digest == digest, console_links.c.ends_at > now, _MAY_ENTER)
    )
    return (await conn.execute(query)).first() is not None


async def use_link(conn: AsyncConnection, digest: str, now: datetime) -> int | None:
    """Uses the link up; whose it was, or None if it is used, over or nobody's."""
    used = (
        delete(console_links)
        .where(console_links.c.digest == digest)
        .returning(console_links.c.agent_id, console_links.c.ends_at)
    )
    row = (await conn.execute(used)).first()
    return row.agent_id if row is not None and row.ends_at > now else None


# --- Sessions --------------------------------------------------------------------------------------------------------


async def begin(
    conn: AsyncConnection, agent_id: int, digest: str, now: datetime, ends_at: datetime, passkey: Passkey | None = None
) -> None:
    """`passkey` is what let them in; None: it was a link."""
    row = {"agent_id": agent_id, "digest": digest, "begun_at": now, "ends_at": ends_at}
    if passkey is not None:
        row |= {"passkey": passkey.name, "passkey_id": passkey.passkey_id}
    await conn.execute(insert(conn, console_sessions).values(**row))


async def session(conn: AsyncConnection, digest: str, now: datetime) -> Session | None:
    """The open session with this digest, with its agent as they are now; None if it is over or the agent was
    removed."""
    row = (await conn.execute(_session(), {"given_digest": digest, NOW.key: now})).first()
    if row is None:
        return None
    agent = replace(as_agent(row), role=row.as_what)
    return Session(row.session_id, agent, row.ends_at, by_passkey=row.passkey is not None)


@prepared
def _session() -> Select[*tuple[Any, ...]]:
    return (
        select(
            *(console_sessions.c.session_id, console_sessions.c.ends_at, console_sessions.c.passkey),
            *agents.c,
            _ROLE.label("as_what"),
        )
        .join(agents, agents.c.telegram_id == console_sessions.c.agent_id)
        .where(
            console_sessions.c.digest == bindparam("given_digest", type_=console_sessions.c.digest.type),
            console_sessions.c.ends_at > NOW,
            console_sessions.c.begun_at <= NOW,
            console_sessions.c.ended_at.is_(None),
            _MAY_ENTER,
        )
    )


async def end(conn: AsyncConnection, session_id: int, now: datetime) -> None:
    """The agent signed out."""
    over = update(console_sessions).where(
        console_sessions.c.session_id == session_id, console_sessions.c.ended_at.is_(None)
    )
    await conn.execute(over.values(ended_at=now, ended_why="signed_out"))
    await conn.execute(delete(console_visits).where(console_visits.c.session_id == session_id))


async def end_all_of(conn: AsyncConnection, agent_id: int, now: datetime) -> None:
    """Nothing of this agent's opens the console any more: they were removed."""
    await conn.execute(delete(console_links).where(console_links.c.agent_id == agent_id))
    await saved_views.drop_all_of(conn, agent_id)
    await passkeys.remove_all_of(conn, agent_id, now)  # before their sessions: who is about to sign in is seen
    theirs = (console_sessions.c.agent_id == agent_id, console_sessions.c.ended_at.is_(None))
    over = update(console_sessions).where(*theirs, console_sessions.c.ends_at > now)
    await conn.execute(over.values(ended_at=now, ended_why="removed"))


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    """Drops the record of sessions that were over before then."""
    old = select(console_sessions.c.session_id).where(console_sessions.c.ends_at < before)
    await conn.execute(delete(console_visits).where(console_visits.c.session_id.in_(old)))
    await conn.execute(delete(console_sessions).where(console_sessions.c.ends_at < before))


# --- Who looks at a case ---------------------------------------------------------------------------------------------


async def note_visit(conn: AsyncConnection, session_id: int, case_id: int, now: datetime) -> None:
    row = {"session_id": session_id, "case_id": case_id, "seen_at": now}
    await put(conn, console_visits, ["session_id", "case_id"], row)


async def onlookers(conn: AsyncConnection, case_id: int, since: datetime, but_not: int) -> list[Onlooker]:
    """Who has looked at the case since then, except one agent; by name."""
    given = {"given_case_id": case_id, "given_since": since, "given_but_not": but_not}
    return [Onlooker(row.telegram_id, row.name) for row in (await conn.execute(_onlookers(), given)).all()]


@prepared
def _onlookers() -> Select[*tuple[Any, ...]]:
    return (
        select(agents.c.telegram_id, agents.c.name)
        .distinct()
        .select_from(console_visits)
        .join(console_sessions, console_sessions.c.session_id == console_visits.c.session_id)
        .join(agents, agents.c.telegram_id == console_sessions.c.agent_id)
        .where(
            console_visits.c.case_id == bindparam("given_case_id", type_=console_visits.c.case_id.type),
            console_visits.c.seen_at > bindparam("given_since", type_=Instant()),
            console_sessions.c.ended_at.is_(None),
            agents.c.removed_at.is_(None),
            agents.c.telegram_id != bindparam("given_but_not", type_=agents.c.telegram_id.type),
        )
        .order_by(agents.c.name, agents.c.telegram_id)
    )
