"""Tells about changed links: the account that lost a link, in Telegram, and the customer on another channel if there is
one, so that nobody takes a link over unnoticed.

The news stays in the database until it was told: a kill in between tells it twice rather than never. An SMS waits for
the customer's sending hours; a mail does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.channels import Accepted, Channel, Envelope, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import TelegramChannel
from bot.message import Message
from bot.rules.channels import BY_PHONE, FROM_WALLET
from bot.rules.facts.customer_facts import Customer
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import is_open
from bot.rules.runtime.retries import Retries
from bot.views.customers import link_news as views
from locales import translator
from storage.customers import link_changes, persons, reachability
from storage.customers.link_changes import WAITING, Change
from storage.facts.customer_facts import facts_of
from storage.reminders import contacts
from storage.reminders.addresses import addresses_of
from storage.reminders.contacts import Outgoing
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

KIND = "link"  # of a contact about a changed link
WAYS = tuple(channel.name for channel in FROM_WALLET)  # in this order; the next if one is not possible
BATCH = 20
AGAIN = Retries((60.0, 120.0, 600.0, 3600.0, 14400.0), most=12)


@dataclass(frozen=True, slots=True)
class Telling:
    """What telling needs."""

    db: Database
    channel: TelegramChannel
    channels: Mapping[str, Channel]
    policy: Policy
    brand: str


async def tell_link_changes(telling: Telling, now: datetime, *, elsewhere: bool = True) -> int:
    """Tells what was not told yet, and returns how many; without `elsewhere` only in Telegram, which is quick. Call it
    about once a minute, and after a change. A mail server that does not answer for one customer delays no other."""
    async with telling.db.read() as conn:
        found = await link_changes.changes_to_tell(conn, BATCH, elsewhere=elsewhere)
    claimed = []
    for change in found:
        if AGAIN.is_over(change.tries):
            await persist(lambda c=change: _give_up(telling.db, c))  # type: ignore[misc]
        elif _is_due(change, now) and await persist(lambda c=change: _claim(telling.db, c, now)):  # type: ignore[misc]
            claimed.append(change)
    accounts = [await _tell_account(telling, change) for change in claimed if change.account_told == WAITING]
    others = [change for change in claimed if change.elsewhere == WAITING]
    if not elsewhere:
        for change in others:
            await _put_back(telling.db, change)
        return sum(accounts)
    return sum(accounts) + sum(await asyncio.gather(*(_tell_elsewhere(telling, change, now) for change in others)))


def _is_due(change: Change, now: datetime) -> bool:
    if change.tried_at is None:
        return True
    return now - change.tried_at >= AGAIN.wait(change.tries)


async def _claim(db: Database, change: Change, now: datetime) -> bool:
    async with db.write() as conn:
        return await link_changes.claim(conn, change, now)


async def _give_up(db: Database, change: Change) -> None:
    log.warning("nobody could be told about a changed link", change_id=change.change_id)
    async with db.write() as conn:
        await link_changes.give_up(conn, change.change_id)


async def _put_back(db: Database, change: Change) -> None:
    """The other channel is tried in a later round."""

    async def write() -> None:
        async with db.write() as conn:
            await link_changes.put_back(conn, change)

    await persist(write)


async def _tell_account(telling: Telling, change: Change) -> int:
    async with telling.db.read() as conn:
        t = translator(persons.language_of(await persons.person(conn, change.account)))
    message = views.to_account(t, telling.brand, change.kind, change.link_id)
    outcome = await telling.channel.deliver(str(change.account), message, priority=Priority.INTERACTIVE)
    if isinstance(outcome, Refused) and not outcome.for_good:
        return 0
    how = "accepted" if isinstance(outcome, Accepted) else outcome.reason

    async def write() -> None:
        async with telling.db.write() as conn:
            await link_changes.record_account_told(conn, change.change_id, how)

    await persist(write)
    return int(isinstance(outcome, Accepted))


async def _tell_elsewhere(telling: Telling, change: Change, now: datetime) -> int:
    async with telling.db.read() as conn:
        facts = await facts_of(conn, change.customer_id)
        addresses = (await addresses_of(conn, [change.customer_id])).get(change.customer_id)
    if facts is None or addresses is None or facts.customer.forgotten:
        return await _written(telling.db, change.change_id, "none")
    # The person who made the link has this phone: an SMS would reach only them.
    ways = [way for way in WAYS if not (way in BY_PHONE and change.kind == link_changes.BY_NUMBER)]
    left = [way for way in ways if way in telling.channels and addresses.of(way)]
    for way in left:
        if way in BY_PHONE and not _may_ring(telling.policy, facts.customer, now):
            await _put_back(telling.db, change)
            return 0
        address = addresses.of(way)
        assert address is not None
        outcome = await _attempt(telling, change, facts.customer, way, address, now)
        if isinstance(outcome, Accepted):
            await _written(telling.db, change.change_id, way)
            return 1
        if not outcome.for_good:
            return 0
    return await _written(telling.db, change.change_id, "none")


def _may_ring(policy: Policy, customer: Customer, now: datetime) -> bool:
    return is_open(policy.for_segment(customer.segment).sending_hours, customer.zone, now)


async def _attempt(
    telling: Telling, change: Change, customer: Customer, way: str, address: str, now: datetime
) -> Outcome:
    """Tries one channel, and keeps the evidence."""
    language = customer.language or "en"
    message = views.elsewhere(translator(customer.spoken), telling.brand, change.kind)
    contact_id = await persist(lambda: _begin(telling.db, change, way, message, now))
    envelope = Envelope(
        message, reference=f"link-{change.change_id}", language=language, customer_id=change.customer_id
    )
    outcome = await telling.channels[way].send_notice(address, envelope)

    async def write() -> None:
        async with telling.db.write() as conn:
            if isinstance(outcome, Accepted):
                await contacts.record_result(conn, contact_id, "accepted", reference=outcome.reference)
                return
            await contacts.record_result(conn, contact_id, "refused", reason=outcome.reason)
            if outcome.address_lost:
                await reachability.mark_channel_dead(conn, change.customer_id, way, outcome.reason, now)

    await persist(write)
    return outcome


async def _begin(db: Database, change: Change, way: str, message: Message, now: datetime) -> int:
    async with db.write() as conn:
        return await contacts.record_attempt(conn, Outgoing(change.customer_id, way, KIND, message.plain()), now)


async def _written(db: Database, change_id: int, how: str) -> int:
    async def write() -> None:
        async with db.write() as conn:
            await link_changes.record_told_elsewhere(conn, change_id, how)

    await persist(write)
    return 0
