"""Signing in to the console with a passkey, and adding and removing passkeys.

What an authenticator has to sign is in the database, for minutes and for one use, so any process can take the answer.
Who adds a passkey came in by a link of the bot's: behind each passkey there is an agent's Telegram account.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog

from bot.rules.operations.passkeys import MOST_PASSKEYS, Site, is_a_copy, name_of
from bot.work.operations.console_access import begin_session
from storage.cases.agents import Agent
from storage.operations import console_access, passkeys
from storage.operations.console_access import AUDITOR, Session
from storage.operations.passkeys import Passkey
from storage.runtime.engine import Connection, Database
from storage.runtime.program_keys import key_for

log = structlog.get_logger()

USERS = "passkey users"
RANDOM_BYTES = 32

WhyNot = Literal["over", "forged", "unknown", "copied", "too_many", "by_passkey", "most", "no_name", "again"]


@dataclass(frozen=True, slots=True)
class NotSo:
    """Why nothing was done: what was to be signed is `over` or used, the answer is `forged`, the passkey is `unknown`,
    has `copied` itself, is there `again`; it was begun `too_many` times; who adds one came in `by_passkey`, has the
    `most` that one can have, or gave it `no_name`."""

    why: WhyNot


async def begin_adding(
    db: Database, session: Session, site: Site, brand: str, now: datetime
) -> Mapping[str, object] | NotSo:
    """What the browser of this session is to make a passkey from."""
    from bot.work.operations.passkey_proofs import to_make

    if session.by_passkey:
        return NotSo("by_passkey")
    agent, challenge = session.agent, secrets.token_urlsafe(RANDOM_BYTES)
    async with db.write() as conn:
        known = await passkeys.all_passkeys(conn, agent.telegram_id)
        if len(known) >= MOST_PASSKEYS:
            return NotSo("most")
        if not await passkeys.begin(conn, challenge, session.session_id, "", now):
            return NotSo("too_many")
        user = await _user(conn, agent.telegram_id)
    return to_make(site, brand, user, agent.name, [one.credential_id for one in known], challenge)


async def add(db: Database, session: Session, site: Site, name: str, answer: str, now: datetime) -> NotSo | None:
    """Adds the passkey that a browser of this session made; its agent is told in Telegram."""
    from bot.work.operations.passkey_proofs import NotGenuine, check_made, read_made

    agent_id, called = session.agent.telegram_id, name_of(name)
    if session.by_passkey:
        return NotSo("by_passkey")
    if not called:
        return NotSo("no_name")
    try:
        said = read_made(answer)
        made = check_made(site, said)
    except NotGenuine:
        return NotSo("forged")
    async with db.write() as conn:
        if not await passkeys.use_challenge(conn, said.challenge, session.session_id, now):
            return NotSo("over")
        who = await console_access.who(conn, agent_id)
        if who is None or who.role == AUDITOR:
            return NotSo("over")
        if len(await passkeys.all_passkeys(conn, agent_id)) >= MOST_PASSKEYS:
            return NotSo("most")
        key = (made.credential_id, made.public_key, made.sign_count)
        return None if await passkeys.add(conn, agent_id, *key, called, now) else NotSo("again")


async def begin_signing_in(
    db: Database, site: Site, brand: str, asked_from: str, now: datetime
) -> Mapping[str, object] | NotSo:
    """What a browser is to have signed; `asked_from` is the address from which it asks, empty for this machine."""
    from bot.work.operations.passkey_proofs import to_sign

    challenge = secrets.token_urlsafe(RANDOM_BYTES)
    async with db.write() as conn:
        if not await passkeys.begin(conn, challenge, None, asked_from, now):
            return NotSo("too_many")
    return to_sign(site, brand, challenge)


async def sign_in(db: Database, site: Site, answer: str, now: datetime) -> str | NotSo:
    """The new session's secret, for a cookie, if a passkey of somebody who is an agent now has signed what was asked. A
    passkey that seems to have been copied lets nobody in, and its agent is told."""
    from bot.work.operations.passkey_proofs import NotGenuine, check_signed, read_signed

    try:
        said = read_signed(answer)
    except NotGenuine:
        return NotSo("forged")
    async with db.write() as conn:
        if not await passkeys.use_challenge(conn, said.challenge, None, now):
            return NotSo("over")
        known = await passkeys.lock(conn, said.credential_id)
        agent = await console_access.who(conn, known.agent_id) if known is not None else None
        if known is None or agent is None or agent.role == AUDITOR:
            return NotSo("unknown")
        try:
            sign_count = check_signed(site, said, known.public_key, await _user(conn, known.agent_id))
        except NotGenuine:
            return NotSo("forged")
        if is_a_copy(known.sign_count, sign_count):
            log.warning("a passkey seems to have a copy", agent=known.agent_id, passkey=known.passkey_id)
            await passkeys.note(conn, "refused", known.agent_id, known.name, None, now, to_tell=True)
            return NotSo("copied")
        await passkeys.note_use(conn, known.passkey_id, sign_count, now)
        return await begin_session(conn, known.agent_id, now, known)


async def read_passkeys(db: Database, agent: Agent) -> tuple[Sequence[Passkey], Sequence[Passkey]]:
    """An agent's own passkeys and, for supervisors, those of the others."""
    async with db.read() as conn:
        if not agent.is_supervisor:
            return await passkeys.all_passkeys(conn, agent.telegram_id), ()
        known = await passkeys.all_passkeys(conn)
    own = [one for one in known if one.agent_id == agent.telegram_id]
    return own, [one for one in known if one.agent_id != agent.telegram_id]


async def remove(db: Database, session: Session, passkey_id: int, now: datetime) -> bool:
    """Removes a passkey of the agent's own or, by a supervisor, anybody's, and ends the other sessions that it opened;
    False if there is no such passkey."""
    by = session.agent
    whose = None if by.is_supervisor else by.telegram_id
    async with db.write() as conn:
        return await passkeys.remove(conn, passkey_id, whose, by.telegram_id, now, stays=session.session_id)


async def _user(conn: Connection, agent_id: int) -> bytes:
    """The id by which authenticators know an agent: it means nothing to anybody else, and never changes."""
    return hmac.digest(await key_for(conn, USERS), str(agent_id).encode(), hashlib.sha256)
