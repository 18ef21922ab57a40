"""Surveys: starting one, judging whom it may ask now, taking answers, and telling what may be told.

A customer's place in a survey is in the database after every press, so a kill between two messages loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from bot.rules.reminders.send_check import Never, NotNow
from bot.rules.reminders.survey_file import Question, Survey, read_survey
from bot.rules.reminders.surveys import LEAST, PAUSE, Ask, Figure, Situation, decide, figure_of, is_in_sample, words_of
from storage.reminders import receipts, surveys
from storage.reminders.notices import Notice
from storage.reminders.surveys import Invited, StoredSurvey
from storage.runtime.engine import Connection, Database

AT_ONCE = 1000  # customers invited in one transaction
WORDS_WITHIN = timedelta(hours=1)  # after a question for words was shown, what they write answers it
MOST_WORDS = 2000  # characters kept
SKIP, BACK, LEAVE = "skip", "back", "leave"


class SurveyExists(ValueError):
    """There is a survey of that name already."""


class NobodyToAsk(ValueError):
    """No customer is among those who are to be asked."""


class NoSuchSurvey(ValueError):
    """There is no survey of that name."""


# --- Starting --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a survey is for: a segment (None: everybody), and of these a `share` (0 to 1)."""

    segment: str | None = None
    share: float = 1.0

    def __str__(self) -> str:
        who = "everybody" if self.segment is None else f"segment {self.segment}"
        return who if self.share >= 1 else f"{self.share:.4g} of {who}"


@dataclass(frozen=True, slots=True)
class Started:
    """How many customers a survey invited, and to how many a question was planned: they opened the bot."""

    invited: int
    planned: int


async def start(db: Database, policy: Policy, text: str, source: str, whom: Whom, now: datetime) -> Started:
    """Starts the survey in this file. Raises `PolicyFaulty`, `SurveyExists`, and `NobodyToAsk`, after which there is no
    survey. If it was killed on the way, the same once more invites the rest."""
    survey = read_survey(text, source)
    ends_at = now + timedelta(days=survey.days)
    taken = SurveyExists(f"there is a survey {survey.name!r} already; expected another name in the file")
    survey_id, after, invited, planned = await _begun(db, survey.name, text, str(whom), now, taken), "", 0, 0
    begun_before = survey_id is not None
    if survey_id is not None:
        async with db.read() as conn:
            after = await surveys.last_invited(conn, survey_id)
    while True:
        async with db.write() as conn:
            found = await surveys.candidates(conn, whom.segment, after, AT_ONCE)
            chosen = [c for c in found if is_in_sample(survey.name, c.customer_id, whom.share)]
            if chosen and survey_id is None:
                survey_id = await surveys.add(conn, survey.name, text, str(whom), now, ends_at)
                if survey_id is None:
                    raise taken
            if survey_id is not None:
                by_day = [(c, local_day(c.zone, now)) for c in chosen]
                planned += await surveys.invite(conn, survey_id, by_day, (policy.name, policy.version), now, ends_at)
                invited += len(chosen)
        if not found:
            break
        after = found[-1].customer_id
    if begun_before and not invited:
        raise taken
    if survey_id is None:
        raise NobodyToAsk(f"nobody is to be asked: no customer is among {whom}; nothing was started")
    return Started(invited, planned)


async def _begun(db: Database, name: str, text: str, whom: str, now: datetime, taken: SurveyExists) -> int | None:
    """The survey that this very command has begun before; None if there is none. Raises `taken` if there is another
    one of that name, or it is over."""
    async with db.read() as conn:
        stored = await surveys.by_name(conn, name)
    if stored is None:
        return None
    if (stored.body, stored.whom) != (text, whom) or stored.ends_at <= now:
        raise taken
    return stored.survey_id


# --- The last check --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """A survey's notice that was checked, and the survey that it asks for."""

    notice: Notice
    verdict: Ask | NotNow | Never
    survey_id: int
    survey: Survey | None


async def check(
    conn: Connection,
    policy: Policy,
    claimed: Sequence[Notice],
    known: Mapping[str, CustomerFacts],
    arrives: datetime,
) -> list[Checked]:
    """Checks claimed notices of surveys against the present facts; they would arrive at `arrives`."""
    if not claimed:
        return []
    ids = [notice.customer_id for notice in claimed]
    asked_for = await surveys.of_notices(conn, [notice.notice_id for notice in claimed])
    lately = await surveys.asked_since(conn, ids, arrives - PAUSE)
    distressed, busy = await receipts.in_distress(conn, ids), await surveys.with_person(conn, ids)
    found = []
    for notice in claimed:
        facts, stored = known[notice.customer_id], asked_for.get(notice.notice_id)
        customer = facts.customer
        situation = Situation(
            overdue=bool(facts.overdue(local_day(customer.zone, arrives))),
            distressed=notice.customer_id in distressed,
            with_person=notice.customer_id in busy,
            asked_lately=notice.customer_id in lately,
            over=stored is None or stored.ends_at <= arrives,
        )
        verdict = decide(policy.for_segment(customer.segment), customer, situation, arrives)
        survey = None if stored is None else read_survey(stored.body, stored.name)
        found.append(Checked(notice, verdict, 0 if stored is None else stored.survey_id, survey))
    return found


# --- Answering -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """The question that comes next, by its number; None: there is none, for the reason in `ended`: done, left, over."""

    survey_id: int
    survey: Survey | None
    number: int = 0
    ended: str = ""

    @property
    def question(self) -> Question | None:
        return None if self.survey is None or self.ended else self.survey.questions[self.number]


async def answer(db: Database, customer_id: str, survey_id: int, number: int, said: str, now: datetime) -> Asking:
    """Takes a button's answer to a question: a score, the place of a choice, skip, back or leave."""
    async with db.write() as conn:
        invited = await surveys.invitation(conn, survey_id, customer_id)
        if invited is None or invited.survey.ends_at <= now:
            return Asking(survey_id, None, ended="over")
        survey = read_survey(invited.survey.body, invited.survey.name)
        if said == LEAVE:
            await surveys.move_to(conn, invited, invited.at_question, now, left=True)
            return Asking(survey_id, survey, ended="left")
        if not 0 <= number < len(survey.questions):
            return Asking(survey_id, survey, min(invited.at_question, len(survey.questions) - 1))
        question = survey.questions[number]
        if said == BACK:
            before = max(0, number - 1)
            await surveys.move_to(conn, invited, before, now)
            return Asking(survey_id, survey, before)
        if said == SKIP:
            await surveys.drop_answer(conn, invited, question.id)
        elif (value := _value(question, said)) is not None:
            await surveys.store_answer(conn, invited, question.id, now, value, None)
        else:
            return Asking(survey_id, survey, number)  # a forged or older button: the same question again
        return await _next(conn, invited, survey, number, now)


async def take_words(db: Database, customer_id: str, words: str, now: datetime, said_in: int) -> Asking | None:
    """Keeps what was written if it answers a question that was shown within the hour; None if it does not. `said_in` is
    the update with these words: handled again after a kill, they answer nothing more."""
    async with db.write() as conn:
        survey_id = await surveys.asked_for_words(conn, customer_id, now - WORDS_WITHIN, said_in)
        invited = None if survey_id is None else await surveys.invitation(conn, survey_id, customer_id)
        if invited is None or invited.survey.ends_at <= now:
            return None
        survey = read_survey(invited.survey.body, invited.survey.name)
        if invited.said_in == said_in:
            return Asking(invited.survey.survey_id, survey, invited.at_question, ended="done" if invited.done else "")
        question = survey.questions[min(invited.at_question, len(survey.questions) - 1)]
        if question.kind != "words":
            return None
        await surveys.store_answer(conn, invited, question.id, now, None, " ".join(words.split())[:MOST_WORDS])
        return await _next(conn, invited, survey, invited.at_question, now, said_in)


async def _next(
    conn: Connection, invited: Invited, survey: Survey, number: int, now: datetime, said_in: int | None = None
) -> Asking:
    following = number + 1
    if following >= len(survey.questions):
        await surveys.move_to(conn, invited, number, now, done=True, said_in=said_in)
        return Asking(invited.survey.survey_id, survey, number, ended="done")
    await surveys.move_to(conn, invited, following, now, said_in=said_in)
    return Asking(invited.survey.survey_id, survey, following)


def _value(question: Question, said: str) -> str | None:
    """What a button's data means: a score, or the place of a choice."""
    if question.kind == "score":
        return said if said in question.answers else None
    place = int(said[1:]) if said[:1] == "c" and said[1:].isdigit() else -1
    return question.answers[place] if 0 <= place < len(question.answers) else None


# --- Figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Results:
    """What may be told of a survey. `answered` and `finished` are None where fewer than `LEAST` answered."""

    stored: StoredSurvey
    survey: Survey
    outcomes: Mapping[str, int]
    answered: int | None
    finished: int | None
    figures: tuple[Figure, ...]

    @property
    def asked(self) -> int:
        return self.outcomes.get("asked", 0)


async def results(db: Database, name: str) -> Results:
    """Raises `NoSuchSurvey`."""
    async with db.read() as conn:
        stored = await surveys.by_name(conn, name)
        if stored is None:
            known = ", ".join(s.name for s in await surveys.all_of_them(conn)) or "none so far"
            raise NoSuchSurvey(f"there is no survey {name[:40]!r}; known: {known}")
        survey = read_survey(stored.body, stored.name)
        answered, finished = await surveys.progress(conn, stored.survey_id)
        counted = await surveys.counts(conn, stored.survey_id)
        figures = [
            words_of(q.id, await surveys.words(conn, stored.survey_id, q.id))
            if q.kind == "words"
            else figure_of(q.id, q.answers, counted.get(q.id, Counter()))
            for q in survey.questions
        ]
        ended = await surveys.outcomes(conn, stored.survey_id)
    enough = answered >= LEAST
    return Results(
        stored,
        survey,
        ended,
        answered if enough else None,
        finished if enough and finished >= LEAST else None,
        tuple(figures),
    )


async def all_surveys(db: Database) -> list[StoredSurvey]:
    async with db.read() as conn:
        return await surveys.all_of_them(conn)


async def end(db: Database, name: str, now: datetime) -> None:
    """Raises `NoSuchSurvey`. What still waits is not sent: the last check says why."""
    stored = (await results(db, name)).stored
    async with db.write() as conn:
        await surveys.end(conn, stored.survey_id, now)


async def drop_ended(db: Database, before: datetime) -> int:
    """Removes surveys that ended before then, with all answers. Call it about once an hour."""
    async with db.write() as conn:
        return await surveys.drop_ended(conn, before)
