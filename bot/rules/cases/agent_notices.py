"""What an agent is told in private: the events of a case that its owner, or its next owner, has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from bot.rules.cases.case_events import CallBack, CallTooMany, InDistress, LeaseOver, SnoozeOver, Transferred, Woken
from bot.rules.cases.case_events_agreements import (
    DisputeDue,
    PlanAgreed,
    PlanBroken,
    PlanDeclined,
    PlanKept,
    PlanNotNeeded,
    PlanPaid,
    PlanUnanswered,
    PromiseBroken,
    PromiseKept,
    PromiseNotNeeded,
    ProposalNotNeeded,
)

EndedAgreement = PromiseKept | PromiseBroken | PromiseNotNeeded | PlanKept | PlanBroken | PlanNotNeeded
DecidedProposal = PlanAgreed | PlanDeclined | PlanUnanswered | PlanPaid | ProposalNotNeeded
ToldInPrivate = (
    InDistress
    | LeaseOver
    | Transferred
    | SnoozeOver
    | Woken
    | CallBack
    | CallTooMany
    | DisputeDue
    | EndedAgreement
    | DecidedProposal
)

TOLD_IN_PRIVATE: tuple[type[ToldInPrivate], ...] = get_args(ToldInPrivate)
"""All of them, the one list: what is stored, and what `bot.views.cases.desk_duty` has words for."""


@dataclass(frozen=True, slots=True)
class CasesTaken:
    """A supervisor moved `n` cases of an agent, or lets them rest: one message about all of them. `to_name` is empty
    for the queue."""

    do: Literal["move", "hold"]
    n: int
    to_name: str
    by_name: str


@dataclass(frozen=True, slots=True)
class CallBroke:
    """An agent's call that broke a rule: which."""

    by_name: str
    broke: Literal["limit", "hours"]


Detail = CasesTaken | CallBroke
DETAILS: dict[type[ToldInPrivate], type[Detail]] = {Transferred: CasesTaken, CallTooMany: CallBroke}
"""What a notice of these events may say more."""
