"""Casework: what agents do with cases. Who may, whose case it is, and what is written in its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.cases import Case, QueueRow
from bot.rules.hours import local_day
from bot.work.cards import agent_language, desk_language, queue_rows
from storage import agents, cases, cases_queue, holds, people, relays
from storage.agents import Agent
from storage.engine import Database
from storage.holds import Hold
from storage.marks import drop_marks_before, read_mark, write_mark
from storage.standings import standing

CLAIMED_BY_UPDATE = "next."  # the beginning of a mark's name; then the update, and in the mark the case


@dataclass(frozen=True, slots=True)
class Desktop:
    """Who acts in the agents' group (None: no agent), in which topic's case, and the language to answer in."""

    agent: Agent | None
    case: Case | None
    language: str


@dataclass(frozen=True, slots=True)
class Said:
    """What became of an agent's words: on their way, held back since `owner` has the case, or the case is closed."""

    result: Literal["on_its_way", "held_back", "closed"]
    owner: str = ""


# What an outcome lets rest: the kind of hold, and for how many days.
RESTS_DAYS = {
    "paid": ("hold", 3),  # until the wallet's files say so too
    "promised": ("promise", 7),
    "plan": ("plan", 30),
    "dispute": ("dispute", 30),
    "hardship": ("hold", 30),
    "unreachable": ("hold", 3),
    "wrong_person": ("hold", 3),
    "other": ("hold", 7),
}


@dataclass(frozen=True, slots=True)
class Closed:
    """A case that was closed now; `rests_until` is the last day on which what is overdue is left to rest."""

    rests_until: date | None = None


async def sit_down(db: Database, user_id: int, chat_id: int, thread_id: int | None) -> Desktop:
    """Finds out who acts, and which case the topic is of."""
    async with db.read() as conn:
        agent = await agents.agent(conn, user_id)
        case = await cases.case_of_topic(conn, chat_id, thread_id) if thread_id is not None else None
        language = agent_language([agent]) if agent and agent.languages else await desk_language(conn, case)
    return Desktop(agent, case, language)


async def see_queue(db: Database, now: datetime) -> tuple[list[QueueRow], int]:
    async with db.read() as conn:
        return await queue_rows(conn, now)


async def claim_next(db: Database, agent: Agent, now: datetime, update_id: int | None = None) -> Case | None:
    """Claims the most urgent case that waits; None if none does. The same update, handled again after a kill, claims
    no second one."""
    name = f"{CLAIMED_BY_UPDATE}{update_id}"
    async with db.write() as conn:
        before = None if update_id is None else await read_mark(conn, name)
        if before is not None:
            return await cases.case(conn, int(before[0]))
        case_id = await cases_queue.claim_next(conn, agent.telegram_id, now)
        if case_id is None:
            return None
        if update_id is not None:
            await write_mark(conn, name, str(case_id), now)
        return await cases.case(conn, case_id)


async def forget_claims_before(db: Database, before: datetime) -> None:
    """Drops what was remembered of updates that will not be handled again."""
    async with db.write() as conn:
        await drop_marks_before(conn, CLAIMED_BY_UPDATE, before)


async def claim(db: Database, case: Case, agent: Agent, now: datetime) -> Case:
    """Claims this case if it waits. Returns it as it then stands: with its owner, whoever that is."""
    async with db.write() as conn:
        await cases_queue.claim(conn, case.case_id, agent.telegram_id, now)
        claimed = await cases.case(conn, case.case_id)
        assert claimed is not None
        return claimed


async def release(db: Database, case: Case, agent: Agent, now: datetime) -> bool:
    """Gives the agent's own case back to the queue; False if it is not theirs."""
    async with db.write() as conn:
        return await cases_queue.release(conn, case.case_id, agent.telegram_id, now)


async def keep_note(db: Database, case: Case, agent: Agent, text: str, now: datetime) -> None:
    async with db.write() as conn:
        await cases.add_event(conn, case.case_id, "note", now, actor_id=agent.telegram_id, body=text)


async def close(db: Database, case: Case, agent: Agent, outcome: str, now: datetime) -> Closed | None:
    """Closes the case with an outcome; None if it was closed already. What is still overdue rests for some days that
    the agent answers for: nobody becomes silent by it, and nobody is called again the minute after."""
    async with db.write() as conn:
        if not await cases.close(conn, case.case_id, outcome, agent.telegram_id, now):
            return None
        if outcome == "wrong_person":
            await people.end_link(conn, case.customer_id, now)  # that chat is told nothing of anyone's any more
        facts = await standing(conn, case.customer_id)
        assert facts is not None, "a case's customer is never deleted, only forgotten"
        today = local_day(facts.customer.zone, now)
        if outcome not in RESTS_DAYS or not facts.overdue(today):
            return Closed()
        kind, days = RESTS_DAYS[outcome]
        until = today + timedelta(days=days)
        await holds.set_hold(
            conn,
            Hold(case.customer_id, kind, until, set_by=agent.telegram_id, reason=f"case {case.case_id}: {outcome}"),
            now,
        )
    return Closed(rests_until=until)


async def say(
    db: Database,
    case: Case,
    agent: Agent,
    kind: str,
    source: tuple[int, int],
    now: datetime,
    *,
    content: str,
    reply_to: int | None = None,
    revision: int = 0,
) -> Said:
    """Puts an agent's message on its way to the customer. Who writes first in a waiting case claims it; only its owner
    speaks to the customer."""
    async with db.write() as conn:
        await cases_queue.claim(conn, case.case_id, agent.telegram_id, now)
        current = await cases.case(conn, case.case_id)
        assert current is not None
        if current.state == "closed":
            return Said("closed")
        if current.owner_id != agent.telegram_id:
            return Said("held_back", current.owner_name or "")
        await relays.add(
            conn, case.case_id, "out", kind, source, now, content=content, reply_to=reply_to, revision=revision
        )
    return Said("on_its_way")


async def remove_agent(db: Database, telegram_id: int, now: datetime) -> bool:
    """Takes an agent off the list; their cases go back to the queue. False if there was no such agent."""
    async with db.write() as conn:
        await cases_queue.release_all_of(conn, telegram_id, now)
        return await agents.remove_agent(conn, telegram_id, now)
