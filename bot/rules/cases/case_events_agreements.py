"""The events of a case's history about agreements with the customer, their outcomes, and payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from pydantic import ConfigDict, TypeAdapter

from bot.rules.cases.event_base import Event, event
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import Change

# --- Promises --------------------------------------------------------------------------------------------------------


@event("promised")
class Promised(Event):
    """The customer promised to pay by that day: an amount in minor units, or everything if it is in several
    currencies."""

    until: date
    amount: int | None = None
    currency: str | None = None

    @property
    def money(self) -> Money | None:
        return _money(self.amount, self.currency)

    @classmethod
    def of_released(cls, body: str) -> Self:
        until, *money = body.split()
        return cls(date.fromisoformat(until), *_of_money(money))


@event("promise_moved")
class PromiseMoved(Event):
    """The customer moved a promise that was agreed with an agent."""

    until: date
    earlier: date
    amount: int | None = None
    currency: str | None = None

    @property
    def money(self) -> Money | None:
        return _money(self.amount, self.currency)

    @classmethod
    def of_released(cls, body: str) -> Self:
        until, earlier, *money = body.split()
        return cls(date.fromisoformat(until), date.fromisoformat(earlier), *_of_money(money))


@event("promise_cancelled")
class PromiseCancelled(Event):
    """The customer took the promise back."""


@event("promise_agreed")
class PromiseAgreed(Event):
    """An agent agreed on it with the customer."""

    until: date
    amount: int
    currency: str

    @classmethod
    def of_released(cls, body: str) -> Self:
        until, amount, currency = body.split()
        return cls(date.fromisoformat(until), int(amount), currency)


@event("promise_withdrawn")
class PromiseWithdrawn(Event):
    """An agent took the promise back."""


@event("promise_seen")
class PromiseSeen(Event):
    """An agent told the customer that they have seen the promise."""

    until: date


@dataclass(frozen=True, slots=True)
class AgreementEnded(Event):
    """How a promise or a plan ended. `amount` was promised (None: everything owed) and `came_in` was paid since; `left`
    is still overdue, by currency; `closed`: this closes the case. All in minor units."""

    until: date
    amount: int | None
    came_in: int | None
    currency: str | None
    left: Mapping[str, int]
    closed: bool


@event("promise_kept")
class PromiseKept(AgreementEnded):
    """It was kept."""


@event("promise_broken")
class PromiseBroken(AgreementEnded):
    """It was not kept."""


@event("promise_not_needed")
class PromiseNotNeeded(AgreementEnded):
    """Its debts are no longer owed."""


# --- Plans -----------------------------------------------------------------------------------------------------------


@event("plan_proposed")
class PlanProposed(Event):
    """An agent proposed a plan: how many parts, when the last one is due, which instalments it is about, and how much
    of them was `paid` before."""

    plan: int
    parts: int
    amount: int
    currency: str
    until: date
    about: tuple[str, ...] = ()
    paid: int | None = None


@event("plan_agreed")
class PlanAgreed(Event):
    """The customer agreed to it."""

    plan: int
    parts: int
    amount: int
    currency: str
    until: date


@event("plan_asked")
class PlanAsked(Event):
    """The customer asks for it, and an agent decides."""

    plan: int
    parts: int
    amount: int
    currency: str
    until: date


@event("plan_granted")
class PlanGranted(Event):
    """An agent agreed to what the customer asked for."""

    plan: int
    parts: int
    amount: int
    currency: str
    until: date


@event("plan_refused")
class PlanRefused(Event):
    """An agent did not agree to what the customer asked for."""

    plan: int


@event("plan_ended")
class PlanEnded(Event):
    """The customer ended the plan, or took back what they had asked for."""

    plan: int


@event("no_plan_fits")
class NoPlanFits(Event):
    """None of the plans that the policy offers fits what the customer can put aside. What that is, the card shows."""


@event("plan_declined")
class PlanDeclined(Event):
    """The customer does not agree to it."""

    plan: int
    parts: int
    amount: int
    currency: str
    until: date


@event("plan_unanswered")
class PlanUnanswered(Event):
    """It was not answered in time."""

    plan: int


@event("plan_withdrawn")
class PlanWithdrawn(Event):
    """An agent took it back."""


@event("plan_paid")
class PlanPaid(Event):
    """The proposed amount was paid before the answer."""

    plan: int


@event("plan_kept")
class PlanKept(AgreementEnded):
    """It was kept."""


@event("plan_broken")
class PlanBroken(AgreementEnded):
    """A part of it was missed."""


@event("plan_not_needed")
class PlanNotNeeded(AgreementEnded):
    """Its debts are no longer owed."""

    @classmethod
    def of_released(cls, body: str) -> Event:
        return _PROPOSAL.validate_json(body)


@event("proposal_not_needed")
class ProposalNotNeeded(Event):
    """The debts of the proposal are no longer owed; it was not answered."""

    plan: int


_PROPOSAL = TypeAdapter(ProposalNotNeeded)


# --- Holds, disputes, calls ------------------------------------------------------------------------------------------


@event("hold_set")
class HoldSet(Event):
    """An agent lets reminders rest until the end of that day, with an optional reason."""

    until: date
    reason: str | None = None

    @classmethod
    def of_released(cls, body: str) -> Self:
        until, _, reason = body.partition(" ")
        return cls(date.fromisoformat(until), reason or None)


@event("hold_withdrawn")
class HoldWithdrawn(Event):
    """An agent ended the hold."""


@event("disputed")
class Disputed(Event):
    """The customer says that this instalment is wrong; `due` and `product` as they were then."""

    instalment_id: str
    due: date
    product: str = ""

    @classmethod
    def of_released(cls, body: str) -> Self:
        return cls(*_of_named(body))


@event("dispute_noted")
class DisputeNoted(Event):
    """An agent noted for the customer that this instalment is wrong; its fields are those of `Disputed`."""

    instalment_id: str
    due: date
    product: str = ""

    @classmethod
    def of_released(cls, body: str) -> Self:
        return cls(*_of_named(body))


@event("dispute_why")
class DisputeWhy(Event):
    """What the customer says is wrong with it: one of `bot.rules.agreements.disputes.WHY`."""

    instalment_id: str
    due: date
    why: str
    product: str = ""


@event("dispute_taken_back")
class DisputeTakenBack(Event):
    """The customer says that the instalment is right after all."""

    instalment_id: str
    due: date
    product: str = ""


@event("dispute_answered")
class DisputeAnswered(Event):
    """An agent answered: the customer is right, or the instalment is; with the reason that the customer was told."""

    instalment_id: str
    due: date
    is_wrong: bool
    reason: str
    product: str = ""


@event("dispute_due")
class DisputeDue(Event):
    """The answer that the customer was promised is due on that day."""

    day: date


def _of_named(body: str) -> tuple[str, date, str]:
    """Id, due date and product of an instalment that was named like `Card, 2026-03-09 (I1)`."""
    named, _, instalment_id = body.removesuffix(")").rpartition(" (")
    product, _, due = named.rpartition(", ")
    return instalment_id, date.fromisoformat(due), product


# --- What comes in ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a promised amount, or of a plan, came in so far, in minor units."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    kind: Literal["promise", "plan"]
    amount: int
    came_in: int
    currency: str


_CHANGE = TypeAdapter(Change)


@event("coming_in", housekeeping=True)
class ComingIn(Event):
    """A change of an instalment, told when the whole import is done."""

    change: Change

    @classmethod
    def of_released(cls, body: str) -> Self:
        return cls(_CHANGE.validate_json(body))


@event("came_in")
class CameIn(Event):
    """What an import changed in the customer's debts."""

    items: tuple[Change, ...]
    promised: Progress | None = None


def _money(amount: int | None, currency: str | None) -> Money | None:
    return None if amount is None or currency is None else Money(amount, currency)


def _of_money(words: Sequence[str]) -> tuple[int | None, str | None]:
    if not words:
        return None, None
    amount, currency = words
    return int(amount), currency
