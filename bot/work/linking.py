"""Linking: which wallet customer is behind a Telegram account, proved by a one-time payload or by one's own contact.

Of a payload only its hash is kept. Guessing is throttled for each account, and what is refused says nothing of anyone.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.rules import phones
from storage import contacts, people
from storage.engine import Connection, Database

PAYLOAD_BYTES = 24  # 192 random bits, 32 characters of Telegram's 64
PAYLOAD_LASTS = timedelta(hours=24)
CONSENT_LASTS = timedelta(hours=24)
FAILURES_ALLOWED = 5  # an hour, for one Telegram account
FAILURES_WITHIN = timedelta(hours=1)

Proof = Literal["payload", "contact"]


@dataclass(frozen=True, slots=True)
class Linked:
    """This account now speaks for the customer; `already` if it did before."""

    customer_id: str
    already: bool = False


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """The customer is linked to another account, which is to be asked first."""

    request_id: int
    asked_user_id: int


@dataclass(frozen=True, slots=True)
class NotLinked:
    """Nothing was linked. `reason` is payload (unknown, used or expired), unknown, ambiguous or throttled."""

    reason: Literal["payload", "unknown", "ambiguous", "throttled"]
    wait: timedelta = timedelta()


Linking = Linked | ConsentAsked | NotLinked


class NoSuchCustomer(LookupError):
    """No customer has this id."""


async def issue_payload(db: Database, customer_id: str, now: datetime) -> str:
    """Makes a one-time payload that is good for 24 hours; raises `NoSuchCustomer`."""
    payload = secrets.token_urlsafe(PAYLOAD_BYTES)
    async with db.write() as conn:
        if not await people.customer_exists(conn, customer_id):
            raise NoSuchCustomer(customer_id)
        await people.add_payload(conn, _hash(payload), customer_id, now + PAYLOAD_LASTS)
    return payload


async def open_payload(db: Database, user_id: int, payload: str, now: datetime) -> Linking:
    """Links whoever opened `t.me/<bot>?start=<payload>`, if the payload is good."""
    async with db.write() as conn:
        if wait := await _throttle(conn, user_id, now):
            return NotLinked("throttled", wait)
        customer_id = await people.use_payload(conn, _hash(payload), user_id, now)
        if customer_id is None:
            await people.add_failure(conn, user_id, now)
            return NotLinked("payload")
        return await _link(conn, customer_id, user_id, "payload", now)


async def share_contact(db: Database, user_id: int, phone: str, now: datetime) -> Linking:
    """Links whoever shared their own contact, if its number belongs to exactly one customer. That the contact is their
    own (`contact.user_id` is the sender's) is for the caller to have seen."""
    async with db.write() as conn:
        if wait := await _throttle(conn, user_id, now):
            return NotLinked("throttled", wait)
        number = phones.of_contact(phone)
        found = await people.customers_with_phone(conn, phones.written_forms(number)) if number else []
        if len(found) != 1:
            await people.add_failure(conn, user_id, now)
            return NotLinked("ambiguous" if found else "unknown")
        return await _link(conn, found[0], user_id, "contact", now)


async def answer_consent(
    db: Database, request_id: int, asked_user_id: int, agreed: bool, now: datetime
) -> people.LinkRequest | None:
    """What the first account said to a second one's wish; None if there was nothing (more) to answer."""
    async with db.write() as conn:
        request = await people.decide_request(conn, request_id, asked_user_id, agreed, now)
        if request is None or await people.linked_user(conn, request.customer_id) != asked_user_id:
            return None
        if agreed:
            await _start(conn, request.customer_id, request.user_id, "agreed", now)
        return request


async def _link(conn: Connection, customer_id: str, user_id: int, proof: Proof, now: datetime) -> Linking:
    holder = await people.linked_user(conn, customer_id)
    if holder == user_id:
        return Linked(customer_id, already=True)
    # An account that Telegram says is gone can agree to nothing, and must not lock its owner out for ever.
    if holder is not None and not await people.is_dead(conn, customer_id, "telegram"):
        request_id = await people.add_request(conn, customer_id, user_id, holder, now, now + CONSENT_LASTS)
        return ConsentAsked(request_id, holder)
    await _start(conn, customer_id, user_id, proof, now)
    return Linked(customer_id)


async def _start(conn: Connection, customer_id: str, user_id: int, way: str, now: datetime) -> None:
    await people.start_link(conn, customer_id, user_id, way, now)
    await contacts.answered(conn, customer_id, "telegram", "linked", now, body=way)


async def _throttle(conn: Connection, user_id: int, now: datetime) -> timedelta:
    """How long this account has to wait before its next attempt; nothing if it need not."""
    count, first = await people.failures_since(conn, user_id, now - FAILURES_WITHIN)
    if count < FAILURES_ALLOWED or first is None:
        return timedelta()
    return first + FAILURES_WITHIN - now


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()
