"""Surveys: who may be asked now, who is in a sample, and what may be told of the answers.

Nobody is asked who is overdue, in distress, with a person, or turned reminders off, none more than once in a quarter,
and never at night. What fewer than five people said is not told, and cannot be computed from what is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from bot.rules.facts.customer_facts import Customer
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day, next_window, wished_hours
from bot.rules.reminders.send_check import Never, NotNow, why_waiting

PAUSE = timedelta(days=92)  # a quarter, at its longest
LEAST = 5  # answers: of fewer nothing is told
Z = 1.959964  # of a normal distribution: 95 % of it is within so many standard deviations


@dataclass(frozen=True, slots=True)
class Ask:
    """They may be asked now."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides, besides the customer and the policy: whether anything is overdue, they are in distress or with a
    person, they were asked within `PAUSE`, and whether the survey is over."""

    overdue: bool = False
    distressed: bool = False
    with_person: bool = False
    asked_lately: bool = False
    over: bool = False


def decide(policy: Policy, customer: Customer, situation: Situation, now: datetime) -> Ask | NotNow | Never:
    """Whether this customer may be asked now, by the policy of their segment; or when, or why never."""
    reasons = {
        "forgotten": customer.forgotten,
        "survey_over": situation.over,
        "stopped": customer.stopped,
        "paused": customer.wishes.paused(local_day(customer.zone, now)),
        "in_distress": situation.distressed,
        "overdue": situation.overdue,
        "with_person": situation.with_person,
        "asked_lately": situation.asked_lately,
        "pack_expired": bool(policy.silenced_by),
    }
    for reason, holds in reasons.items():
        if holds:
            return Never(reason)
    hours, today = policy.sending_hours, local_day(customer.zone, now)
    window = next_window(wished_hours(hours, customer.wishes.from_hour, customer.zone, today), customer.zone, now)
    if window is None:
        return Never("no_hours")
    return Ask() if now in window else NotNow(window, why_waiting(hours, customer.zone, now))


def is_in_sample(survey: str, customer_id: str, share: float) -> bool:
    """Whether a customer is in a sample of this share (0 to 1): by a stable hash, so that it is always the same people,
    and a larger sample has all of a smaller one."""
    digest = hashlib.sha256(f"{survey}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


# --- Figures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """How many gave one answer, and which share of all who answered that is, with its 95 % interval by Wilson."""

    answer: str
    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """What may be told of one question: how many answered (None: fewer than `LEAST`), the answers that enough people
    gave, those that are not told, and words in no order of time."""

    question: str
    answered: int | None
    shares: tuple[Share, ...] = ()
    hidden: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def wilson(count: int, of: int, z: float = Z) -> tuple[float, float]:
    """The interval of a share (`of` at least 1) by E. B. Wilson, "Probable Inference, the Law of Succession, and
    Statistical Inference" (1927), without a correction for continuity."""
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))  # rounding moves neither beyond it


def figure_of(question: str, answers: Sequence[str], counts: Mapping[str, int]) -> Figure:
    """The figure of a question with buttons; `answers` are all that could be given. An answer of fewer than `LEAST` is
    not told, and where all of these are fewer than `LEAST`, neither is the next smallest: the total would tell them."""
    total = sum(counts.values())
    if total < LEAST:
        return Figure(question, None)
    given = {answer: counts.get(answer, 0) for answer in answers}
    by_size = sorted(answers, key=given.__getitem__)
    few = [answer for answer in by_size if given[answer] < LEAST]
    said_by_few = sum(given[answer] for answer in few)
    hidden = by_size[: len(few) + (said_by_few < LEAST)] if said_by_few else []
    shares = tuple(
        Share(answer, count, count / total, *wilson(count, total))
        for answer, count in given.items()
        if answer not in hidden
    )
    return Figure(question, total, shares, tuple(answer for answer in answers if answer in hidden))


def words_of(question: str, words: Sequence[str]) -> Figure:
    """The words that were written, in the order of the alphabet: it says nothing of who wrote when."""
    return Figure(question, len(words), words=tuple(sorted(words))) if len(words) >= LEAST else Figure(question, None)
