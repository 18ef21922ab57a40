"""A customer's way to an agent: asking for one, and what they write while an agent is there, or nobody yet."""

from __future__ import annotations

from datetime import datetime

from bot.rules.cases.case_events import Words
from bot.rules.customers.acknowledgements import is_small
from bot.rules.policy.sending_hours import local_day
from bot.work.customers.customer_activity import PERSON_STAYS, Speaker, read_facts
from storage.cases import cases, cases_opening, snoozes
from storage.customers import telegram_chats, telegram_links
from storage.runtime import update_idempotency
from storage.runtime.engine import Database
from storage.topics import message_places, relays, talk_files
from storage.topics.relays import NewMessage

PERSON_ASKED, WORDS_KEPT = "person asked", "words kept"  # what an update does once


async def ask_for_person(db: Database, customer_id: str, user_id: int, now: datetime, said: str | None = None) -> bool:
    """Opens a case, or wakes the open one. True if there was one already. What the customer wrote shortly before, while
    nobody read it, is added, and what they have `said` now. An update asks once."""
    facts = await read_facts(db, customer_id)
    today = local_day(facts.customer.zone, now)
    async with db.write() as conn:
        if (before := await update_idempotency.result_of(conn, PERSON_ASKED)) is not None:
            return before != "new"
        case_id, new = await cases_opening.open_asked(conn, customer_id, today, now)
        if said is not None:
            await telegram_chats.keep_message(conn, user_id, said, now)
        words = await telegram_chats.take_messages(conn, user_id)
        if words:
            await cases.add_event(conn, case_id, Words(words), now, to_tell=True)
        await update_idempotency.keep(conn, PERSON_ASKED, "new" if new else "")
    return not new


async def pass_to_agent(
    db: Database, speaker: Speaker, message: NewMessage, now: datetime, *, said: str | None = None
) -> bool:
    """Sends a customer's message to the topic of their case; False if they have no open case. A customer who says more
    (`said`) than a short acknowledgement waits for an answer from now on."""
    if speaker.customer_id is None:
        return False
    async with db.write() as conn:
        case = await cases.open_case_of(conn, speaker.customer_id)
        if case is None:
            return False
        new = await relays.add(conn, case.case_id, "in", message, now)
        if message.file is not None:
            await talk_files.keep(conn, case.case_id, message.source, message.file)
        if new and message.revision == 0 and not (said is not None and is_small(said)):
            await snoozes.customer_waits(conn, case.case_id, now)
    return True


async def talks_with_person(db: Database, user_id: int, reply_to: int | None, now: datetime) -> bool:
    """Whether an agent is in the conversation: an agent wrote lately in the customer's open case, or the customer's
    message answers one of an agent."""
    async with db.read() as conn:
        customer_id = await telegram_links.linked_customer(conn, user_id)
        case = await cases.open_case_of(conn, customer_id) if customer_id is not None else None
        if case is None:
            return False
        if await message_places.agent_wrote_since(conn, case.case_id, now - PERSON_STAYS):
            return True
        return (
            reply_to is not None
            and await message_places.case_of_agents_words(conn, (user_id, reply_to)) == case.case_id
        )


async def answers_closed_case(db: Database, user_id: int, reply_to: int | None) -> bool:
    """Whether the customer's message answers one of an agent in a case that is closed by now, so that there is nobody
    to whom it could be passed on; also if the same update has asked for a person already."""
    if reply_to is None:
        return False
    async with db.read() as conn:
        if await update_idempotency.result_of(conn, PERSON_ASKED) is not None:
            return True
        customer_id = await telegram_links.linked_customer(conn, user_id)
        if customer_id is None or await cases.open_case_of(conn, customer_id) is not None:
            return False
        number = await message_places.case_of_agents_words(conn, (user_id, reply_to))
        case = None if number is None else await cases.case(conn, number)
        return case is not None and case.customer_id == customer_id


async def keep_words(db: Database, user_id: int, words: str, now: datetime) -> int:
    """Keeps what somebody wrote and was not understood, for the agent they may ask for next; gives how many messages
    are kept by now. Those of an update are kept once."""
    async with db.write() as conn:
        if (before := await update_idempotency.result_of(conn, WORDS_KEPT)) is not None:
            return int(before)
        kept = await telegram_chats.keep_message(conn, user_id, words, now)
        await update_idempotency.keep(conn, WORDS_KEPT, str(kept))
        return kept
