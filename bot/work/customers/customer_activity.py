"""Customer activity: who writes, in which language, signs of life, and which messages they have not answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.rules.cases.case_events import Blocked, Unblocked, Used
from bot.rules.cases.event_codec import Event
from bot.rules.facts.customer_facts import CustomerFacts
from storage.agreements import told_debts
from storage.cases import cases
from storage.customers import persons, reachability, telegram_chats, telegram_links
from storage.facts.customer_facts import facts_of_all, facts_of_each
from storage.reminders import signs_of_life
from storage.reminders.signs_of_life import SignOfLife
from storage.runtime import update_idempotency
from storage.runtime.deferred_writes import Afterwards
from storage.runtime.engine import Connection, Database
from storage.topics import message_places

PERSON_STAYS = timedelta(days=7)  # for so long after an agent's last message, the agent counts as present
SAME_AGAIN = timedelta(minutes=5)
BLOCKED = "blocked"  # what an update does once


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody in a private chat: a linked customer, or an unknown person. `facts` are there if their answer shows them
    and none of the customer's channels is dead: so nobody said that the chat is not theirs
    (`own_words.is_wrong_person`)."""

    user_id: int
    language: str
    customer_id: str | None
    has_dead_channel: bool = False
    facts: CustomerFacts | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody did in their private chat: `kind` and `body`, as they are kept; `used` is the command with which
    they asked the bot for something that their case does not show otherwise; `shows_facts`: their answer shows what
    they owe. `update_id` is the update that tells of it: it may be handled again after a kill."""

    user_id: int
    client_language: str | None
    kind: str
    at: datetime
    body: str | None = None
    used: str = ""
    shows_facts: bool = False
    update_id: int | None = None


async def record_activity(db: Database, activity: Activity) -> Speaker:
    """Finds who speaks, keeps what they did as a sign of life, and reads what their answer shows. It is done together
    for all who write at the same time."""
    return await db.write_together(_record, activity)


async def look_up(db: Database, activity: Activity) -> tuple[Speaker, Afterwards | None]:
    """As `record_activity` for an answer that only shows facts. Where nothing but the sign of life and what was shown
    is to be kept, it is left to be written down afterwards, and nothing is written before the answer."""
    known, facts = await db.read_together(_look, activity)
    customer_id, person = known.customer_id, _with_language(known, activity.client_language)
    if customer_id is None or facts is None or person != known or (person.has_case and activity.used):
        return await record_activity(db, activity), None
    speaker = Speaker(activity.user_id, persons.language_of(person), customer_id, facts=facts)
    return speaker, Afterwards(_keep, _Shown(activity, facts))


@dataclass(frozen=True, slots=True)
class _Shown:
    """Facts about a customer that were shown to them."""

    activity: Activity
    facts: CustomerFacts

    @property
    def customer_id(self) -> str:
        return self.facts.customer.customer_id


async def _look(conn: Connection, activities: Sequence[Activity]) -> list[tuple[persons.Person, CustomerFacts | None]]:
    known = await persons.persons(conn, list({one.user_id for one in activities}))
    see = {one.user_id for one in activities if _sees_facts(one, known[one.user_id])}
    ids = {customer_id for user_id in see if (customer_id := known[user_id].customer_id) is not None}
    facts = await facts_of_all(conn, sorted(ids))
    return [
        (person, facts.get(person.customer_id or "") if one.user_id in see else None)
        for one, person in ((one, known[one.user_id]) for one in activities)
    ]


async def _keep(conn: Connection, shown: Sequence[_Shown]) -> None:
    await told_debts.remember(conn, {one.customer_id: one.facts.unsettled for one in shown})
    signs = [_sign(one.activity, one.customer_id) for one in shown]
    await signs_of_life.record_signs_of_life(conn, signs, count_as_seen=True)


def _sign(activity: Activity, customer_id: str) -> SignOfLife:
    reference = signs_of_life.of_update(activity.update_id)
    return SignOfLife(customer_id, "telegram", activity.kind, activity.at, activity.body, reference=reference)


async def _record(conn: Connection, activities: Sequence[Activity]) -> list[Speaker]:
    known = await persons.persons(conn, list({one.user_id for one in activities}))
    spoke = [(one, _with_language(known[one.user_id], one.client_language)) for one in activities]
    news = {one.user_id: person for one, person in spoke if person != known[one.user_id]}
    await telegram_chats.note_client_languages(conn, {user_id: one.client_language for user_id, one in news.items()})
    signs = [_sign(one, person.customer_id) for one, person in spoke if person.customer_id is not None]
    shown = await _shown(conn, [person.customer_id for one, person in spoke if _sees_facts(one, person)])
    facts = {found.customer.customer_id: found for found in shown if found is not None}
    await signs_of_life.record_signs_of_life(conn, signs, count_as_seen=True)
    for one, person in spoke:
        if person.customer_id is not None:
            await _follow(conn, person, person.customer_id, one)
    return [
        Speaker(
            *(one.user_id, persons.language_of(person), person.customer_id, person.has_dead_channel),
            facts=facts.get(person.customer_id or "") if _sees_facts(one, person) else None,
        )
        for one, person in spoke
    ]


def _sees_facts(activity: Activity, person: persons.Person) -> bool:
    return activity.shows_facts and not person.has_dead_channel


def _with_language(person: persons.Person, client_language: str | None) -> persons.Person:
    return person if client_language is None else replace(person, client_language=client_language)


async def _follow(conn: Connection, person: persons.Person, customer_id: str, activity: Activity) -> None:
    """What follows from a sign of life, for the few for whom anything does."""
    if person.has_dead_channel:
        await reachability.revive_channels_by_id(conn, customer_id)
        if await reachability.revive_channel(conn, customer_id, "telegram"):
            await _tell_case(conn, customer_id, Unblocked(), activity.at)
    if person.has_case and activity.used:
        await _tell_used(conn, customer_id, activity.used, activity.at)


async def language_of(db: Database, user_id: int) -> str:
    """The language in which to write to this account."""
    return await db.read_together(_languages, user_id)


async def _languages(conn: Connection, user_ids: Sequence[int]) -> list[str]:
    known = await persons.persons(conn, user_ids)
    return [persons.language_of(known[user_id]) for user_id in user_ids]


async def spoke_for_others(db: Database, user_id: int, customer_id: str) -> bool:
    """Whether this account ever spoke for another customer, too."""
    async with db.read() as conn:
        return await telegram_links.spoke_for_others(conn, user_id, customer_id)


async def read_facts(db: Database, customer_id: str) -> CustomerFacts:
    """The wallet's facts about a customer who has a link."""
    facts = await db.read_together(facts_of_each, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    return facts


async def facts_to_show(db: Database, customer_id: str) -> CustomerFacts:
    """The same for an answer that shows them: what is owed was spoken of then, so a payment of it has a receipt."""
    facts = await db.write_together(_shown, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    return facts


async def _shown(conn: Connection, customer_ids: Sequence[str | None]) -> list[CustomerFacts | None]:
    found = await facts_of_each(conn, [customer_id for customer_id in customer_ids if customer_id is not None])
    await told_debts.remember(conn, {facts.customer.customer_id: facts.unsettled for facts in found if facts})
    return found


async def mark_unreachable(db: Database, user_id: int, reason: str, now: datetime) -> None:
    """An answer showed that messages no longer reach this account: the customer's channel is dead."""
    async with db.write() as conn:
        customer_id = await telegram_links.linked_customer(conn, user_id)
        if customer_id is not None:
            await reachability.mark_channel_dead(conn, customer_id, "telegram", reason, now)


async def note_blocked(db: Database, user_id: int, blocked: bool, now: datetime) -> None:
    """A customer blocked the bot, or unblocked it: their channel is dead, or alive again."""
    async with db.write() as conn:
        customer_id = await telegram_links.linked_customer(conn, user_id)
        if customer_id is None or await update_idempotency.result_of(conn, BLOCKED) is not None:
            return
        await update_idempotency.keep(conn, BLOCKED)
        kind = "blocked" if blocked else "unblocked"
        await signs_of_life.record_sign_of_life(conn, SignOfLife(customer_id, "telegram", kind, now))
        if blocked:
            await reachability.mark_channel_dead(conn, customer_id, "telegram", "blocked", now)
            await _tell_case(conn, customer_id, Blocked(), now)
        elif await reachability.revive_channel(conn, customer_id, "telegram"):
            await _tell_case(conn, customer_id, Unblocked(), now)


async def choose_language(db: Database, speaker: Speaker, language: str) -> None:
    async with db.write() as conn:
        await telegram_chats.choose_language(conn, speaker.user_id, language)
        if speaker.customer_id is not None:
            await cases.mark_card_stale(conn, [speaker.customer_id])


async def _tell_used(conn: Connection, customer_id: str, command: str, now: datetime) -> None:
    """Tells the topic in a line that the customer asked the bot for something while an agent is in the conversation;
    the same again within minutes is not told."""
    case = await cases.open_case_of(conn, customer_id)
    if case is None or not await message_places.agent_wrote_since(conn, case.case_id, now - PERSON_STAYS):
        return
    if not await cases.had_event_since(conn, case.case_id, Used(command), now - SAME_AGAIN):
        await cases.add_event(conn, case.case_id, Used(command), now, to_tell=True)


async def _tell_case(conn: Connection, customer_id: str, event: Event, now: datetime) -> None:
    case = await cases.open_case_of(conn, customer_id)
    if case is not None:
        await cases.add_event(conn, case.case_id, event, now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])
