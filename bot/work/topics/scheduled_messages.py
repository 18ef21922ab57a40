"""Words for later: kept until their time, looked at once more when it has come, and passed on or not.

What becomes due and the message that leaves are one transaction, so a kill sends nothing twice and loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels import Accepted
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_relay import text_content
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import AllPaid, Claimed, Said, Settled, Transferred
from bot.rules.cases.case_events_agreements import CameIn
from bot.rules.cases.case_events_words import LaterUnsent
from bot.rules.cases.scheduled_messages import Unsent, read_later
from bot.rules.cases.snoozes import NoDay
from bot.rules.cases.who_may import is_theirs
from bot.rules.policy.sending_hours import is_open, zones
from bot.rules.reminders.contact_caps import over_cap
from bot.views.topics import held_words as views
from bot.work.acting import Refusal, acting_on, refusals
from bot.work.cases.case_cards import agent_language
from bot.work.topics.held_words import Asked, Kept, ask, held, words_of
from bot.work.topics.message_screening import Screening, findings
from bot.work.topics.talk import say_in
from locales import translator
from storage.cases import agents, assignment, cases
from storage.cases.agents import Agent
from storage.facts.customer_facts import facts_of
from storage.reminders import notices
from storage.runtime.engine import Connection, Database
from storage.runtime.write_retry import persist
from storage.topics import held_words
from storage.topics.held_words import Held
from storage.topics.relays import NOWHERE, NewMessage

AT_ONCE = 20
MOST_LISTED = 10
CAPS_LOOK_BACK = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class NotLater:
    """Why words are not kept: their time cannot be read (`no_day`), or nothing may leave `at` that time, which is shown
    by the clock of `zone`."""

    no_day: NoDay | None = None
    at: datetime | None = None
    zone: str = ""


@refusals(NotLater)
async def keep_for_later(
    db: Database,
    screening: Screening,
    case: Case,
    agent: Agent,
    said: str,
    source: tuple[int, int],
    now: datetime,
) -> Kept | Asked:
    """Keeps what is written after `/later` until its time; about some words their author is asked first."""
    async with acting_on(db, case, agent, now) as act:
        zone = act.facts.customer.zone
        read = read_later(said, zone, now)
        if isinstance(read, NoDay):
            raise Refusal(NotLater(read))
        if not is_open(screening.policy.for_segment(act.facts.customer.segment).sending_hours, zone, read.at):
            raise Refusal(NotLater(at=read.at, zone=zones(zone)[0].key))
        await act.take()
        words = NewMessage("text", text_content(read.text), source)
        if found := await findings(act.conn, screening, case.customer_id, read.text, now):
            return await ask(act.conn, case, agent, words, found, now, read.at)
        await held_words.keep(act.conn, held(case, agent, words, now, read.at, (), "later"))
        await assignment.worked(act.conn, case.case_id, now)
    return Kept(read.at, zones(zone)[0].key)


async def for_later(db: Database, agent: Agent, case: Case | None) -> Sequence[Held]:
    """What the agent wrote for later and still waits, in one case or in all."""
    async with db.read() as conn:
        return await held_words.for_later(
            conn, agent.telegram_id, case.case_id if case is not None else None, MOST_LISTED
        )


async def send_due(db: Database, screening: Screening, now: datetime) -> int:
    """Passes on the words whose time has come, or notes why they do not leave; returns how many have come."""
    many = 0
    while True:
        async with db.write() as conn:
            due = await held_words.due(conn, now, AT_ONCE)
            for kept in due:
                if (why := await _leave(conn, screening, kept, now)) is not None:
                    await held_words.end(conn, kept.held_id, "unsent", why)
                else:
                    await held_words.end(conn, kept.held_id, "sent")
        many += len(due)
        if len(due) < AT_ONCE:
            return many


async def _leave(conn: Connection, screening: Screening, kept: Held, now: datetime) -> Unsent | None:
    """Passes words on; or says why not, as things are now."""
    case, agent = await cases.case(conn, kept.case_id), await agents.agent(conn, kept.agent_id)
    facts = await facts_of(conn, case.customer_id) if case is not None else None
    if case is None or facts is None or facts.customer.forgotten:
        return "forgotten"
    if not case.is_open:
        return "closed"
    if agent is None or (case.owner_id is not None and not is_theirs(case, agent)):
        return "not_yours"
    if case.owner_id is None and await cases.had_kind_since(conn, case.case_id, kept.at, Claimed, Transferred):
        return "not_yours"  # if it only went back to the queue, this makes it its author's, as any message of theirs
    if await cases.had_kind_since(conn, case.case_id, kept.at, CameIn, AllPaid, Settled):
        return "paid"
    zone, theirs = facts.customer.zone, screening.policy.for_segment(facts.customer.segment)
    if not is_open(theirs.sending_hours, zone, now):
        return "hours"
    told = await notices.accepted_since(conn, [case.customer_id], now - CAPS_LOOK_BACK)
    if over_cap(theirs, zone, told.get(case.customer_id, ()), now):
        return "caps"
    found = await findings(conn, screening, case.customer_id, json.loads(kept.content)["text"], now)
    if any(one.kind not in kept.found for one in found):
        return "words"
    said = await say_in(conn, case, agent, words_of(kept), now)
    if said.result != "on_its_way":
        return "not_yours"
    if kept.source[0] == NOWHERE:  # written outside the topic, which is told of them as they leave
        text = json.loads(kept.content)["text"]
        await cases.add_event(conn, case.case_id, Said(text), now, actor_id=agent.telegram_id, to_tell=True)
    return None


async def tell_unsent(db: Database, channel: TelegramChannel) -> None:
    """Tells the authors of words that did not leave, in private; where that is not possible, in the topic."""
    async with db.read() as conn:
        unsent = await held_words.unsent(conn)
        known = {agent.telegram_id: agent for agent in await agents.list_agents(conn)} if unsent else {}
    for kept in unsent:
        agent = known.get(kept.agent_id)
        if agent is not None:
            message = views.unsent(translator(agent_language([agent])), kept.case_id, kept.reason)
            outcome = await channel.deliver(str(agent.telegram_id), message, priority=Priority.DESK)
            if not isinstance(outcome, Accepted) and not outcome.for_good:
                continue
            in_topic = not isinstance(outcome, Accepted)
        else:
            in_topic = False
        await persist(lambda kept=kept, in_topic=in_topic: _told(db, kept, in_topic))  # type: ignore[misc]


async def _told(db: Database, kept: Held, in_topic: bool) -> None:
    async with db.write() as conn:
        await held_words.end(conn, kept.held_id, "told")
        if in_topic:
            now = kept.send_at or kept.at
            await cases.add_event(conn, kept.case_id, LaterUnsent(kept.reason), now, to_tell=True)
