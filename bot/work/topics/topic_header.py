"""The header of a case's topic: a name that tells what kind of case it is, and the pinned card.

Everybody in the group sees every topic, so the name says nothing of who the customer is.
"""

from __future__ import annotations

from datetime import datetime

from bot.channels import Accepted, Refused
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import CardNotPinned, CardPinned, TopicNamed
from bot.rules.policy.sending_hours import local_day
from bot.work.topics.topics import NO_TOPICS, DeskParts, Later, in_topic, name_of
from locales import Translator
from storage.cases import cases
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat, last_beat
from storage.runtime.write_retry import persist
from storage.topics import topic_headers


async def keep_name(desk: DeskParts, case: Case, t: Translator) -> None:
    """Renames an open case's topic if it has become another kind of case: each change of a name is a line in the
    topic, which tells agents nothing."""
    if desk.groups is None or case.thread_id is None or not case.is_open:
        return
    name = await name_of(desk, case, t)
    async with desk.db.read() as conn:
        if await topic_headers.kind_shown(conn, case.case_id) == name.about:
            return
    forum, thread_id = desk.forum_of(case), case.thread_id
    outcome = await in_topic(desk, case, lambda: forum.rename_topic(thread_id, name.text))
    if isinstance(outcome, Refused) and not outcome.for_good:
        raise Later(outcome.reason)

    async def write() -> None:
        async with desk.db.write() as conn:
            await cases.add_event(conn, case.case_id, TopicNamed(name.about), desk.clock.now())

    await persist(write)


async def pin_card(desk: DeskParts, case: Case) -> None:
    """Pins the card, once and silently. A group in which the bot may not pin is served anyway; `doctor` reports it."""
    if desk.forum is None or case.card_id is None or not case.is_open:
        return
    forum, card_id = desk.forum_of(case), case.card_id
    async with desk.db.read() as conn:
        if await topic_headers.was_pinned(conn, case.case_id, card_id):
            return
    if not desk.channel.is_free(forum.chat_id):
        raise Later("busy")  # it is the topic's first message anyway; words and answers go before
    # Without topics, the pins of all cases would be mixed.
    outcome = await in_topic(desk, case, lambda: forum.pin(card_id)) if case.thread_id is not None else NO_TOPICS
    if isinstance(outcome, Refused) and not outcome.for_good and outcome.reason not in ("no_rights", "not_a_forum"):
        raise Later(outcome.reason)
    event = CardPinned(card_id) if isinstance(outcome, Accepted) else CardNotPinned(card_id)

    async def write() -> None:
        async with desk.db.write() as conn:
            await cases.add_event(conn, case.case_id, event, desk.clock.now())

    await persist(write)


async def renew_cards_of_new_day(db: Database, now: datetime) -> int:
    """Renews the cards of customers whose day has changed since the last call: a card counts days, and separates what
    is due from what is overdue. Returns how many."""
    async with db.write() as conn:
        before = await last_beat(conn, "cards")
        await beat(conn, "cards", now)
        if before is None:
            return 0
        zones = await topic_headers.zones_with_cards(conn)
        turned = [zone for zone in zones if local_day(zone, before) != local_day(zone, now)]
        return await topic_headers.stale_in_zones(conn, turned) if turned else 0
