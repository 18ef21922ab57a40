"""Ratings: after a case the customer is asked how it went, once, not often, within their sending hours. They may add a
few words.

The question is sent together with the good-bye if there is one, else alone. It is in the database before it is sent, so
that a kill loses none. A question that may have arrived is asked at most once more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_answers import UNKNOWN_ID
from bot.message import Message
from bot.rules.languages import first_known, spoken_in
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import is_open
from bot.views.cases import ratings as views
from locales import Translator, translator
from storage.cases import cases, ratings
from storage.cases.ratings import Question
from storage.customers import reachability, telegram_links
from storage.runtime.engine import Connection, Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

ASKED_WITHIN = timedelta(days=2)  # after the case; later the customer does not remember it
GOODBYE_WITHIN = timedelta(minutes=10)  # how long the question waits for the good-bye
LOST_AFTER = timedelta(minutes=1)  # a process that began to ask so long ago and did not finish was killed
WORDS_WITHIN = timedelta(minutes=10)  # after a score, words are about it


# --- Asking ----------------------------------------------------------------------------------------------------------


async def ask_with_goodbye(
    db: Database, policy: Policy, case_id: int, message: Message, t: Translator, now: datetime
) -> Message:
    """The good-bye of a case, with the question if it may be asked now."""

    async def write() -> Question | None:
        async with db.write() as conn:
            await ratings.plan_question(conn, case_id, now)
            question = await ratings.question_of(conn, case_id)
            if question is None or not _may_ask(policy, question, now):
                return None
            await ratings.claim(conn, case_id, now, now)
            return question

    if not policy.desk.ask_how_it_went:
        return message
    return message if await persist(write) is None else views.with_question(t, message, case_id)


async def note_asked_with_goodbye(conn: Connection, case_id: int, outcome: Accepted, now: datetime) -> None:
    """The good-bye with the question was accepted; write this in the same transaction."""
    await ratings.mark_asked(conn, case_id, outcome.message_id or UNKNOWN_ID, now)


async def ask_waiting(db: Database, channel: TelegramChannel, policy: Policy, now: datetime) -> int:
    """Asks the customers whose question was not sent with a good-bye; returns how many were asked. Call it about once a
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
        await ratings.end_old_questions(conn, now - ASKED_WITHIN)
        if policy.desk.ask_how_it_went:
            await ratings.plan_questions(conn, now - ASKED_WITHIN, now - GOODBYE_WITHIN, now - LOST_AFTER)
            return await ratings.to_ask(conn, now - LOST_AFTER, now - GOODBYE_WITHIN)
    return []


def _may_ask(policy: Policy, question: Question, now: datetime) -> bool:
    """The customer did not ask for this message, so it keeps to the sending hours."""
    segment_policy = policy.for_segment(question.segment)
    return not segment_policy.silenced_by and is_open(segment_policy.sending_hours, question.zone, now)


def _message(question: Question) -> Message:
    return views.question(
        translator(spoken_in(first_known(question.languages) or "en", question.zone)), question.case_id
    )


async def _take(db: Database, question: Question, now: datetime) -> bool:
    async with db.write() as conn:
        return await ratings.claim(conn, question.case_id, now - LOST_AFTER, now)


async def _record(db: Database, question: Question, outcome: Outcome, now: datetime) -> None:
    async with db.write() as conn:
        if isinstance(outcome, Accepted):
            await ratings.mark_asked(conn, question.case_id, outcome.message_id or UNKNOWN_ID, now)
        else:
            await not_taken(conn, question.case_id, question.user_id, outcome, now)


async def not_taken(conn: Connection, case_id: int, user_id: int, refused: Refused, now: datetime) -> bool:
    """Telegram refused the question, or perhaps accepted it. Returns whether it must not be tried again."""
    if refused.reason == "in_doubt":
        return await ratings.mark_in_doubt(conn, case_id, now)
    if not refused.for_good:
        return False
    await ratings.mark_not_asked(conn, case_id)
    customer_id = await telegram_links.linked_customer(conn, user_id)
    if refused.address_lost and customer_id is not None:
        await reachability.mark_channel_dead(conn, customer_id, "telegram", refused.reason, now)
        await cases.mark_card_stale(conn, [customer_id])
    return True


# --- Answers ---------------------------------------------------------------------------------------------------------


async def rate(db: Database, customer_id: str, case_id: int, score: int, now: datetime) -> bool:
    """Keeps a score; False if this customer was not asked, or it is too late. If there are several within a day, the
    last one counts."""
    async with db.write() as conn:
        return await ratings.store_score(conn, customer_id, case_id, score, now)


async def keep_words(db: Database, customer_id: str, words: str, reply_to: int | None, now: datetime) -> bool:
    """Keeps words that answer the question or follow a score; False if they do neither. A customer with an open case
    writes to their agent, unless they answer the question itself."""
    async with db.write() as conn:
        case_id = await ratings.case_of_comment(
            conn, customer_id, reply_to, now - ratings.ANSWERED_WITHIN, now - WORDS_WITHIN
        )
        if case_id is None and reply_to is not None:
            case_id = await ratings.case_of_comment(conn, customer_id, None, now, now - WORDS_WITHIN)
            reply_to = None
        if case_id is None or (reply_to is None and await cases.open_case_of(conn, customer_id) is not None):
            return False
        await ratings.add_comment(conn, case_id, words, now)
        return True
