"""Ends reminders from a link in a mail, without a login: the link of List-Unsubscribe (RFC 8058). It does what `/stop`
does.

A link names a notice, and proves that this program made it. It does not tell who the notice was for. Its key belongs to
the program and is used for nothing else: somebody who finds a link can end reminders and do nothing more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from bot.settings import Settings
from bot.work.customers.opt_out import note_stopped
from storage.facts.customer_facts import facts_of
from storage.reminders import contacts, signs_of_life
from storage.reminders.signs_of_life import SignOfLife
from storage.runtime.engine import Connection, Database
from storage.runtime.program_keys import key_for
from storage.runtime.write_retry import persist

PATH = "/unsubscribe"
PROOF_BYTES = 16
PURPOSE = "unsubscribe links"
_TOKEN = re.compile(r"([1-9][0-9]{0,17})-([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Recipient:
    """The customer of a notice, and their language; `stopped`: they get no reminders any more."""

    customer_id: str
    language: str
    stopped: bool


async def key_of_links(conn: Connection, settings: Settings) -> bytes:
    """The key that signs links; empty if the program's HTTP side cannot be reached from outside."""
    return await key_for(conn, PURPOSE) if settings.public_url else b""


def link(settings: Settings, key: bytes, notice_id: int) -> str:
    """The link with which the customer of this notice ends reminders; empty without a key."""
    return f"{settings.public_url}{PATH}/{notice_id}-{_proof(key, notice_id)}" if key else ""


async def recipient(db: Database, settings: Settings, token: str) -> Recipient | None:
    """The customer whose reminders this token ends; None if this program did not make the token."""
    if _TOKEN.fullmatch(token) is None:
        return None
    async with db.write() as conn:  # it creates the key if no mail was sent yet
        notice_id = await _notice_of(conn, settings, token)
        return None if notice_id is None else await _recipient(conn, notice_id)


async def unsubscribe(db: Database, settings: Settings, token: str, now: datetime) -> Recipient | None:
    """Ends the reminders of the token's customer, and keeps this as evidence. A second time changes nothing."""
    if _TOKEN.fullmatch(token) is None:
        return None

    async def write() -> Recipient | None:
        async with db.write() as conn:
            notice_id = await _notice_of(conn, settings, token)
            if notice_id is None:
                return None
            customer = await _recipient(conn, notice_id)
            if customer is not None and not customer.stopped:
                await note_stopped(conn, customer.customer_id, now)
                sign = SignOfLife(customer.customer_id, "email", "unsubscribed", now)
                await signs_of_life.record_sign_of_life(conn, sign)
            return customer

    return await persist(write)


async def _recipient(conn: Connection, notice_id: int) -> Recipient | None:
    customer_id = await contacts.recipient_of(conn, notice_id)
    facts = await facts_of(conn, customer_id) if customer_id is not None else None
    if facts is None:
        return None
    customer = facts.customer
    return Recipient(customer.customer_id, customer.spoken, customer.stopped or customer.forgotten)


async def _notice_of(conn: Connection, settings: Settings, token: str) -> int | None:
    parts = _TOKEN.fullmatch(token)
    key = await key_of_links(conn, settings)
    if parts is None or not key:
        return None
    notice_id = int(parts[1])
    return notice_id if hmac.compare_digest(parts[2], _proof(key, notice_id)) else None


def _proof(key: bytes, notice_id: int) -> str:
    proof = hmac.digest(key, f"duebot unsubscribe {notice_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(proof[:PROOF_BYTES]).decode().rstrip("=")
