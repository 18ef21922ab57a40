"""Linking: which wallet customer is behind a Telegram account, proved by a one-time payload or by one's own contact.

Of a payload only its hash is kept. Guessing is throttled for each account, and what is refused says nothing of anyone.
Nobody loses a link without a word: an account that is linked is asked first (`SwitchAsked`, `ConsentAsked`), unless the
wallet's own word stands against a mere phone number; then it is told. How a link ends again is in `unlinking`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from bot.rules.cases.case_events import LinkAsked, LinkLeaving, LinkLeft, LinkNew
from bot.rules.cases.event_codec import Event
from bot.rules.customers import phones
from storage.agreements import holds
from storage.cases import cases
from storage.customers import link_changes, people
from storage.customers.people import Link, LinkRequest
from storage.reminders import contacts
from storage.runtime.engine import Connection, Database

PAYLOAD_BYTES = 24  # 192 random bits, 32 characters of Telegram's 64
PAYLOAD_LASTS = timedelta(hours=24)
CONSENT_LASTS = timedelta(hours=24)
FAILURES_ALLOWED = 5  # an hour, for one Telegram account
FAILURES_WITHIN = timedelta(hours=1)
REFUSED_FOR = timedelta(hours=24)  # who was told no and has no word of the wallet asks no more so long

Proof = Literal["payload", "contact"]
BY_NUMBER = ("contact", "agreed_by_number")  # ways of linking behind which there is nothing but a phone number


@dataclass(frozen=True, slots=True)
class Linked:
    """This account now speaks for the customer; `already` if it did before."""

    customer_id: str
    link_id: int
    already: bool = False


@dataclass(frozen=True, slots=True)
class SwitchAsked:
    """This account speaks for another customer (`name`, since `since`) and is to be asked whether that ends; what ends
    with it: talks with a person, and agreements that go on without the bot."""

    request_id: int
    name: str
    since: datetime
    has_case: bool
    has_agreement: bool


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """The customer is linked to another account, which is to be asked first; `ask` is False where it has been."""

    request_id: int
    asked_user_id: int
    ask: bool = True


@dataclass(frozen=True, slots=True)
class NotLinked:
    """Nothing was linked. `reason` is payload (unknown, used or expired), unknown, ambiguous, throttled, refused (the
    account that is linked said no a short while ago), or wallet_only (only the wallet's own link can do that)."""

    reason: Literal["payload", "unknown", "ambiguous", "throttled", "refused", "wallet_only"]
    wait: timedelta = timedelta()


Linking = Linked | SwitchAsked | ConsentAsked | NotLinked


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question about a link, and what came of a yes. `request.user_id` is who asked for the link; with a
    `switch` that is who answered."""

    request: LinkRequest
    agreed: bool
    result: Linking | None = None


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


async def open_payload(db: Database, user_id: int, payload: str, now: datetime, update_id: int = 0) -> Linking:
    """Links whoever opened `t.me/<bot>?start=<payload>`, if the payload is good. The same update, handled again after a
    kill, asks again what may not have been asked."""
    async with db.write() as conn:
        if wait := await _throttle(conn, user_id, now):
            return NotLinked("throttled", wait)
        customer_id = await people.use_payload(conn, _hash(payload), user_id, now)
        if customer_id is None:
            await people.add_failure(conn, user_id, now)
            return NotLinked("payload")
        return await _link(conn, _Wish(customer_id, user_id, "payload", update_id), now)


async def share_contact(db: Database, user_id: int, phone: str, now: datetime, update_id: int = 0) -> Linking:
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
        return await _link(conn, _Wish(found[0], user_id, "contact", update_id), now)


async def answer_question(
    db: Database, request_id: int, user_id: int, agreed: bool, now: datetime, update_id: int = 0
) -> Answered | None:
    """What an account said when it was asked whether its link may end; None if there was nothing (more) to answer: it
    was answered before, is too late, or things are no longer as they were asked about."""
    async with db.write() as conn:
        request = await people.decide_request(conn, request_id, user_id, agreed, now, update_id)
        if request is None:
            return None
        agreed = bool(request.agreed)  # as it was said first
        if not agreed:
            return Answered(request, False)
        proof = cast(Proof, request.proof)
        wish = _Wish(request.customer_id, request.user_id, proof, update_id)
        await people.lock(conn, request.customer_id)
        live = await people.live_link(conn, request.customer_id)
        if live is not None and live.user_id == request.user_id:
            return Answered(request, True, Linked(request.customer_id, live.link_id, already=True))
        if await people.linked_customer(conn, request.user_id) != request.from_customer_id:
            return None  # who asked speaks for somebody else by now
        if request.kind == "switch":
            return Answered(request, True, await _take(conn, wish, live, now, leaves=request.from_customer_id))
        if live is None or live.user_id != user_id:
            return None
        way = "agreed" if proof == "payload" or live.way not in BY_NUMBER else "agreed_by_number"
        link_id = await _start(conn, wish, way, live, now, leaves=request.from_customer_id)
        return Answered(request, True, Linked(request.customer_id, link_id))


@dataclass(frozen=True, slots=True)
class _Wish:
    """An account wants to speak for a customer, with that proof."""

    customer_id: str
    user_id: int
    proof: Proof
    update_id: int


async def _link(conn: Connection, wish: _Wish, now: datetime) -> Linking:
    await people.lock(conn, wish.customer_id)
    live = await people.live_link(conn, wish.customer_id)
    if live is not None and live.user_id == wish.user_id:
        return Linked(wish.customer_id, live.link_id, already=True)
    mine = await people.link_of_user(conn, wish.user_id)
    if mine is None:
        return await _take(conn, wish, live, now, leaves=None)
    request_id, new = await _ask(conn, wish, "switch", wish.user_id, mine.customer_id, now)
    case = await cases.open_case_of(conn, mine.customer_id)
    if new:
        await _tell_case(conn, mine.customer_id, LinkLeaving(), now)
    agreed = await holds.standing_of(conn, mine.customer_id)
    return SwitchAsked(
        request_id,
        await people.name_of(conn, mine.customer_id),
        mine.linked_at,
        has_case=case is not None,
        has_agreement=any(hold.kind in ("promise", "plan") for hold in agreed),
    )


async def _take(conn: Connection, wish: _Wish, live: Link | None, now: datetime, *, leaves: str | None) -> Linking:
    """Links at once where nobody is to be asked: nobody is linked, or the wallet's word stands against a mere number,
    or who is linked can answer nothing. An account that Telegram says is gone must not lock its owner out for ever;
    but whoever only blocked the bot keeps a link of the wallet's from those who only have the number."""
    if live is not None:
        outranked = live.way in BY_NUMBER and wish.proof == "payload"
        weaker = live.way not in BY_NUMBER and wish.proof == "contact"
        silent = await people.death_of(conn, wish.customer_id, "telegram")
        if silent is not None and silent != "deactivated" and weaker:
            return NotLinked("wallet_only")
        if silent is None and not outranked:
            return await _ask_holder(conn, wish, live, now, leaves)
    return Linked(wish.customer_id, await _start(conn, wish, wish.proof, live, now, leaves=leaves))


async def _ask_holder(conn: Connection, wish: _Wish, live: Link, now: datetime, leaves: str | None) -> Linking:
    said_no = wish.proof == "contact" and await people.was_refused(
        conn, wish.customer_id, wish.user_id, now - REFUSED_FOR
    )
    if said_no:
        return NotLinked("refused")
    known = await people.open_request(conn, wish.customer_id, wish.user_id, "consent", live.user_id, now)
    if known is not None:
        return ConsentAsked(known.request_id, live.user_id, ask=known.asked_in == wish.update_id)
    request_id, _ = await _ask(conn, wish, "consent", live.user_id, leaves, now)
    await _tell_case(conn, wish.customer_id, LinkAsked(), now)
    return ConsentAsked(request_id, live.user_id)


async def _ask(
    conn: Connection, wish: _Wish, kind: str, asked_user_id: int, from_customer_id: str | None, now: datetime
) -> tuple[int, bool]:
    """The number of the question, and whether it is new: one that waits for its answer is asked again."""
    known = await people.open_request(conn, wish.customer_id, wish.user_id, kind, asked_user_id, now)
    if known is not None and known.from_customer_id == from_customer_id and known.proof == wish.proof:
        return known.request_id, False
    request = people.NewRequest(
        kind, wish.proof, wish.customer_id, wish.user_id, asked_user_id, from_customer_id, wish.update_id
    )
    return await people.add_request(conn, request, now, now + CONSENT_LASTS), True


async def _start(
    conn: Connection, wish: _Wish, way: str, live: Link | None, now: datetime, *, leaves: str | None
) -> int:
    """Begins the link, and writes down what ended by it and who is to be told of that."""
    customer_id, user_id = wish.customer_id, wish.user_id
    before = await people.last_link(conn, customer_id)
    link_id = await people.start_link(conn, customer_id, user_id, way, now)
    await contacts.answered(conn, customer_id, "telegram", "linked", now, body=way)
    if live is not None:
        await link_changes.add(
            conn,
            customer_id,
            link_changes.TAKEN_OVER,
            live.user_id,
            now,
            link_id=link_id,
            other_account=user_id,
            tell_account=not way.startswith("agreed"),  # who agreed knows
            tell_elsewhere=True,
        )
    elif before is not None and before.user_id != user_id:
        await link_changes.add(
            conn, customer_id, link_changes.AGAIN, user_id, now, link_id=link_id, tell_elsewhere=True
        )
    elif before is None and way == "contact":
        await link_changes.add(
            conn, customer_id, link_changes.BY_NUMBER, user_id, now, link_id=link_id, tell_elsewhere=True
        )
    if leaves is not None:
        await people.forget_words(conn, user_id)  # they were for whoever helps the other customer
        await link_changes.add(
            conn, leaves, link_changes.MOVED, user_id, now, other_customer_id=customer_id, tell_elsewhere=True
        )
        await _tell_case(conn, leaves, LinkLeft(), now)
    if live is not None or before is not None:
        await _tell_case(conn, customer_id, LinkNew(), now)
    return link_id


async def _tell_case(conn: Connection, customer_id: str, event: Event, now: datetime) -> None:
    """Has it said in the topic of the customer's case, if one is open, and the card written again."""
    case = await cases.open_case_of(conn, customer_id)
    if case is not None:
        await cases.add_event(conn, case.case_id, event, now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])


async def _throttle(conn: Connection, user_id: int, now: datetime) -> timedelta:
    """How long this account has to wait before its next attempt; nothing if it need not."""
    count, first = await people.failures_since(conn, user_id, now - FAILURES_WITHIN)
    if count < FAILURES_ALLOWED or first is None:
        return timedelta()
    return first + FAILURES_WITHIN - now


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()
