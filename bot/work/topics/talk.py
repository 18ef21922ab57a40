"""What an agent says in a case: messages to the customer, internal notes, and who may write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Note
from bot.rules.cases.who_may import MayNot, is_theirs
from bot.work import self_assignment
from storage.cases import assignment, cases
from storage.cases.agents import Agent
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database
from storage.topics import message_places, relays
from storage.topics.relays import NewMessage


@dataclass(frozen=True, slots=True)
class Said:
    """The result of an agent's message: on its way; held back because `owner` has the case, or because it waits and the
    agent may not take it (`why`); the case is closed; or there was nothing at the customer to edit."""

    result: Literal["on_its_way", "held_back", "may_not", "closed", "never_sent"]
    owner: str = ""
    case_id: int = 0
    why: MayNot | None = None


async def say(db: Database, case: Case, agent: Agent, words: NewMessage, now: datetime) -> Said:
    """Sends an agent's message to the customer. The first agent to write in a waiting case claims it; only its owner,
    or a supervisor, speaks to the customer."""
    async with db.write() as conn:
        return await say_in(conn, case, agent, words, now)


async def say_in(conn: Connection, case: Case, agent: Agent, words: NewMessage, now: datetime) -> Said:
    """The same within an open transaction."""
    if words.revision and not await message_places.was_ever_relayed(conn, words.source):
        return Said("never_sent")
    why = await self_assignment.claim(conn, case.case_id, agent, now) if words.revision == 0 else None
    current = await cases.case(conn, case.case_id)
    assert current is not None, "a case is never deleted"
    if not current.is_open:
        return Said("closed")
    if current.owner_id is None and words.revision == 0:
        return Said("may_not", why=why or MayNot("away"))
    if not is_theirs(current, agent):
        return Said("held_back", current.owner_name or "")
    new = await relays.add(conn, case.case_id, "out", words, now, agent_id=agent.telegram_id)
    if new:
        await assignment.worked(conn, case.case_id, now, answered=words.revision == 0)
    return Said("on_its_way", case_id=case.case_id)


async def keep_note(
    db: Database,
    case: Case,
    agent: Agent,
    text: str,
    source: tuple[int, int],
    now: datetime,
    *,
    album: str | None = None,
) -> bool:
    """Keeps a note in the case's history, and does not pass on the other parts of its message or album. False if some
    of it has gone to the customer already."""
    async with db.write() as conn:
        inside = await relays.keep_internal(conn, case.case_id, source, album, now) == "inside"
        if text and not await update_idempotency.has_acted(conn):
            await cases.add_event(conn, case.case_id, Note(text), now, actor_id=agent.telegram_id)
            await _worked(conn, case, agent, now)
    return inside


async def hold_back(db: Database, case: Case, source: tuple[int, int], album: str | None, now: datetime) -> bool:
    """Keeps back a message that was not, or perhaps not, meant for the customer. False if it was sent already."""
    async with db.write() as conn:
        return await relays.keep_internal(conn, case.case_id, source, album, now) == "inside"


async def _worked(conn: Connection, case: Case, agent: Agent, now: datetime) -> None:
    if case.owner_id == agent.telegram_id:
        await assignment.worked(conn, case.case_id, now)
