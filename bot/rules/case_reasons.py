"""Why cases are opened: the one list of reasons, with what each means for urgency and for the first answer.

A reason is registered here, in one line. Its words are in `reason_words` of `bot/views/cases/desk_words.py`. Only a
policy may give a case another reason: the word that its `escalate` says. Such a case counts like one that is overdue.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Literal

ByReason = Literal["distress", "asked"]  # what a reason alone gives points for


class CaseReason(StrEnum):
    """`ground` is what the reason itself gives points for, if it does. `first_answer`: the customer is answered within
    this time at most, unless the policy names this very reason; None: as the policy says of all others."""

    ground: ByReason | None
    first_answer: timedelta | None

    def __new__(cls, slug: str, ground: ByReason | None = None, first_answer: timedelta | None = None) -> CaseReason:
        made = str.__new__(cls, slug)
        made._value_ = slug
        made.ground, made.first_answer = ground, first_answer
        return made

    # The ladder reached a step that calls a person.
    OVERDUE = "overdue"
    # The customer said something that needs a person.
    ASKED = "asked", "asked"
    DISPUTE = "dispute"
    DISTRESS = "distress", "distress", timedelta(minutes=15)
    HARDSHIP = "hardship"
    WRONG_PERSON = "wrong_person"
    # An agreement was not kept.
    BROKEN_PROMISE = "broken_promise"
    # The guard or planning found that nothing reaches the customer, or that they are silent.
    UNREACHABLE = "unreachable"
    NOT_REACHED = "not_reached"
    NO_SIGN_OF_LIFE = "no_sign_of_life"


def first_answer_of(reason: str) -> timedelta | None:
    """`CaseReason.first_answer` of a stored reason; None for a policy's own word."""
    return next((known.first_answer for known in CaseReason if known == reason), None)


def reasons_for(ground: ByReason) -> tuple[CaseReason, ...]:
    """The reasons that give points for this."""
    return tuple(reason for reason in CaseReason if reason.ground == ground)
