"""Words about which their author, an agent, is asked before they leave: mended, dropped, or sent with a reason.

All of it is in the database, and each change is one transaction. `scheduled_messages` has the words that wait for
their time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.cases.case import Case
from bot.rules.cases.case_events_words import SentAnyway
from bot.rules.cases.who_may import is_theirs
from bot.rules.policy.sending_hours import zones
from bot.rules.topics.message_screening import Found
from bot.work.topics.message_screening import Screening, findings
from bot.work.topics.talk import Said, say_in
from storage.cases import cases
from storage.cases.agents import Agent
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database
from storage.topics import held_words, talk_files
from storage.topics.held_words import Held
from storage.topics.relays import NewMessage


@dataclass(frozen=True, slots=True)
class Asked:
    """The words wait for their author's answer: what was found in them, and the number by which they are known."""

    held_id: int
    case_id: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Words that will leave then, shown by the clock of `zone`."""

    at: datetime
    zone: str


async def say_checked(
    db: Database,
    screening: Screening,
    case: Case,
    agent: Agent,
    words: NewMessage,
    text: str,
    now: datetime,
) -> Said | Asked:
    """Sends an agent's message, or asks them first about what was found in its `text`. Whose words would not leave
    anyway is told why, as without the check."""
    async with db.write() as conn:
        current = await cases.case(conn, case.case_id)
        assert current is not None, "a case is never deleted"
        if words.file is not None:
            await talk_files.keep(conn, case.case_id, words.source, words.file)
        if words.revision == 0 and await held_words.waits_from(conn, words.source):
            await held_words.forget_asked(conn, words.source)  # its author has changed it
        if _may_speak(current, agent):
            found = await findings(conn, screening, case.customer_id, text, now)
            if found:
                return await ask(conn, case, agent, words, found, now)
        return await say_in(conn, case, agent, words, now)


def _may_speak(case: Case, agent: Agent) -> bool:
    if not case.is_open:
        return False
    return is_theirs(case, agent) or (case.owner_id is None and agent.away_since is None)


async def ask(
    conn: Connection,
    case: Case,
    agent: Agent,
    words: NewMessage,
    found: tuple[Found, ...],
    now: datetime,
    send_at: datetime | None = None,
) -> Asked:
    """Keeps words until their author has answered what was found in them; `send_at`: they are for later."""
    kinds = tuple(dict.fromkeys(one.kind for one in found))
    number = await held_words.keep(conn, held(case, agent, words, now, send_at, kinds, "asked"))
    return Asked(number or 0, case.case_id, found)


def held(
    case: Case,
    agent: Agent,
    words: NewMessage,
    now: datetime,
    send_at: datetime | None,
    found: tuple[str, ...],
    state: Literal["asked", "later"],
) -> Held:
    """The row in which words are kept."""
    return Held(
        case.case_id,
        agent.telegram_id,
        words.kind,
        words.content,
        words.source,
        words.revision,
        words.reply_to,
        words.album,
        now,
        send_at,
        found,
        state,
    )


async def waits_for_answer(db: Database, source: tuple[int, int]) -> bool:
    """Whether this message of an agent waits for their answer."""
    async with db.read() as conn:
        return await held_words.waits_from(conn, source)


async def last_asked(db: Database, case: Case, agent: Agent, message: int | None) -> int | None:
    """The number of the words about which the agent was asked: those of this message, else the last ones."""
    async with db.read() as conn:
        asked = await held_words.asked_of(conn, case.case_id, agent.telegram_id, message)
    return asked.held_id if asked is not None else None


async def source_of(db: Database, held_id: int) -> tuple[int, int] | None:
    """The message, as its chat and number, in which these words were written."""
    async with db.read() as conn:
        return await held_words.source_of(conn, held_id)


async def send_anyway(db: Database, held_id: int, agent: Agent, reason: str, now: datetime) -> Said | Kept | None:
    """Sends the words about which the agent was asked, and writes the reason into the case's history; None if they wait
    no more, or are not theirs."""
    async with db.write() as conn:
        kept = await held_words.by_number(conn, held_id)
        if kept is None or kept.agent_id != agent.telegram_id or kept.state != "asked":
            return None
        case = await cases.case(conn, kept.case_id)
        assert case is not None, "a case is never deleted"
        noted = SentAnyway(kept.found, reason)
        if kept.send_at is not None:
            await held_words.end(conn, held_id, "later", content=True)
            await cases.add_event(conn, kept.case_id, noted, now, actor_id=agent.telegram_id)
            facts = await facts_of(conn, case.customer_id)
            return Kept(kept.send_at, zones(facts.customer.zone)[0].key if facts is not None else "UTC")
        said = await say_in(conn, case, agent, words_of(kept), now)
        if said.result == "on_its_way":
            await held_words.end(conn, held_id, "sent")
            await cases.add_event(conn, kept.case_id, noted, now, actor_id=agent.telegram_id)
        return said


async def drop(db: Database, held_id: int, agent: Agent) -> bool:
    """Never sends these words; False if they wait no more, or are not the agent's."""
    async with db.write() as conn:
        kept = await held_words.by_number(conn, held_id)
        if kept is None or kept.agent_id != agent.telegram_id:
            return False
        return await held_words.end(conn, held_id, "dropped")


def words_of(kept: Held) -> NewMessage:
    """What is passed on of them."""
    return NewMessage(kept.kind, kept.content, kept.source, kept.reply_to, kept.revision, kept.album)
