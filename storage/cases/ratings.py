"""Ratings: which customers are asked how a case went, and what they answered.

The row is stored before the question is sent: if the program is killed in between, it asks twice rather than never, and
nobody is asked about two cases within `PAUSE`. Until the question is sent, `asked_at` is the time of the last attempt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Update,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import Parted
from storage.cases.event_rows import is_a
from storage.runtime.engine import Upsert, insert_in, rows_made
from storage.runtime.prepared import NOW, prepared
from storage.schema import (
    Instant,
    case_events,
    cases,
    chats,
    contacts,
    customers,
    dead_channels,
    is_open,
    links,
    ratings,
)

PAUSE = timedelta(days=30)  # between two questions to one customer
ANSWERED_WITHIN = timedelta(days=30)  # after that, customers no longer remember the case
CHANGED_WITHIN = timedelta(days=1)  # an answer may be changed this long after the first one
MOST_WORDS = 2000  # characters kept
NO_TALK = ("wrong_person", "unreachable")  # outcomes without a talk that could be rated
TO_ASK = ("waiting", "in_doubt")  # in_doubt: the question may have arrived, and is sent once more
ASKED = (*TO_ASK, "asked")
_THEIRS = cases.alias("theirs")
CLOSED_BEFORE = bindparam("given_closed_before", type_=cases.c.closed_at.type)


@dataclass(frozen=True, slots=True)
class Question:
    """A question to be sent: the case, the customer's chat, and what is needed to write to them."""

    case_id: int
    user_id: int
    zone: str
    segment: str | None
    languages: tuple[str | None, ...]  # the customer's own choice, the wallet's word, the language of their Telegram


# --- Whom to ask -----------------------------------------------------------------------------------------------------


async def plan_question(conn: AsyncConnection, case_id: int, now: datetime) -> bool:
    """Plans the question about this case, if its customer is to be asked; False if not, or if it is planned already."""
    # The lock makes two cases of one customer that close at once take turns, so that one sees the other's question.
    theirs = select(cases.c.customer_id).where(cases.c.case_id == case_id).scalar_subquery()
    await conn.execute(select(customers.c.customer_id).where(customers.c.customer_id == theirs).with_for_update())
    return bool(await _begin(conn, _beginning(conn.dialect.name, "case"), now, given_case_id=case_id))


async def plan_questions(conn: AsyncConnection, closed_since: datetime, closed_before: datetime, now: datetime) -> int:
    """Plans the question for all customers whose last case was closed between these two instants. Returns how many."""
    between = {"given_closed_since": closed_since, "given_closed_before": closed_before}
    return await _begin(conn, _beginning(conn.dialect.name, "between"), now, **between)


async def _begin(conn: AsyncConnection, statement: Upsert, now: datetime, **which: Any) -> int:
    values = {NOW.key: now, "given_asked_after": now - PAUSE, **which}
    return await rows_made(conn, await conn.execute(statement, values))


@prepared
def _beginning(dialect: str, which: Literal["case", "between"]) -> Upsert:
    """Of one case, or of all customers whose last case was closed between two instants."""
    later = cases.alias("later")
    last = ~exists().where(
        later.c.customer_id == cases.c.customer_id, later.c.state == "closed", later.c.case_id > cases.c.case_id
    )
    since = bindparam("given_closed_since", type_=cases.c.closed_at.type)
    closed = (cases.c.closed_at >= since, cases.c.closed_at <= CLOSED_BEFORE)
    these = (*closed, last) if which == "between" else (cases.c.case_id == bindparam("given_case_id"),)
    names = ["case_id", "customer_id", "agent_id", "asked_at", "state"]
    asked = insert_in(dialect, ratings).from_select(names, _to_be_asked().where(*these))
    return asked.on_conflict_do_nothing()


def _to_be_asked() -> Select[Any]:
    """Closed cases in which an agent wrote to the customer, who can be asked and was not asked recently."""
    spoke = exists().where(
        contacts.c.customer_id == cases.c.customer_id,
        contacts.c.case_id == cases.c.case_id,
        contacts.c.kind == "agent",
        contacts.c.state == "accepted",
    )
    recently = exists().where(
        ratings.c.customer_id == cases.c.customer_id,
        ratings.c.state.in_(ASKED),
        ratings.c.asked_at > bindparam("given_asked_after", type_=ratings.c.asked_at.type),
    )
    known = exists().where(ratings.c.case_id == cases.c.case_id)
    return select(
        cases.c.case_id,
        cases.c.customer_id,
        cases.c.owner_id,
        NOW,
        literal("waiting"),
    ).where(
        cases.c.state == "closed",
        func.coalesce(cases.c.outcome, "").not_in(NO_TALK),
        _can_be_asked(cases.c.customer_id),
        spoke,
        ~recently,
        ~known,
    )


def _can_be_asked(customer_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the customer is linked, can be reached, has not turned reminders off, and has no open case."""
    return (
        exists().where(
            customers.c.customer_id == customer_id,
            customers.c.forgotten_at.is_(None),
            customers.c.stopped_at.is_(None),
        )
        & exists().where(links.c.customer_id == customer_id, links.c.ended_at.is_(None))
        & ~exists().where(dead_channels.c.customer_id == customer_id, dead_channels.c.channel == "telegram")
        & ~exists().where(_THEIRS.c.customer_id == customer_id, is_open(_THEIRS))
    )


# --- Asking ----------------------------------------------------------------------------------------------------------


async def end_old_questions(conn: AsyncConnection, closed_before: datetime) -> int:
    """Ends questions to customers who can no longer be asked, or whose case was closed before `closed_before`. Returns
    how many."""
    return (await conn.execute(_ending_old(), {CLOSED_BEFORE.key: closed_before})).rowcount


@prepared
def _ending_old() -> Update:
    old = ratings.c.case_id.in_(select(cases.c.case_id).where(cases.c.closed_at < CLOSED_BEFORE))
    gone = or_(~_can_be_asked(ratings.c.customer_id), old)
    return update(ratings).where(ratings.c.state.in_(TO_ASK), gone).values(state="not_asked")


async def to_ask(conn: AsyncConnection, free_before: datetime, parted_before: datetime) -> list[Question]:
    """The questions that wait and that nobody has tried to send since `free_before`, oldest first. While the case's
    good-bye message is still to be sent, it carries the question; this is waited for until `parted_before`."""
    values = {"given_free_before": free_before, CLOSED_BEFORE.key: parted_before}
    return [_question(row) for row in (await conn.execute(_to_ask(), values)).all()]


@prepared
def _to_ask() -> Select[Any]:
    parted = exists().where(case_events.c.case_id == ratings.c.case_id, is_a(Parted))
    free_before = bindparam("given_free_before", type_=ratings.c.asked_at.type)
    return (
        _questions()
        .join(cases, cases.c.case_id == ratings.c.case_id)
        .where(ratings.c.asked_at <= free_before, or_(parted, cases.c.closed_at <= CLOSED_BEFORE))
        .order_by(ratings.c.asked_at)
        .limit(5000)
    )


async def question_of(conn: AsyncConnection, case_id: int) -> Question | None:
    """The question about this case, if it is still to be asked."""
    row = (await conn.execute(_questions().where(ratings.c.case_id == case_id))).first()
    return _question(row) if row else None


def _questions() -> Select[Any]:
    return (
        select(
            ratings.c.case_id,
            links.c.user_id,
            customers.c.zone,
            customers.c.segment,
            customers.c.language,
            chats.c.chosen_language,
            chats.c.client_language,
        )
        .join(customers, customers.c.customer_id == ratings.c.customer_id)
        .join(links, (links.c.customer_id == ratings.c.customer_id) & links.c.ended_at.is_(None))
        .outerjoin(chats, chats.c.user_id == links.c.user_id)
        .where(ratings.c.state.in_(TO_ASK))
    )


def _question(row: Row[*tuple[Any, ...]]) -> Question:
    languages = (row.chosen_language, row.language, row.client_language)
    return Question(row.case_id, row.user_id, row.zone, row.segment, languages)


async def claim(conn: AsyncConnection, case_id: int, free_before: datetime, now: datetime) -> bool:
    """Claims the question for sending; False if another process has it. A claim from before `free_before` counts as
    lost, because its process was killed."""
    free = (ratings.c.case_id == case_id, ratings.c.state.in_(TO_ASK), ratings.c.asked_at <= free_before)
    return (await conn.execute(update(ratings).where(*free).values(asked_at=now))).rowcount > 0


async def mark_asked(conn: AsyncConnection, case_id: int, message_id: int, now: datetime) -> None:
    values = {"state": "asked", "message_id": message_id, "asked_at": now}
    await conn.execute(update(ratings).where(ratings.c.case_id == case_id).values(**values))


async def mark_in_doubt(conn: AsyncConnection, case_id: int, now: datetime) -> bool:
    """Stores that the question may have arrived: it is sent once more. True if that was the second time: then it counts
    as asked."""
    after = case((ratings.c.state == "waiting", "in_doubt"), else_="asked")
    changed = update(ratings).where(ratings.c.case_id == case_id, ratings.c.state.in_(TO_ASK))
    state = (await conn.execute(changed.values(state=after, asked_at=now).returning(ratings.c.state))).scalar()
    return bool(state == "asked")


async def mark_not_asked(conn: AsyncConnection, case_id: int) -> None:
    waits = (ratings.c.case_id == case_id, ratings.c.state.in_(TO_ASK))
    await conn.execute(update(ratings).where(*waits).values(state="not_asked"))


# --- Answers ---------------------------------------------------------------------------------------------------------


async def store_score(conn: AsyncConnection, customer_id: str, case_id: int, points: int, now: datetime) -> bool:
    """Stores a score for this customer's case. False if they were not asked about it, were asked too long ago, or
    answered more than a day ago."""
    mine = (ratings.c.case_id == case_id, ratings.c.customer_id == customer_id, ratings.c.state.in_(ASKED))
    timely = or_(
        ratings.c.rated_at.is_(None) & (ratings.c.asked_at > now - ANSWERED_WITHIN),
        ratings.c.rated_at > now - CHANGED_WITHIN,
    )
    # A press shows that the question arrived. The time of the first answer stays, so that `CHANGED_WITHIN` ends.
    kept = (
        update(ratings)
        .where(*mine, timely)
        .values(score=points, state="asked", rated_at=func.coalesce(ratings.c.rated_at, now))
    )
    return (await conn.execute(kept)).rowcount > 0


async def case_of_comment(
    conn: AsyncConnection, customer_id: str, reply_to: int | None, asked_since: datetime, rated_since: datetime
) -> int | None:
    """The case that a customer's comment is about: the question's that they replied to, or else the one that they
    scored since `rated_since`. None if there is none."""
    values: dict[str, object] = {"given_customer_id": customer_id}
    if reply_to is None:
        values["given_since"] = rated_since
    else:
        values |= {"given_since": asked_since, "given_reply_to": reply_to}
    case_id: int | None = (await conn.execute(_commented(is_reply=reply_to is not None), values)).scalar()
    return case_id


@prepared
def _commented(*, is_reply: bool) -> Select[*tuple[Any, ...]]:
    since = bindparam("given_since", type_=Instant())
    question = ratings.c.rated_at >= since
    if is_reply:
        reply_to = bindparam("given_reply_to", type_=ratings.c.message_id.type)
        question = (ratings.c.message_id == reply_to) & (ratings.c.asked_at >= since)
    theirs = ratings.c.customer_id == bindparam("given_customer_id", type_=ratings.c.customer_id.type)
    query = select(ratings.c.case_id).where(theirs, ratings.c.state == "asked", question)
    return query.order_by(ratings.c.rated_at.desc()).limit(literal_column("1"))


async def add_comment(conn: AsyncConnection, case_id: int, words: str, now: datetime) -> None:
    """Adds a comment to the rating, below earlier comments. The same words once more add nothing: their update may be
    handled again after a kill."""
    query = select(ratings.c.words).where(ratings.c.case_id == case_id).with_for_update()
    before = (await conn.execute(query)).scalar()
    if before is not None and f"\n{before}".endswith(f"\n{words}"):
        return
    kept = (f"{before}\n{words}" if before else words)[:MOST_WORDS]
    values = {"words": kept, "rated_at": func.coalesce(ratings.c.rated_at, now)}
    await conn.execute(update(ratings).where(ratings.c.case_id == case_id).values(**values))
