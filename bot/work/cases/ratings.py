"""After a case: the customer is asked how it went, once, seldom, within their hours, and may say a word to it.

The question goes along with the good-bye where there is one; else it is asked by itself. It stands in the database
before it leaves, so that a kill loses none; one that may have arrived is asked once more and no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_answers import UNKNOWN_ID
from bot.message import Message
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import is_open
from bot.views.cases import ratings as views
from locales import Translator, match_language, translator
from storage.cases import cases, ratings
from storage.cases.ratings import Question
from storage.customers import people
from storage.runtime.engine import Connection, Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

ASKED_WITHIN = timedelta(days=2)  # after the case; later nobody remembers
GOODBYE_WITHIN = timedelta(minutes=10)  # so long the question waits for the good-bye
LOST_AFTER = timedelta(minutes=1)  # who set about asking so long ago and did not say that it was asked was killed
WORDS_WITHIN = timedelta(minutes=10)  # after a score, words are about it


# --- Asking ----------------------------------------------------------------------------------------------------------


async def ask_along(
    db: Database, policy: Policy, case_id: int, message: Message, t: Translator, now: datetime
) -> Message:
    """The good-bye of a case, with the question where it is to be asked and may be now."""

    async def write() -> Question | None:
        async with db.write() as conn:
            await ratings.begin(conn, case_id, now)
            question = await ratings.question_of(conn, case_id)
            if question is None or not _may_ask(policy, question, now):
                return None
            await ratings.take(conn, case_id, now, now)
            return question

    if not policy.desk.ask_how_it_went:
        return message
    return message if await persist(write) is None else views.with_question(t, message, case_id)


async def asked_along(conn: Connection, case_id: int, outcome: Accepted, now: datetime) -> None:
    """The good-bye with the question was taken; to be written together with it."""
    await ratings.asked(conn, case_id, outcome.message_id or UNKNOWN_ID, now)


async def ask_waiting(db: Database, channel: TelegramChannel, policy: Policy, now: datetime) -> int:
    """Asks whoever is to be asked and was not with a good-bye; returns how many were. To be called about once a
    minute."""
    questions = await persist(lambda: _waiting(db, policy, now))
    done = 0
    for question in questions:
        if _may_ask(policy, question, now) and await persist(lambda q=question: _take(db, q, now)):  # type: ignore[misc]
            outcome = await channel.deliver(str(question.user_id), _message(question), priority=Priority.BULK)
            await persist(lambda q=question, o=outcome: _record(db, q, o, now))  # type: ignore[misc]
            done += isinstance(outcome, Accepted)
    return done


async def _waiting(db: Database, policy: Policy, now: datetime) -> list[Question]:
    async with db.write() as conn:
        await ratings.give_up(conn, now - ASKED_WITHIN)
        if policy.desk.ask_how_it_went:
            await ratings.begin_all(conn, now - ASKED_WITHIN, now - GOODBYE_WITHIN, now - LOST_AFTER)
            return await ratings.to_ask(conn, now - LOST_AFTER, now - GOODBYE_WITHIN)
    return []


def _may_ask(policy: Policy, question: Question, now: datetime) -> bool:
    """Nobody asked to be asked, so it keeps the hours of what is sent unasked."""
    its = policy.for_segment(question.segment)
    return not its.silenced_by and is_open(its.sending_hours, question.zone, now)


def _message(question: Question) -> Message:
    known = (match_language(tag) for tag in question.languages if tag)
    return views.question(translator(next(filter(None, known), "en")), question.case_id)


async def _take(db: Database, question: Question, now: datetime) -> bool:
    async with db.write() as conn:
        return await ratings.take(conn, question.case_id, now - LOST_AFTER, now)


async def _record(db: Database, question: Question, outcome: Outcome, now: datetime) -> None:
    async with db.write() as conn:
        if isinstance(outcome, Accepted):
            await ratings.asked(conn, question.case_id, outcome.message_id or UNKNOWN_ID, now)
        else:
            await not_taken(conn, question.case_id, question.user_id, outcome, now)


async def not_taken(conn: Connection, case_id: int, user_id: int, refused: Refused, now: datetime) -> bool:
    """Telegram did not take the question, or perhaps did. Whether nothing of it is to be tried again."""
    if refused.reason == "in_doubt":
        return await ratings.doubted(conn, case_id, now)
    if not refused.for_good:
        return False
    await ratings.not_asked(conn, case_id)
    customer_id = await people.linked_customer(conn, user_id)
    if refused.address_lost and customer_id is not None:
        await people.bury_channel(conn, customer_id, "telegram", refused.reason, now)
        await cases.mark_card_stale(conn, [customer_id])
    return True


# --- Answers ---------------------------------------------------------------------------------------------------------


async def rate(db: Database, customer_id: str, case_id: int, score: int, now: datetime) -> bool:
    """Keeps a score; False where it was not asked of this customer, or it is too late. Of several the last one within
    a day counts."""
    async with db.write() as conn:
        return await ratings.score(conn, customer_id, case_id, score, now)


async def keep_words(db: Database, customer_id: str, words: str, reply_to: int | None, now: datetime) -> bool:
    """Keeps words that answer the question, or follow a score; False where they do neither. Whoever has a case open
    writes to the person who has it, but where they answer the question itself."""
    async with db.write() as conn:
        case_id = await ratings.about(conn, customer_id, reply_to, now - ratings.ANSWERED_WITHIN, now - WORDS_WITHIN)
        if case_id is None and reply_to is not None:
            case_id = await ratings.about(conn, customer_id, None, now, now - WORDS_WITHIN)
            reply_to = None
        if case_id is None or (reply_to is None and await cases.open_case_of(conn, customer_id) is not None):
            return False
        await ratings.add_words(conn, case_id, words, now)
        return True
