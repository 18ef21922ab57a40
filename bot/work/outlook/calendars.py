"""A customer's calendar: due dates, promises and the parts of a plan, as a file, or under an address of its own that
calendar programs ask again and again.

An address has a secret token, which is derived from the program's secret and stored as a hash only. It ends with the
link of the Telegram account that made it: who has that account no longer has the customer's dates.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rules.agreements.instalment_plans import Plan
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.money import Money
from bot.rules.outlook.calendar_dates import CalendarDate, Entry, due_dates, revised
from storage.agreements import holds, instalment_plans
from storage.customers import reachability, telegram_links
from storage.facts.customer_facts import facts_of
from storage.outlook import calendars
from storage.runtime.engine import Connection, Database
from storage.runtime.program_keys import key_for

PATH = "/calendar"
TOKEN_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
PURPOSE = "calendar entries"
ADDRESSES = "calendar addresses"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a calendar file says: the dates of `present`, and each entry as programs are to know it. `uids` are the
    names of the entries outside, which tell nothing."""

    customer: Customer
    present: Mapping[str, CalendarDate]
    entries: Mapping[str, Entry]
    uids: Mapping[str, str]
    with_sums: bool


async def calendar_of(db: Database, customer_id: str, with_sums: bool, now: datetime) -> Calendar:
    """The customer's calendar as it is now; what has changed since it was last asked for is kept."""
    async with db.write() as conn:
        return await _calendar(conn, customer_id, with_sums, now)


async def calendar_at(db: Database, token: str, now: datetime) -> Calendar | None:
    """The calendar of an address. None if the address has ended; raises `LookupError` if there never was one."""
    if _TOKEN.fullmatch(token) is None:
        raise LookupError(token)
    async with db.read() as conn:
        found = await calendars.address(conn, _hash(token))
        if found is None:
            raise LookupError(token)
        # Who has the chat said that they are somebody else: nothing of the account is theirs.
        is_ended = found.ended or bool(await reachability.with_wrong_person(conn, [found.customer_id]))
    return None if is_ended else await calendar_of(db, found.customer_id, found.with_sums, now)


async def make_address(db: Database, user_id: int, with_sums: bool, now: datetime, asked_in: int) -> str | None:
    """A new address, by its token; earlier ones of this account end. None if the account has no link any more.
    `asked_in` is the update that asks: handled again after a kill it gets the same address, which may be in somebody's
    calendar by then."""
    async with db.write() as conn:
        key = await key_for(conn, ADDRESSES)
        digest = hmac.digest(key, f"{user_id} {asked_in}".encode(), hashlib.sha256)
        token = urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()
        link = await telegram_links.link_of_user(conn, user_id)
        if link is None:
            return None
        if await calendars.address(conn, _hash(token)) is None:
            await calendars.new_address(conn, link.link_id, _hash(token), with_sums, now)
    return token


async def end_address(db: Database, user_id: int, now: datetime) -> bool:
    """Ends this account's address; returns whether there was one."""
    async with db.write() as conn:
        link = await telegram_links.link_of_user(conn, user_id)
        return link is not None and bool(await calendars.end_addresses(conn, link.link_id, now))


async def has_address(db: Database, user_id: int) -> bool:
    async with db.read() as conn:
        link = await telegram_links.link_of_user(conn, user_id)
        return link is not None and await calendars.has_address(conn, link.link_id)


async def _calendar(conn: Connection, customer_id: str, with_sums: bool, now: datetime) -> Calendar:
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    dates = [*due_dates(facts.unsettled), *await _agreed(conn, customer_id)]
    present = {day.entry: day for day in dates}
    before = await calendars.entries(conn, customer_id)
    after = revised(before, dates, now)
    await calendars.keep(conn, customer_id, before, after)
    key = await key_for(conn, PURPOSE)
    uids = {name: hmac.digest(key, f"{customer_id}\n{name}".encode(), hashlib.sha256).hex()[:32] for name in after}
    return Calendar(facts.customer, present, after, uids, with_sums)


async def _agreed(conn: Connection, customer_id: str) -> list[CalendarDate]:
    promised = [
        CalendarDate(
            f"promise:{hold.hold_id}",
            "promise",
            hold.until,
            None if hold.amount is None or hold.currency is None else Money(hold.amount, hold.currency),
        )
        for hold in await holds.in_force(conn, customer_id)
        if hold.kind == "promise"
    ]
    plan = await instalment_plans.latest(conn, customer_id, "agreed")
    return promised + (_parts(plan) if plan is not None and plan.ended_at is None else [])


def _parts(plan: Plan) -> list[CalendarDate]:
    return [
        CalendarDate(f"part:{plan.plan_id}:{part.number}", "part", part.due_date, part.amount - plan.covered_of(part))
        for part in plan.parts
        if plan.covered_of(part) < part.amount
    ]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
