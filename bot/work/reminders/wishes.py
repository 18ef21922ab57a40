"""`/settings`: what a customer may choose, and choosing it. Each choice says what was chosen before, so that it can be
undone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.customers.phone_zones import zone_of
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.wishes import HOW_OFTEN, channels_of, often_of
from bot.rules.languages import language_of, places_of, usual_place
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import is_zone, local_day
from bot.rules.reminders.setting_choices import Offer, may_pause, offer
from bot.work.customers.customer_activity import Speaker, read_facts
from bot.work.policy.policies import PolicyBook
from storage.cases import cases
from storage.customers import customer_rows, persons, telegram_chats, wishes
from storage.reminders import addresses
from storage.runtime.engine import Connection, Database

NOTHING = "-"  # in a button: as the policy or the wallet says


@dataclass(frozen=True, slots=True)
class Setup:
    """A customer's settings, and what they may choose; `own_zone` is the time zone that they chose, `words` the region
    whose words they chose."""

    facts: CustomerFacts
    policy: Policy
    offer: Offer
    today: date
    own_zone: str | None
    words: str | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice that was made: of what, what is chosen now and what was before, both as buttons have it."""

    what: str
    now: str
    before: str


async def setup(db: Database, book: PolicyBook, customer_id: str, channels: Collection[str], now: datetime) -> Setup:
    """`channels` are those that are set up."""
    facts = await read_facts(db, customer_id)
    policy = book.current.for_segment(facts.customer.segment)
    today = local_day(facts.customer.zone, now)
    async with db.read() as conn:
        known = (await addresses.addresses_of(conn, [customer_id]))[customer_id]
        own = (await wishes.zone_of(conn, customer_id)).chosen_zone
    reaching = [channel for channel in channels if known.of(channel)]
    offered = offer(policy, today, reaching)
    return Setup(facts, policy, offered, today, own, _place(facts.customer.words))


async def choose(
    db: Database, speaker: Speaker, customer_id: str, setup: Setup, what: str, value: str, now: datetime
) -> Chosen | None:
    """Makes one choice; None if it is not offered, or not any more. The same choice again, by a second tap or after a
    kill, changes nothing and still says what was chosen before it."""
    async with db.write() as conn:
        before = await _choose(conn, speaker, customer_id, setup, what, value)
        if before is None:
            return None
        if before == value:
            last = (await wishes.last_choice(conn, customer_id) or "").split()
            return Chosen(what, value, last[2] if last[:2] == [what, value] else before)
        await wishes.keep_choice(conn, customer_id, f"{what} {value} {before}")
        if what in ("hour", "zone"):
            await wishes.check_again(conn, customer_id, now)
        await cases.mark_card_stale(conn, [customer_id])
    return Chosen(what, value, before)


async def _choose(
    conn: Connection, speaker: Speaker, customer_id: str, setup: Setup, what: str, value: str
) -> str | None:
    """What was chosen before; None if this may not be chosen."""
    wished = setup.facts.customer.wishes
    if what == "hour":
        hour = int(value) if value.isascii() and value.isdigit() else None
        if value != NOTHING and hour not in setup.offer.hours:
            return None
        await wishes.choose_hour(conn, customer_id, hour)
        return NOTHING if wished.hour is None else str(wished.hour)
    if what == "often":
        # Back to what was chosen before is possible even where the policy does not offer it any more.
        if value not in HOW_OFTEN or value not in (*setup.offer.often, "usual"):
            return None
        await wishes.choose_often(conn, customer_id, often_of(value))
        return wished.often
    if what == "channels":
        chosen = () if value == NOTHING else channels_of(value)
        if chosen and not setup.offer.has_channels(chosen):
            return None
        await wishes.choose_channels(conn, customer_id, chosen)
        return ",".join(wished.channels) or NOTHING
    if what == "pause":
        until = _day(value)
        if value != NOTHING and (until is None or not may_pause(setup.policy, setup.today, until)):
            return None
        await wishes.pause(conn, customer_id, until)
        if until is not None and setup.facts.customer.stopped:
            await customer_rows.set_stopped(conn, customer_id, None)  # they pause instead
        return wished.paused_until.isoformat() if wished.paused(setup.today) and wished.paused_until else NOTHING
    if what == "zone":
        return await _choose_zone(conn, customer_id, value)
    return await _choose_words(conn, speaker, setup, value) if what == "words" else None


async def _choose_zone(conn: Connection, customer_id: str, value: str) -> str | None:
    row = await wishes.zone_of(conn, customer_id)
    if value == NOTHING:
        await wishes.choose_zone(conn, customer_id, zone_of(row.time_zone, row.phone), None)
    elif is_zone(value):
        await wishes.choose_zone(conn, customer_id, value, value)
    else:
        return None
    return row.chosen_zone or NOTHING


async def _choose_words(conn: Connection, speaker: Speaker, setup: Setup, value: str) -> str | None:
    """A region is chosen as part of the language; without one it follows from the time zone."""
    known = await persons.person(conn, speaker.user_id)
    language = language_of(speaker.language) or "en"
    places = places_of(language)
    if not places or value not in (NOTHING, usual_place(language), *places):
        return None
    tag = language if value == NOTHING else f"{language}-{value}"
    await telegram_chats.choose_language(conn, speaker.user_id, tag)
    return _place(known.chosen_language) or NOTHING


def _place(tag: str | None) -> str | None:
    """The region that is named in a language that somebody chose."""
    language = language_of(tag) if tag else None
    if tag is None or language is None:
        return None
    named = set(tag.split("-"))
    return next((place for place in (*places_of(language), usual_place(language)) if place and place in named), None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
