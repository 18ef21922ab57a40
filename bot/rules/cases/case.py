"""A case for a person, as values: what an agent's card and the queue show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.rules.cases.urgency import Reason
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.policy.policy import Policy

CaseState = Literal["waiting", "claimed", "closed"]
DueKind = Literal["first_answer", "next_action", "call_back", "dispute_answer"]


@dataclass(frozen=True, slots=True)
class Case:
    """One case as stored. `reason` is a `CaseReason`, or a word of the policy. While it is snoozed it stays its
    owner's, and is not in the queue."""

    case_id: int
    customer_id: str
    reason: str
    state: CaseState
    opened_at: datetime
    due_since: date | None = None
    owner_id: int | None = None
    owner_name: str | None = None
    outcome: str | None = None
    topic: str = "none"
    chat_id: int | None = None
    thread_id: int | None = None
    card_id: int | None = None
    card_stale: bool = False
    closed_at: datetime | None = None
    worked_at: datetime | None = None  # the owner's last work on it
    waits_since: datetime | None = None  # the customer's first message that nobody has answered yet
    due_at: datetime | None = None  # the deadline of the next action
    due_kind: DueKind | None = None
    snoozed_until: datetime | None = None
    call_at: datetime | None = None  # when the customer asked to be called
    for_agent: int | None = None  # its former owner, while it waits for them to take it again

    @property
    def is_open(self) -> bool:
        return self.state != "closed"

    @property
    def rests(self) -> bool:
        """Until a day, a call, or the end of what was agreed."""
        return self.is_open and self.snoozed_until is not None

    @property
    def waiting_since(self) -> datetime:
        """Since when the case waits: for an answer, else since somebody last worked on it, else since it was opened."""
        return self.waits_since or self.worked_at or self.opened_at


@dataclass(frozen=True, slots=True)
class Due:
    """The next action in a case, and its deadline."""

    at: datetime
    kind: DueKind


@dataclass(frozen=True, slots=True)
class SentNotice:
    """One reminder as the card shows it: when, by which channel, and its outcome."""

    at: datetime
    step_ids: tuple[str, ...]
    channel: str | None
    state: str  # planned, accepted, not_sent
    reason: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing the customer did or wrote. `kind` is word, press, command, media, blocked, unblocked or linked."""

    at: datetime
    kind: str
    body: str | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement in force that stops reminders: `kind` is promise, plan, dispute or hold; `until` its last day.
    `amount` was promised, and `came_in` was paid of it. `seen_by` is the name of the agent who has seen the promise,
    `answer_by` the day by which who disputes was told to hear."""

    kind: str
    until: date
    amount: Money | None = None
    came_in: Money | None = None
    seen_by: str = ""
    answer_by: date | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A plan of that amount that waits for the customer's answer until then."""

    amount: Money
    until: datetime


@dataclass(frozen=True, slots=True)
class CanPay:
    """What the customer can put aside each week, two weeks or month (zero: nothing), and when their pay comes, as
    `bot.rules.agreements.affordable_plans.Answers` has it; `payday` None: not asked."""

    every: Literal["week", "2 weeks", "month"]
    amount: Money
    payday: int | None


@dataclass(frozen=True, slots=True)
class AskedPlan:
    """A plan that the customer asks for, and an agent decides: the day and the sum of each part."""

    plan_id: int
    parts: tuple[tuple[date, Money], ...]


@dataclass(frozen=True, slots=True)
class CaseCard:
    """Everything that the card in a case's topic shows, newest last."""

    case: Case
    facts: CustomerFacts
    today: date  # the customer's day
    notices: tuple[SentNotice, ...]
    answers: tuple[Answer, ...]
    reachable: bool  # a live Telegram link: what agents write arrives
    agreed: tuple[Agreed, ...] = ()
    desk_zone: str = "UTC"  # the clock for the desk's deadlines
    asked: Asked | None = None
    can_pay: CanPay | None = None  # what the customer can put aside, while a plan is made from it or kept
    asked_plan: AskedPlan | None = None  # what the customer asks for, and an agent decides
    policy: Policy | None = None  # of the customer's segment: what being late costs
    at: datetime | None = None  # when this is so


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of `/queue`: a case, since when it waits, and the reasons of its urgency, weightiest first."""

    case: Case
    customer_name: str
    language: str | None
    days_overdue: int
    waits_since: datetime
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Mine:
    """A case of the agent who asks, and its next action; `asked` is what the customer has to answer."""

    case: Case
    due: Due
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """What `/queue` shows: waiting cases, most urgent first; then colleagues' cases and the agent's own, earliest
    deadline first. The counts include cases that are not listed."""

    waiting: tuple[QueueRow, ...] = ()
    others: tuple[QueueRow, ...] = ()
    mine: tuple[Mine, ...] = ()
    waiting_count: int = 0
    claimed_count: int = 0
    snoozed_count: int = 0
    desk_zone: str = "UTC"
