"""One case in the agents' group: its topic, its card, and what the topic still has to be told.

A topic that somebody deleted is opened again, with its card; a closed one is reopened when there is something to say.
In a group without topics the card is a message, and everything about the case is a reply to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_answers import UNKNOWN_ID
from bot.channels.telegram_forum import Forum
from bot.channels.telegram_relay import Place, Relaying
from bot.clock import Clock
from bot.message import Message
from bot.rules.cases.case import Case, CaseCard
from bot.rules.cases.case_events import Forgotten, NotPassedOn, Snoozed, TopicAnew, TopicNamed, Undelivered, Words
from bot.rules.cases.case_events_words import FileSaid
from bot.rules.cases.talk_files import SentFile
from bot.rules.policy.sending_hours import local_day, zones
from bot.views.cases import desk as views
from bot.views.cases import event_lines
from bot.views.cases.card import card as card_view
from bot.work.cases.case_cards import card_facts, desk_language
from bot.work.policy.policies import PolicyBook
from bot.work.topics.agent_groups import AgentGroups
from locales import Translator, translator
from storage.cases import cases
from storage.cases.cases import Untold
from storage.customers.customer_rows import phone_and_zone
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database
from storage.runtime.write_retry import persist
from storage.topics import message_places, relays, talk_files, topics

log = structlog.get_logger()

NO_TOPICS = Refused(False, "not_a_forum")
MERGED_CHARS = 3500  # of several events in one message
URGENT = (Undelivered.kind, NotPassedOn.kind, Words.kind)  # about messages to or from the customer; these go first
USED_AGAIN_WITHIN = timedelta(days=14)  # a topic for the customer's next case
LOST_AFTER = timedelta(seconds=30)  # another process that started so long ago and did not finish was killed


class Later(Exception):
    """The case cannot be served now, for this reason; it is tried again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TopicGone(Exception):
    """Somebody deleted the topic; it is marked as gone."""


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What serving a case needs. Without a group (`groups` None) only messages to customers are carried."""

    db: Database
    clock: Clock
    groups: AgentGroups | None
    relaying: Relaying
    channel: TelegramChannel
    brand: str
    worker: str
    policies: Callable[[], PolicyBook]  # the policies in force, for messages that a customer did not ask for

    @property
    def forum(self) -> Forum | None:
        """The group in which new topics are opened."""
        return self.groups.current if self.groups is not None else None

    def forum_of(self, case: Case) -> Forum:
        """The group of this case."""
        assert self.groups is not None
        return self.groups.at(case.chat_id) if case.chat_id is not None else self.groups.current


async def read_case(desk: DeskParts, case_id: int) -> tuple[Case, Translator]:
    """The case as it is now, and the language of what is said about it in the group."""
    async with desk.db.read() as conn:
        case = await cases.case(conn, case_id)
        assert case is not None, f"case {case_id} is nowhere"
        return case, translator(await desk_language(conn, case))


async def open_topic(desk: DeskParts, case: Case, t: Translator) -> Case:
    """Opens the case's topic if it has none, and posts the card in it; where a customer's words wait, they go before
    the card. A customer who returns within days finds, and is found in, the topic of the last time."""
    assert desk.groups is not None
    words = await _words_wait(desk, case)
    priority = Priority.INTERACTIVE if words else Priority.DESK
    if case.topic != "open":
        now = desk.clock.now()
        async with desk.db.write() as conn:
            if not await topics.begin_topic(conn, case.case_id, now, now - LOST_AFTER):
                raise Later("topic_opening")
        name = await name_of(desk, case, t)
        if not await _use_again(desk, case, name, priority):
            await _open_new(desk, case, name, priority)
        case, t = await read_case(desk, case.case_id)
    if case.card_id is None and (case.thread_id is None or not words):
        await _post_card(desk, case, t, priority)
        case, t = await read_case(desk, case.case_id)
    return case


async def _words_wait(desk: DeskParts, case: Case) -> bool:
    """Whether something that the customer wrote waits for the case's topic."""
    async with desk.db.read() as conn:
        if await relays.has_undone(conn, case.case_id, "in"):
            return True
        return any(told.event.kind == Words.kind for told in await cases.events_to_tell(conn, case.case_id))


@dataclass(frozen=True, slots=True)
class TopicName:
    """The name of a topic, and the kind of case that it tells of: only another kind makes another name."""

    text: str
    about: str


async def name_of(desk: DeskParts, case: Case, t: Translator) -> TopicName:
    async with desk.db.read() as conn:
        facts = await facts_of(conn, case.customer_id)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    customer = facts.customer
    days = facts.days_overdue(local_day(customer.zone, desk.clock.now()))
    return TopicName(views.topic_name(t, case, days, customer.language), f"{case.reason} {customer.language or '-'}")


async def _use_again(desk: DeskParts, case: Case, name: TopicName, priority: Priority) -> bool:
    """Goes on in the topic of the customer's last case, if that was closed a few days ago and is still there."""
    assert desk.groups is not None
    forum, since = desk.groups.current, desk.clock.now() - USED_AGAIN_WITHIN
    async with desk.db.read() as conn:
        thread_id = await topics.topic_to_use_again(conn, case.case_id, case.customer_id, forum.chat_id, since)
    if thread_id is None or case.topic == "gone":
        return False
    outcome = await forum.reopen_topic(thread_id, priority=priority)
    if isinstance(outcome, Accepted):
        outcome = await forum.rename_topic(thread_id, name.text, priority=priority)
    if isinstance(outcome, Refused):
        if not outcome.for_good and outcome.reason not in ("topic_gone", "topic_closed"):
            await persist(lambda: _topic_opened(desk, forum, case, outcome, name))
            raise Later(outcome.reason)
        return False
    await persist(lambda: _topic_opened(desk, forum, case, Accepted(str(thread_id)), name))
    return True


async def _open_new(desk: DeskParts, case: Case, name: TopicName, priority: Priority) -> None:
    assert desk.groups is not None
    forum, groups = desk.groups.current, desk.groups
    outcome = NO_TOPICS if groups.is_plain(forum) else await forum.open_topic(name.text, priority=priority)
    if outcome == NO_TOPICS or (isinstance(outcome, Refused) and outcome.reason == NO_TOPICS.reason):
        groups.found_plain(forum)
        outcome = Accepted("")
    await persist(lambda: _topic_opened(desk, forum, case, outcome, name))
    if isinstance(outcome, Refused):
        await _follow(desk, forum, outcome)
        raise Later("no_new_topics" if outcome.reason in ("bad_request", "unreadable") else outcome.reason)


async def _topic_opened(desk: DeskParts, forum: Forum, case: Case, outcome: Outcome, name: TopicName) -> None:
    """Writes down where the case is; in a group without topics it has no thread."""
    async with desk.db.write() as conn:
        if isinstance(outcome, Accepted):
            if case.topic == "gone":
                await cases.add_event(conn, case.case_id, TopicAnew(), desk.clock.now(), to_tell=True)
            thread_id = outcome.message_id
            where = {"chat_id": forum.chat_id, "thread_id": thread_id, "card_id": None}
            await topics.set_topic(conn, case.case_id, "open", **where)
            if thread_id is not None:
                await cases.add_event(conn, case.case_id, TopicNamed(name.about), desk.clock.now())
        else:
            # An agent may have asked for it: then it is still wanted.
            await topics.set_topic(conn, case.case_id, case.topic if case.topic in ("gone", "wanted") else "none")


async def _post_card(desk: DeskParts, case: Case, t: Translator, priority: Priority = Priority.DESK) -> None:
    async with desk.db.read() as conn:
        facts = await _facts(desk, conn, case)
    outcome = await say_in_topic(desk, case, card_view(t, facts), priority)
    if isinstance(outcome, Refused):
        raise Later(outcome.reason)
    card_id = outcome.message_id or UNKNOWN_ID  # an edit will find that it is not there, and post another one
    await persist(lambda: _card_shown(desk, case, t, facts, card_id))


async def _facts(desk: DeskParts, conn: Connection, case: Case) -> CaseCard:
    return await card_facts(conn, case, desk.clock.now(), desk.policies().current)


async def _card_shown(desk: DeskParts, case: Case, t: Translator, shown: CaseCard, card_id: int) -> None:
    """The card has arrived. It stays stale if its facts have changed since. It was stale until now, so a kill in
    between leaves it stale."""
    async with desk.db.write() as conn:
        current = await cases.case(conn, case.case_id)
        assert current is not None, "a case is never deleted"
        facts = replace(await _facts(desk, conn, current), at=shown.at)  # that time passes makes no card stale
        stale = card_view(t, facts) != card_view(t, shown)
        await topics.set_card(conn, case.case_id, card_id=card_id, stale=stale)


async def renew_card(desk: DeskParts, case: Case, t: Translator) -> None:
    """Shows the present facts on the card; a card that somebody deleted is posted again."""
    if case.card_id is None:
        await _post_card(desk, case, t)
        return
    async with desk.db.read() as conn:
        current = await cases.case(conn, case.case_id)
        assert current is not None, "a case is never deleted"
        facts = await _facts(desk, conn, current)
    forum, card_id = desk.forum_of(case), case.card_id
    outcome = await in_topic(desk, case, lambda: forum.edit(card_id, card_view(t, facts)))
    if isinstance(outcome, Refused):
        if outcome.reason == "message_gone":
            await _post_card(desk, case, t)
            return
        raise Later(outcome.reason)
    await persist(lambda: _card_shown(desk, case, t, facts, card_id))


async def tell_events(desk: DeskParts, case: Case, t: Translator) -> None:
    """Tells the topic the events it has not been told yet, in order."""
    async with desk.db.read() as conn:
        untold = await cases.events_to_tell(conn, case.case_id)
        files = {e.event_id: await _file(conn, e.event_id) for e in untold if e.event.kind == FileSaid.kind}
        zone = await _zone(conn, case, untold)
    for together in _merged([_line(t, case, each, zone, files.get(each.event_id)) for each in untold]):
        message = replace(together[0].message, text="\n".join(line.message.text for line in together))
        urgent = any(line.kind in URGENT for line in together)
        priority = Priority.INTERACTIVE if urgent else Priority.DESK
        if (file := together[0].file) is not None:
            outcome = await _show_file(desk, case, file, message, priority)
        else:
            outcome = await say_in_topic(desk, case, message, priority)
        if isinstance(outcome, Refused) and not outcome.for_good:
            raise Later(outcome.reason)
        if any(line.kind == Forgotten.kind for line in together):
            await _rename_without_name(desk, case)
        await persist(partial(_told, desk, case, together, outcome))


@dataclass(frozen=True, slots=True)
class _Line:
    """An event, its text, and the file that is shown with it."""

    event_id: int
    kind: str
    message: Message
    file: SentFile | None = None


def _line(t: Translator, case: Case, untold: Untold, zone: ZoneInfo, file: SentFile | None = None) -> _Line:
    line = event_lines.event_line(t, untold.event, untold.who, case.case_id, zone)
    return _Line(untold.event_id, untold.event.kind, line, file)


async def _zone(conn: Connection, case: Case, untold: Sequence[Untold]) -> ZoneInfo:
    """The customer's clock, which few events name."""
    if not any(each.event.kind == Snoozed.kind for each in untold):
        return event_lines.UTC
    _, zone = await phone_and_zone(conn, case.customer_id)
    return zones(zone)[0]


async def _file(conn: Connection, event_id: int) -> SentFile | None:
    """The file of an event that Telegram has; None if it did not take it."""
    file = await talk_files.of_source(conn, (relays.NOWHERE, -event_id))
    return file if file is not None and file.file_id else None


async def _show_file(desk: DeskParts, case: Case, file: SentFile, caption: Message, priority: Priority) -> Outcome:
    """Shows a file in the topic; one that cannot be shown there is told in words."""
    place = Place(desk.forum_of(case).chat_id, case.thread_id, case.card_id if case.thread_id is None else None)
    outcome = await in_topic(desk, case, lambda: desk.relaying.show_file(file, caption, place, priority))
    if isinstance(outcome, Refused) and outcome.for_good:
        return await say_in_topic(desk, case, caption, priority)
    return outcome


def _merged(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Lines that go into one message: the group takes few messages, and each one notifies everybody."""
    groups: list[list[_Line]] = []
    for line in lines:
        last = groups[-1] if groups else []
        room = MERGED_CHARS - sum(len(said.message.text) for said in last)
        bare = not any(said.message.buttons or said.file for said in (*last, line))
        if last and bare and len(line.message.text) < room:
            last.append(line)
        else:
            groups.append([line])
    return groups


async def _rename_without_name(desk: DeskParts, case: Case) -> None:
    """The topic's name may be an old one that contains the customer's name."""
    if case.thread_id is None:
        return
    forum, thread_id, name = desk.forum_of(case), case.thread_id, f"#{case.case_id}"
    outcome = await in_topic(desk, case, lambda: forum.rename_topic(thread_id, name))
    if isinstance(outcome, Refused) and not outcome.for_good:
        raise Later(outcome.reason)


async def _told(desk: DeskParts, case: Case, lines: Sequence[_Line], outcome: Outcome) -> None:
    async with desk.db.write() as conn:
        for line in lines:
            await cases.mark_told(conn, line.event_id)
        if case.thread_id is None and isinstance(outcome, Accepted) and outcome.message_id is not None:
            place = (desk.forum_of(case).chat_id, outcome.message_id)
            await message_places.add_line(conn, case.case_id, lines[-1].event_id, place, desk.clock.now())


async def close_topic(desk: DeskParts, case: Case) -> None:
    """Closes the topic of a closed case."""
    if case.thread_id is not None:
        forum = desk.forum_of(case)
        outcome = await forum.close_topic(case.thread_id)
        if isinstance(outcome, Refused):
            await _follow(desk, forum, outcome)
            if not outcome.for_good:
                raise Later(outcome.reason)

    async def write() -> None:
        async with desk.db.write() as conn:
            await topics.set_topic(conn, case.case_id, "closed")

    await persist(write)


async def say_in_topic(desk: DeskParts, case: Case, message: Message, priority: Priority = Priority.DESK) -> Outcome:
    """Says something in the case's topic; without a topic, as a reply to its card."""
    forum, card_id = desk.forum_of(case), case.card_id if case.thread_id is None else None
    return await in_topic(desk, case, lambda: forum.post(case.thread_id, message, priority=priority, reply_to=card_id))


async def in_topic(desk: DeskParts, case: Case, call: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Makes a call in the case's topic: a closed topic is reopened for it; a deleted topic, or a group that has moved,
    raises `TopicGone`."""
    forum = desk.forum_of(case)
    outcome = await call()
    if isinstance(outcome, Refused) and outcome.reason == "topic_closed" and case.thread_id is not None:
        reopened = await forum.reopen_topic(case.thread_id)
        outcome = await call() if isinstance(reopened, Accepted) else reopened
    if isinstance(outcome, Refused):
        await _follow(desk, forum, outcome)
    if isinstance(outcome, Refused) and outcome.reason == "topic_gone":
        log.info("topic gone", case_id=case.case_id)

        async def write() -> None:
            async with desk.db.write() as conn:
                await topics.set_topic(conn, case.case_id, "gone", card_id=None)

        await persist(write)
        raise TopicGone
    return outcome


async def _follow(desk: DeskParts, forum: Forum, refused: Refused) -> None:
    """If the group has moved, its cases get new topics in the new one: raises `TopicGone`."""
    if refused.reason != "migrated":
        return
    assert desk.groups is not None
    groups, new = desk.groups, int(refused.detail)
    await persist(lambda: groups.move(desk.db, forum.chat_id, new, desk.clock.now()))
    raise TopicGone
