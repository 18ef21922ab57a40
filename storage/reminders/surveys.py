"""Surveys in the database: who is invited, what each answered, and what is counted of it.

An invitation is asked by a notice of the kind `survey`, which is sent and judged like every other; its state and reason
say what became of it.
"""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert, put
from storage.schema import cases, customers, is_open, links, notices, survey_answers, survey_invitations, surveys

KIND = "survey"


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A survey that was started; `body` is its file."""

    survey_id: int
    name: str
    body: str
    whom: str
    started_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Where somebody is in a survey."""

    survey: StoredSurvey
    customer_id: str
    at_question: int
    left: bool
    done: bool
    said_in: int | None  # the update with the last words


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who may be invited; `today` is theirs, `linked` whether they opened the bot."""

    customer_id: str
    zone: str
    linked: bool


# --- Starting --------------------------------------------------------------------------------------------------------


async def add(conn: AsyncConnection, name: str, body: str, whom: str, now: datetime, ends_at: datetime) -> int | None:
    """The new survey's number; None if there is one of that name."""
    row = {"name": name, "body": body, "whom": whom, "started_at": now, "ends_at": ends_at}
    made = insert(conn, surveys).values(**row).on_conflict_do_nothing().returning(surveys.c.survey_id)
    survey_id: int | None = (await conn.execute(made)).scalar()
    return survey_id


async def candidates(conn: AsyncConnection, segment: str | None, after: str, limit: int) -> list[Candidate]:
    """The next customers, by id, of a segment (None: of all)."""
    linked = exists().where(links.c.customer_id == customers.c.customer_id, links.c.ended_at.is_(None))
    query = (
        select(customers.c.customer_id, customers.c.zone, case((linked, 1), else_=0).label("linked"))
        .where(customers.c.customer_id > after, customers.c.forgotten_at.is_(None))
        .order_by(customers.c.customer_id)
        .limit(limit)
    )
    if segment is not None:
        query = query.where(customers.c.segment == segment)
    return [Candidate(row.customer_id, row.zone, bool(row.linked)) for row in (await conn.execute(query)).all()]


async def invite(
    conn: AsyncConnection,
    survey_id: int,
    invited: Sequence[tuple[Candidate, date]],
    policy: tuple[str, str],
    now: datetime,
    ends_at: datetime,
) -> int:
    """Invites these customers, each with their day: a notice for those who opened the bot, the reason for the others.
    `policy` is its name and version. Returns how many notices were planned."""
    if not invited:
        return 0
    batch = secrets.randbits(62)
    rows = [
        {"survey_id": survey_id, "customer_id": who.customer_id, "reason": None if who.linked else "not_linked"}
        for who, _ in invited
    ]
    await conn.execute(insert(conn, survey_invitations).on_conflict_do_nothing(), rows)
    planned = [
        {
            "customer_id": who.customer_id,
            "local_day": day,
            "state": "planned",
            "send_after": now,
            "expires_at": ends_at,
            "policy": policy[0],
            "policy_version": policy[1],
            "planned_at": now,
            "batch": batch,
            "kind": KIND,
        }
        for who, day in invited
        if who.linked
    ]
    if not planned:
        return 0
    await conn.execute(insert(conn, notices).on_conflict_do_nothing(), planned)
    ids = [who.customer_id for who, _ in invited if who.linked]
    of_survey = (
        select(notices.c.notice_id)
        .where(notices.c.customer_id == survey_invitations.c.customer_id, notices.c.batch == batch)
        .correlate(survey_invitations)
        .scalar_subquery()
    )
    theirs = (survey_invitations.c.survey_id == survey_id, survey_invitations.c.customer_id.in_(ids))
    await conn.execute(update(survey_invitations).where(*theirs).values(notice_id=of_survey))
    # Another survey's question to them still waits: one at a time.
    unasked = (*theirs, survey_invitations.c.notice_id.is_(None))
    await conn.execute(update(survey_invitations).where(*unasked).values(reason="asked_lately"))
    count = select(func.count()).select_from(notices).where(notices.c.batch == batch)
    return int((await conn.execute(count)).scalar_one())


async def last_invited(conn: AsyncConnection, survey_id: int) -> str:
    """The last customer who was invited, by id; empty if nobody was."""
    theirs = survey_invitations.c.survey_id == survey_id
    return (await conn.execute(select(func.max(survey_invitations.c.customer_id)).where(theirs))).scalar() or ""


async def by_name(conn: AsyncConnection, name: str) -> StoredSurvey | None:
    row = (await conn.execute(select(surveys).where(surveys.c.name == name))).first()
    return StoredSurvey(**row._mapping) if row else None


async def all_of_them(conn: AsyncConnection) -> list[StoredSurvey]:
    rows = (await conn.execute(select(surveys).order_by(surveys.c.survey_id))).all()
    return [StoredSurvey(**row._mapping) for row in rows]


async def end(conn: AsyncConnection, survey_id: int, now: datetime) -> None:
    """Nobody is asked any more, and no answer is taken."""
    await conn.execute(
        update(surveys).where(surveys.c.survey_id == survey_id, surveys.c.ends_at > now).values(ends_at=now)
    )


# --- The last check --------------------------------------------------------------------------------------------------


async def of_notices(conn: AsyncConnection, notice_ids: Sequence[int]) -> dict[int, StoredSurvey]:
    """The survey that each of these notices asks for."""
    query = (
        select(survey_invitations.c.notice_id, *surveys.c)
        .join(surveys, surveys.c.survey_id == survey_invitations.c.survey_id)
        .where(survey_invitations.c.notice_id.in_(notice_ids))
    )
    names = StoredSurvey.__dataclass_fields__
    return {
        row.notice_id: StoredSurvey(**{name: row._mapping[name] for name in names})
        for row in (await conn.execute(query)).all()
    }


async def asked_since(conn: AsyncConnection, customer_ids: Sequence[str], since: datetime) -> set[str]:
    """Those of these customers whom a survey's question reached since then."""
    reached = (
        notices.c.customer_id.in_(customer_ids),
        notices.c.kind == KIND,
        notices.c.state == "accepted",
        notices.c.ended_at >= since,
    )
    return set((await conn.execute(select(notices.c.customer_id).where(*reached))).scalars())


async def with_person(conn: AsyncConnection, customer_ids: Sequence[str]) -> set[str]:
    """Those of these customers who have an open case."""
    theirs = (cases.c.customer_id.in_(customer_ids), is_open())
    return set((await conn.execute(select(cases.c.customer_id).where(*theirs))).scalars())


# --- Answering -------------------------------------------------------------------------------------------------------


async def invitation(conn: AsyncConnection, survey_id: int, customer_id: str) -> Invited | None:
    """Where the customer is; None if they were not invited. Nobody else changes it until the transaction ends."""
    theirs = (survey_invitations.c.survey_id == survey_id, survey_invitations.c.customer_id == customer_id)
    row = (await conn.execute(select(survey_invitations).where(*theirs).with_for_update())).first()
    survey = (await conn.execute(select(surveys).where(surveys.c.survey_id == survey_id))).first()
    if row is None or survey is None:
        return None
    left, done = row.left_at is not None, row.done_at is not None
    return Invited(StoredSurvey(**survey._mapping), customer_id, row.at_question, left, done, row.said_in)


async def asked_for_words(conn: AsyncConnection, customer_id: str, since: datetime, said_in: int) -> int | None:
    """The survey whose question this customer is at since then, or that this update has answered; if any: the last
    one."""
    is_open = and_(survey_invitations.c.left_at.is_(None), survey_invitations.c.done_at.is_(None))
    theirs = (
        survey_invitations.c.customer_id == customer_id,
        survey_invitations.c.touched_at >= since,
        or_(is_open, survey_invitations.c.said_in == said_in),
    )
    last = (
        select(survey_invitations.c.survey_id).where(*theirs).order_by(survey_invitations.c.touched_at.desc()).limit(1)
    )
    survey_id: int | None = (await conn.execute(last)).scalar()
    return survey_id


async def move_to(
    conn: AsyncConnection,
    invited: Invited,
    number: int,
    now: datetime,
    *,
    left: bool = False,
    done: bool = False,
    said_in: int | None = None,
) -> None:
    """The customer is at that question now, or has left or ended the survey; `said_in`: by the words of that update."""
    theirs = (
        survey_invitations.c.survey_id == invited.survey.survey_id,
        survey_invitations.c.customer_id == invited.customer_id,
    )
    changes = {"at_question": number, "touched_at": now, "left_at": now if left else None, "said_in": said_in}
    await conn.execute(update(survey_invitations).where(*theirs).values(**changes, done_at=now if done else None))


async def store_answer(
    conn: AsyncConnection, invited: Invited, question: str, now: datetime, answer: str | None, words: str | None
) -> None:
    """The last answer to a question counts."""
    row = {
        "survey_id": invited.survey.survey_id,
        "customer_id": invited.customer_id,
        "question": question,
        "answer": answer,
        "words": words,
        "answered_at": now,
    }
    await put(conn, survey_answers, ["survey_id", "customer_id", "question"], row)


async def drop_answer(conn: AsyncConnection, invited: Invited, question: str) -> None:
    """A question that is skipped has no answer."""
    theirs = (
        survey_answers.c.survey_id == invited.survey.survey_id,
        survey_answers.c.customer_id == invited.customer_id,
        survey_answers.c.question == question,
    )
    await conn.execute(delete(survey_answers).where(*theirs))


# --- Figures ---------------------------------------------------------------------------------------------------------


async def outcomes(conn: AsyncConnection, survey_id: int) -> dict[str, int]:
    """How many invitations ended how: `asked`, `waiting`, or the reason why they were not asked."""
    why = func.coalesce(survey_invitations.c.reason, notices.c.reason, "")
    ended = case(
        (notices.c.state == "accepted", "asked"),
        (notices.c.state.in_(("planned", "claimed")), "waiting"),
        else_=why,
    ).label("ended")
    query = (
        select(ended, func.count())
        .select_from(survey_invitations)
        .outerjoin(notices, notices.c.notice_id == survey_invitations.c.notice_id)
        .where(survey_invitations.c.survey_id == survey_id)
        .group_by(ended)
    )
    return {row[0] or "unknown": int(row[1]) for row in (await conn.execute(query)).all()}


async def progress(conn: AsyncConnection, survey_id: int) -> tuple[int, int]:
    """How many answered anything, and how many came to the end."""
    answered = select(func.count(survey_answers.c.customer_id.distinct())).where(
        survey_answers.c.survey_id == survey_id
    )
    done = select(func.count()).where(
        survey_invitations.c.survey_id == survey_id, survey_invitations.c.done_at.is_not(None)
    )
    return int((await conn.execute(answered)).scalar_one()), int((await conn.execute(done)).scalar_one())


async def counts(conn: AsyncConnection, survey_id: int) -> Mapping[str, Counter[str]]:
    """How often each answer was given, by question."""
    query = (
        select(survey_answers.c.question, survey_answers.c.answer, func.count())
        .where(survey_answers.c.survey_id == survey_id, survey_answers.c.answer.is_not(None))
        .group_by(survey_answers.c.question, survey_answers.c.answer)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in (await conn.execute(query)).all():
        found[row[0]][str(row[1])] = int(row[2])
    return found


async def words(conn: AsyncConnection, survey_id: int, question: str) -> list[str]:
    of_survey = (survey_answers.c.survey_id == survey_id, survey_answers.c.question == question)
    return list(
        (
            await conn.execute(select(survey_answers.c.words).where(*of_survey, survey_answers.c.words.is_not(None)))
        ).scalars()
    )


# --- Going -----------------------------------------------------------------------------------------------------------


async def drop_ended(conn: AsyncConnection, before: datetime) -> int:
    """Removes surveys that ended before then, with all answers; returns how many surveys."""
    old = [s.survey_id for s in await all_of_them(conn) if s.ends_at < before]
    for table in (survey_answers, survey_invitations, surveys):
        await conn.execute(delete(table).where(table.c.survey_id.in_(old)))
    return len(old)
