"""One case in the agents' group: its topic, the card in it, and what the topic is still to be told.

A topic that somebody deleted is made anew, with its card; one that was closed is opened again when there is something
to say.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.pacer import Priority
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_forum import Forum
from bot.channels.telegram_relay import Relaying
from bot.clock import Clock
from bot.message import Message
from bot.rules.cases import Case
from bot.views import desk as views
from bot.work.cards import card_facts, desk_language
from bot.work.persisting import persist
from bot.work.policies import PolicyBook
from locales import Translator, translator
from storage import cases, cases_topics
from storage.engine import Database

log = structlog.get_logger()

LOST_AFTER = timedelta(seconds=30)  # another process that began so long ago and did not finish was killed


class Later(Exception):
    """The case cannot be served just now, for this reason; it is taken up again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TopicGone(Exception):
    """Somebody deleted the topic; it is marked as gone."""


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What serving a case takes. Without a group (`forum` None) only what goes to customers is carried."""

    db: Database
    clock: Clock
    forum: Forum | None
    relaying: Relaying
    channel: TelegramChannel
    brand: str
    worker: str
    policies: Callable[[], PolicyBook]  # those that stand, for what is said to customers unasked


async def read_case(desk: DeskParts, case_id: int) -> tuple[Case, Translator]:
    """The case as it stands, and the language of what is said about it in the group."""
    async with desk.db.read() as conn:
        case = await cases.case(conn, case_id)
        assert case is not None, f"case {case_id} is nowhere"
        return case, translator(await desk_language(conn, case))


async def open_topic(desk: DeskParts, case: Case, t: Translator) -> Case:
    """Opens the case's topic if it has none, and posts the card in it."""
    assert desk.forum is not None
    if case.topic != "open":
        now = desk.clock.now()
        async with desk.db.write() as conn:
            if not await cases_topics.begin_topic(conn, case.case_id, now, now - LOST_AFTER):
                raise Later("topic_opening")
            facts = await card_facts(conn, case, now)
        name = views.topic_name(t, case, facts.standing.customer.name)
        outcome = await desk.forum.open_topic(name)
        await persist(lambda: _topic_opened(desk, case, outcome))
        if isinstance(outcome, Refused):
            raise Later(outcome.reason)
        case, t = await read_case(desk, case.case_id)
    if case.card_id is None:
        await _post_card(desk, case, t)
        case, t = await read_case(desk, case.case_id)
    return case


async def _topic_opened(desk: DeskParts, case: Case, outcome: Outcome) -> None:
    assert desk.forum is not None
    async with desk.db.write() as conn:
        if isinstance(outcome, Accepted):
            if case.topic == "gone":
                await cases.add_event(conn, case.case_id, "topic_anew", desk.clock.now(), to_tell=True)
            where = {"chat_id": desk.forum.chat_id, "thread_id": int(outcome.reference), "card_id": None}
            await cases_topics.set_topic(conn, case.case_id, "open", **where)
        else:
            await cases_topics.set_topic(conn, case.case_id, case.topic if case.topic == "gone" else "none")


async def _post_card(desk: DeskParts, case: Case, t: Translator) -> None:
    async with desk.db.read() as conn:
        facts = await card_facts(conn, case, desk.clock.now())
    shown = views.card(t, facts)
    outcome = await say_in_topic(desk, case, shown)
    if isinstance(outcome, Refused):
        raise Later(outcome.reason)
    card_id = int(outcome.reference)
    await persist(lambda: _card_shown(desk, case, t, shown, card_id))


async def _card_shown(desk: DeskParts, case: Case, t: Translator, shown: Message, card_id: int) -> None:
    """What the card shows has arrived. It stays stale where that is not what it should show by now; and until then it
    was stale all along, so that a kill in between leaves it so."""
    async with desk.db.write() as conn:
        current = await cases.case(conn, case.case_id)
        assert current is not None, "a case is never deleted"
        stale = views.card(t, await card_facts(conn, current, desk.clock.now())) != shown
        await cases_topics.set_card(conn, case.case_id, card_id=card_id, stale=stale)


async def renew_card(desk: DeskParts, case: Case, t: Translator) -> None:
    """Gives the card the facts of now; a card that somebody deleted is posted anew."""
    assert desk.forum is not None
    if case.card_id is None:
        await _post_card(desk, case, t)
        return
    async with desk.db.read() as conn:
        current = await cases.case(conn, case.case_id)
        assert current is not None, "a case is never deleted"
        facts = await card_facts(conn, current, desk.clock.now())
    forum, card_id, shown = desk.forum, case.card_id, views.card(t, facts)
    outcome = await in_topic(desk, case, lambda: forum.edit(card_id, shown))
    if isinstance(outcome, Refused):
        if outcome.reason == "message_gone":
            await _post_card(desk, case, t)
            return
        raise Later(outcome.reason)
    await persist(lambda: _card_shown(desk, case, t, shown, card_id))


async def tell_events(desk: DeskParts, case: Case, t: Translator) -> None:
    """Says in the topic what it has not been told yet, in order."""
    async with desk.db.read() as conn:
        untold = await cases.events_to_tell(conn, case.case_id)
    for event_id, kind, body in untold:
        undelivered = kind == "undelivered"
        message = views.undelivered(t, body or "") if undelivered else views.event_line(t, kind, body)
        outcome = await say_in_topic(desk, case, message, Priority.INTERACTIVE if undelivered else Priority.DESK)
        if isinstance(outcome, Refused) and not outcome.for_good:
            raise Later(outcome.reason)
        if kind == "forgotten":
            await _rename_without_name(desk, case, t)
        await persist(partial(_told, desk, event_id))


async def _rename_without_name(desk: DeskParts, case: Case, t: Translator) -> None:
    """The topic's name held the customer's."""
    assert desk.forum is not None and case.thread_id is not None
    forum, thread_id, name = desk.forum, case.thread_id, views.topic_name(t, case, "")
    outcome = await in_topic(desk, case, lambda: forum.rename_topic(thread_id, name))
    if isinstance(outcome, Refused) and not outcome.for_good:
        raise Later(outcome.reason)


async def _told(desk: DeskParts, event_id: int) -> None:
    async with desk.db.write() as conn:
        await cases.told(conn, event_id)


async def close_topic(desk: DeskParts, case: Case) -> None:
    """Closes the topic of a closed case."""
    assert desk.forum is not None and case.thread_id is not None
    outcome = await desk.forum.close_topic(case.thread_id)
    if isinstance(outcome, Refused) and not outcome.for_good:
        raise Later(outcome.reason)

    async def write() -> None:
        async with desk.db.write() as conn:
            await cases_topics.set_topic(conn, case.case_id, "closed")

    await persist(write)


async def say_in_topic(desk: DeskParts, case: Case, message: Message, priority: Priority = Priority.DESK) -> Outcome:
    forum = desk.forum
    assert forum is not None
    return await in_topic(desk, case, lambda: forum.post(case.thread_id, message, priority=priority))


async def in_topic(desk: DeskParts, case: Case, call: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Makes a call in the case's topic: a closed topic is opened again for it, a deleted one raises `TopicGone`."""
    assert desk.forum is not None and case.thread_id is not None
    outcome = await call()
    if isinstance(outcome, Refused) and outcome.reason == "topic_closed":
        reopened = await desk.forum.reopen_topic(case.thread_id)
        outcome = await call() if isinstance(reopened, Accepted) else reopened
    if isinstance(outcome, Refused) and outcome.reason == "topic_gone":
        log.info("topic gone", case_id=case.case_id)

        async def write() -> None:
            async with desk.db.write() as conn:
                await cases_topics.set_topic(conn, case.case_id, "gone", card_id=None)

        await persist(write)
        raise TopicGone
    return outcome
