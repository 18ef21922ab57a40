"""Linking: which wallet customer a Telegram account belongs to, proved by a one-time payload or by the person's own
contact.

Only the hash of a payload is kept. Guessing is limited for each account, and a refusal tells nothing about anybody.

Nobody loses a link without notice: a linked account is asked first (`SwitchAsked`, `ConsentAsked`). Only the wallet's
own payload needs no question where the old link rests on a phone number alone; then the account is told. `unlinking`
says how a link ends.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from bot.rules.cases.case_events import LinkAsked, LinkLeaving, LinkLeft, LinkNew
from bot.rules.cases.event_codec import Event
from bot.rules.customers import phones
from storage.agreements import holds
from storage.cases import cases
from storage.customers import (
    customer_rows,
    first_links,
    link_attempts,
    link_changes,
    link_requests,
    reachability,
    telegram_chats,
    telegram_links,
)
from storage.customers.link_changes import NewChange
from storage.customers.link_requests import LinkRequest
from storage.customers.telegram_links import Link
from storage.reminders import signs_of_life
from storage.reminders.signs_of_life import SignOfLife
from storage.runtime.engine import Connection, Database

PAYLOAD_BYTES = 24  # 192 random bits, 32 characters of Telegram's 64
PAYLOAD_LASTS = timedelta(hours=24)
CONSENT_LASTS = timedelta(hours=24)
FAILURES_ALLOWED = 5  # an hour, for one Telegram account
FAILURES_WITHIN = timedelta(hours=1)
MANY = 2  # contacts at once, from which on first links are made together
REFUSED_FOR = timedelta(hours=24)  # after a refusal, an account without a payload cannot ask again for so long

Proof = Literal["payload", "contact"]
BY_NUMBER = ("contact", "agreed_by_number")  # ways of linking that rest on a phone number alone


@dataclass(frozen=True, slots=True)
class Linked:
    """This account is now the customer's; `already` if it was before, `first` if the customer never had a link and
    the account leaves none, so that nobody in Telegram has to be told."""

    customer_id: str
    link_id: int
    already: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class SwitchAsked:
    """This account belongs to another customer (`name`, since `since`), and has to be asked whether that link ends.
    With it end talks with an agent; agreements go on without the bot."""

    request_id: int
    name: str
    since: datetime
    has_case: bool
    has_agreement: bool


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """The customer is linked to another account, which has to be asked first; `ask` is False if it was asked
    already."""

    request_id: int
    asked_user_id: int
    ask: bool = True


@dataclass(frozen=True, slots=True)
class NotLinked:
    """Nothing was linked. `reason` is payload (unknown, used or expired), unknown, ambiguous, throttled, refused (the
    linked account said no a short while ago), or wallet_only (only the wallet's own link can do this)."""

    reason: Literal["payload", "unknown", "ambiguous", "throttled", "refused", "wallet_only"]
    wait: timedelta = timedelta()


Linking = Linked | SwitchAsked | ConsentAsked | NotLinked


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question about a link, and the result of a yes. `request.user_id` is the account that asked for
    the link; for a `switch` it is the account that answered."""

    request: LinkRequest
    agreed: bool
    result: Linking | None = None


class NoSuchCustomer(LookupError):
    """No customer has this id."""


async def issue_payload(db: Database, customer_id: str, now: datetime) -> str:
    """Makes a one-time payload that is valid for 24 hours; raises `NoSuchCustomer`."""
    payload = secrets.token_urlsafe(PAYLOAD_BYTES)
    async with db.write() as conn:
        if not await customer_rows.customer_exists(conn, customer_id):
            raise NoSuchCustomer(customer_id)
        await link_attempts.add_payload(conn, _hash(payload), customer_id, now + PAYLOAD_LASTS)
    return payload


async def open_payload(db: Database, user_id: int, payload: str, now: datetime, update_id: int = 0) -> Linking:
    """Links the account that opened `t.me/<bot>?start=<payload>`, if the payload is valid. The same update, handled
    again after a kill, asks the question again, because it may not have been asked."""
    return await db.write_together(_try_all, _Try(user_id, "payload", payload, now, update_id))


async def share_contact(db: Database, user_id: int, phone: str, now: datetime, update_id: int = 0) -> Linking:
    """Links the account that shared its own contact, if the number belongs to exactly one customer. The caller must
    have checked that the contact is their own (`contact.user_id` is the sender's)."""
    return await db.write_together(_try_all, _Try(user_id, "contact", phone, now, update_id))


@dataclass(frozen=True, slots=True)
class _Try:
    """An account's attempt to be linked; `shown` is the payload or the phone number."""

    user_id: int
    proof: Proof
    shown: str
    at: datetime
    update_id: int


async def _try_all(conn: Connection, tries: Sequence[_Try]) -> list[Linking]:
    """In one transaction: first links by phone number all together, everything else one after the other."""
    made = await _start_firsts(conn, await _firsts(conn, tries), max(one.at for one in tries))
    return [made.get(one.user_id) or await _try(conn, one) for one in tries]


async def _firsts(conn: Connection, tries: Sequence[_Try]) -> dict[str, int]:
    """Accounts that may have their customer's first link at once, by customer. Nobody has to be asked: the customer
    never had a link, and the account has none."""
    forms = {one.user_id: _forms(one.shown) for one in tries if one.proof == "contact"}
    if len(forms) < MANY:
        return {}
    failed = await first_links.failures_of(conn, forms, min(one.at for one in tries) - FAILURES_WITHIN)
    of_phone = await first_links.customers_with(conn, [form for theirs in forms.values() for form in theirs])
    user_of: dict[str, int] = {}
    for user_id, theirs in forms.items():
        found = [customer_id for form in theirs for customer_id in of_phone.get(form, ())]
        if len(found) == 1 and user_id not in failed:
            user_of.setdefault(found[0], user_id)
    if not user_of:
        return {}
    linked = await first_links.linked_among(conn, list(user_of.values()))
    without = await first_links.lock_those_without_a_link(conn, user_of)
    return {customer_id: user for customer_id, user in user_of.items() if customer_id in without and user not in linked}


async def _start_firsts(conn: Connection, user_of: Mapping[str, int], now: datetime) -> dict[int, Linking]:
    """Starts first links by phone number. Returns them by account."""
    if not user_of:
        return {}
    made = await first_links.start_all(conn, user_of, "contact", now)
    signs = [SignOfLife(customer_id, "telegram", "linked", now, "contact") for customer_id in user_of]
    await signs_of_life.record_signs_of_life(conn, signs)
    await link_changes.add_by_number(conn, [(id_, user, made[id_]) for id_, user in user_of.items()], now)
    return {user: Linked(customer_id, made[customer_id], first=True) for customer_id, user in user_of.items()}


def _forms(shown: str) -> Sequence[str]:
    number = phones.of_contact(shown)
    return phones.written_forms(number) if number else ()


async def _try(conn: Connection, one: _Try) -> Linking:
    if wait := await _throttle(conn, one.user_id, one.at):
        return NotLinked("throttled", wait)
    found = await _customer_of(conn, one)
    if isinstance(found, NotLinked):
        await link_attempts.add_failure(conn, one.user_id, one.at)
        return found
    return await _link(conn, _Wish(found, one.user_id, one.proof, one.update_id), one.at)


async def _customer_of(conn: Connection, one: _Try) -> str | NotLinked:
    if one.proof == "payload":
        by_payload = await link_attempts.use_payload(conn, _hash(one.shown), one.user_id, one.at)
        return NotLinked("payload") if by_payload is None else by_payload
    forms = _forms(one.shown)
    by_phone = await link_attempts.customers_with_phone(conn, forms) if forms else []
    return by_phone[0] if len(by_phone) == 1 else NotLinked("ambiguous" if by_phone else "unknown")


async def answer_question(
    db: Database, request_id: int, user_id: int, agreed: bool, now: datetime, update_id: int = 0
) -> Answered | None:
    """An account's answer whether its link may end. None if there is nothing to answer: it was answered before, it is
    too late, or the links have changed since the question."""
    async with db.write() as conn:
        request = await link_requests.decide_request(conn, request_id, user_id, agreed, now, update_id)
        if request is None:
            return None
        agreed = bool(request.agreed)  # the first answer counts
        if not agreed:
            return Answered(request, False)
        proof = cast(Proof, request.proof)
        wish = _Wish(request.customer_id, request.user_id, proof, update_id)
        await customer_rows.lock(conn, request.customer_id)
        live = await telegram_links.live_link(conn, request.customer_id)
        if live is not None and live.user_id == request.user_id:
            return Answered(request, True, Linked(request.customer_id, live.link_id, already=True))
        if await telegram_links.linked_customer(conn, request.user_id) != request.from_customer_id:
            return None  # the account that asked belongs to another customer by now
        if request.kind == "switch":
            return Answered(request, True, await _take(conn, wish, live, now, leaves=request.from_customer_id))
        if live is None or live.user_id != user_id:
            return None
        way = "agreed" if proof == "payload" or live.way not in BY_NUMBER else "agreed_by_number"
        linked = await _start(conn, wish, way, live, now, leaves=request.from_customer_id)
        return Answered(request, True, linked)


@dataclass(frozen=True, slots=True)
class _Wish:
    """An account wants to be linked to a customer, with this proof."""

    customer_id: str
    user_id: int
    proof: Proof
    update_id: int


async def _link(conn: Connection, wish: _Wish, now: datetime) -> Linking:
    await customer_rows.lock(conn, wish.customer_id)
    live = await telegram_links.live_link(conn, wish.customer_id)
    if live is not None and live.user_id == wish.user_id:
        return Linked(wish.customer_id, live.link_id, already=True)
    mine = await telegram_links.link_of_user(conn, wish.user_id)
    if mine is None:
        return await _take(conn, wish, live, now, leaves=None)
    request_id, new = await _ask(conn, wish, "switch", wish.user_id, mine.customer_id, now)
    case = await cases.open_case_of(conn, mine.customer_id)
    if new:
        await _tell_case(conn, mine.customer_id, LinkLeaving(), now)
    agreed = await holds.in_force(conn, mine.customer_id)
    return SwitchAsked(
        request_id,
        await customer_rows.name_of(conn, mine.customer_id),
        mine.linked_at,
        has_case=case is not None,
        has_agreement=any(hold.kind in ("promise", "plan") for hold in agreed),
    )


async def _take(conn: Connection, wish: _Wish, live: Link | None, now: datetime, *, leaves: str | None) -> Linking:
    """Links at once if nobody has to be asked: nobody is linked, or the wallet's payload replaces a link by phone
    number, or the linked account cannot answer. An account that Telegram reports as deleted must not lock its owner out
    for ever. But a person who only blocked the bot keeps a link by payload against somebody who has only the phone
    number."""
    if live is not None:
        outranked = live.way in BY_NUMBER and wish.proof == "payload"
        weaker = live.way not in BY_NUMBER and wish.proof == "contact"
        silent = await reachability.why_channel_is_dead(conn, wish.customer_id, "telegram")
        if silent is not None and silent != "deactivated" and weaker:
            return NotLinked("wallet_only")
        if silent is None and not outranked:
            return await _ask_holder(conn, wish, live, now, leaves)
    return await _start(conn, wish, wish.proof, live, now, leaves=leaves)


async def _ask_holder(conn: Connection, wish: _Wish, live: Link, now: datetime, leaves: str | None) -> Linking:
    said_no = wish.proof == "contact" and await link_requests.was_refused(
        conn, wish.customer_id, wish.user_id, now - REFUSED_FOR
    )
    if said_no:
        return NotLinked("refused")
    known = await link_requests.open_request(conn, wish.customer_id, wish.user_id, "consent", live.user_id, now)
    if known is not None:
        return ConsentAsked(known.request_id, live.user_id, ask=known.asked_in == wish.update_id)
    request_id, _ = await _ask(conn, wish, "consent", live.user_id, leaves, now)
    await _tell_case(conn, wish.customer_id, LinkAsked(), now)
    return ConsentAsked(request_id, live.user_id)


async def _ask(
    conn: Connection, wish: _Wish, kind: str, asked_user_id: int, from_customer_id: str | None, now: datetime
) -> tuple[int, bool]:
    """The number of the question, and whether it is new: a question without an answer is asked again."""
    known = await link_requests.open_request(conn, wish.customer_id, wish.user_id, kind, asked_user_id, now)
    if known is not None and known.from_customer_id == from_customer_id and known.proof == wish.proof:
        return known.request_id, False
    request = link_requests.NewRequest(
        kind, wish.proof, wish.customer_id, wish.user_id, asked_user_id, from_customer_id, wish.update_id
    )
    return await link_requests.add_request(conn, request, now, now + CONSENT_LASTS), True


async def _start(
    conn: Connection, wish: _Wish, way: str, live: Link | None, now: datetime, *, leaves: str | None
) -> Linked:
    """Starts the link, and writes down which links ended and who has to be told."""
    customer_id, user_id = wish.customer_id, wish.user_id
    before = await telegram_links.last_link(conn, customer_id)
    link_id = await telegram_links.start_link(conn, customer_id, user_id, way, now)
    await signs_of_life.record_sign_of_life(conn, SignOfLife(customer_id, "telegram", "linked", now, way))
    if live is not None:
        await link_changes.add(
            conn,
            NewChange(
                customer_id,
                link_changes.TAKEN_OVER,
                live.user_id,
                link_id=link_id,
                other_account=user_id,
                tell_account=not way.startswith("agreed"),  # the account that agreed knows it
                tell_elsewhere=True,
            ),
            now,
        )
    elif before is not None and before.user_id != user_id:
        await link_changes.add(
            conn, NewChange(customer_id, link_changes.AGAIN, user_id, link_id=link_id, tell_elsewhere=True), now
        )
    elif before is None and way == "contact":
        await link_changes.add(
            conn, NewChange(customer_id, link_changes.BY_NUMBER, user_id, link_id=link_id, tell_elsewhere=True), now
        )
    if leaves is not None:
        await telegram_chats.drop_messages(conn, user_id)  # they were meant for the other customer's agent
        await link_changes.add(
            conn,
            NewChange(leaves, link_changes.MOVED, user_id, other_customer_id=customer_id, tell_elsewhere=True),
            now,
        )
        await _tell_case(conn, leaves, LinkLeft(), now)
    if live is not None or before is not None:
        await _tell_case(conn, customer_id, LinkNew(), now)
    first = live is None and before is None and leaves is None
    return Linked(customer_id, link_id, first=first)


async def _tell_case(conn: Connection, customer_id: str, event: Event, now: datetime) -> None:
    """Reports it in the topic of the customer's open case, if any, and renews the card."""
    case = await cases.open_case_of(conn, customer_id)
    if case is not None:
        await cases.add_event(conn, case.case_id, event, now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])


async def _throttle(conn: Connection, user_id: int, now: datetime) -> timedelta:
    """How long this account has to wait before its next attempt; zero if it need not wait."""
    count, first = await link_attempts.failures_since(conn, user_id, now - FAILURES_WITHIN)
    if count < FAILURES_ALLOWED or first is None:
        return timedelta()
    return first + FAILURES_WITHIN - now


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()
