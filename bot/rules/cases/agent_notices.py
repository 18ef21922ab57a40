"""What an agent is told in private: the events of a case that its owner, or its next owner, has to know."""

from __future__ import annotations

from typing import get_args

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
