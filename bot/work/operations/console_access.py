"""Getting into the console: a one-time link that the bot sends to an agent, then a session in their browser.
`passkeys` has the other way in.

Secrets are 256 random bits, and only their digests are kept. A session is asked for with every request, so one that was
ended, or whose agent was removed, opens nothing from that moment on, in no process.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.cases import cases
from storage.cases.agents import Agent
from storage.operations import console_access, operation_events, passkeys
from storage.operations.console_access import Onlooker, Session
from storage.operations.passkeys import Passkey
from storage.runtime.engine import Connection, Database

PATH = "/console"
LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
RECORD_KEPT_FOR = timedelta(days=400)
LOOK_AGAIN_AFTER = timedelta(seconds=10)  # who goes on looking at a case says so
SEEN_WITHIN = timedelta(seconds=30)
MOST_SECRET = 128  # characters: what is longer is no secret of ours, and is not hashed
RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Way:
    """The way in for an agent: a link for one use, until then."""

    agent: Agent
    url: str
    ends_at: datetime


async def way_in(db: Database, user_id: int, base: str, now: datetime) -> Way | None:
    """A new one-time link for the agent or auditor with this account, below the address `base`; else None. Earlier
    links of theirs are over."""
    secret = secrets.token_urlsafe(RANDOM_BYTES)
    async with db.write() as conn:
        agent = await console_access.who(conn, user_id)
        if agent is None:
            return None
        ends_at = now + LINK_LASTS
        await console_access.keep_link(conn, user_id, _digest(secret), ends_at)
    return Way(agent, f"{base}{PATH}/in/{secret}", ends_at)


async def is_way_in(db: Database, secret: str, now: datetime) -> bool:
    """Whether this link would let somebody in; it stays unused."""
    async with db.read() as conn:
        return len(secret) <= MOST_SECRET and await console_access.link_is_good(conn, _digest(secret), now)


async def sign_in(db: Database, secret: str, now: datetime) -> str | None:
    """Uses a link up: the new session's secret, for a cookie; None if the link does not let anybody in."""
    if len(secret) > MOST_SECRET:
        return None
    async with db.write() as conn:
        agent_id = await console_access.use_link(conn, _digest(secret), now)
        if agent_id is None or await console_access.who(conn, agent_id) is None:
            return None
        return await begin_session(conn, agent_id, now)


async def begin_session(conn: Connection, agent_id: int, now: datetime, passkey: Passkey | None = None) -> str:
    """A new session's secret; `passkey` is what lets them in, None: a link."""
    session = secrets.token_urlsafe(RANDOM_BYTES)
    await console_access.begin(conn, agent_id, _digest(session), now, now + SESSION_LASTS, passkey)
    return session


async def session_of(db: Database, secret: str, now: datetime) -> Session | None:
    """The open session with this secret."""
    if not secret or len(secret) > MOST_SECRET:
        return None
    async with db.read() as conn:
        return await console_access.session(conn, _digest(secret), now)


async def sign_out(db: Database, session: Session, now: datetime) -> None:
    async with db.write() as conn:
        await console_access.end(conn, session.session_id, now)


async def drop_old(db: Database, now: datetime) -> None:
    """Drops the record of sign-ins that nothing needs any more."""
    async with db.write() as conn:
        await passkeys.drop_challenges_before(conn, now)
        await operation_events.drop_before(conn, now - RECORD_KEPT_FOR)
        await passkeys.drop_events_before(conn, now - RECORD_KEPT_FOR)
        await console_access.drop_before(conn, now - RECORD_KEPT_FOR)


def form_token(session: str) -> str:
    """What each form of this session carries, so that no other site can send one: nobody can make it without the
    session's secret, nor the secret from it."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


# --- Who looks at a case ---------------------------------------------------------------------------------------------


async def look_at(db: Database, session: Session, case_id: int, now: datetime) -> bool:
    """Says that this session looks at the case now; False if there is no such case."""
    async with db.write() as conn:
        if await cases.case(conn, case_id) is None:
            return False
        await console_access.note_visit(conn, session.session_id, case_id, now)
    return True


async def who_else_looks(db: Database, session: Session, case_id: int, now: datetime) -> Sequence[Onlooker]:
    async with db.read() as conn:
        return await console_access.onlookers(conn, case_id, now - SEEN_WITHIN, session.agent.telegram_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
