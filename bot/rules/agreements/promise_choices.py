"""What a customer is offered to promise, and what they have promised: values of `promises`, which the views say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money


@dataclass(frozen=True, slots=True)
class Choice:
    """The days that can be promised. `until` is the day of the present promise, `promised` its amount, `moves_left` how
    often it can still be moved, `amount` the amount that was agreed with an agent, if any. `can_be_part`: a part can be
    promised, too."""

    days: tuple[date, ...]
    today: date
    until: date | None = None
    moves_left: int = 0
    amount: Money | None = None
    can_be_part: bool = False
    promised: Money | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence promises, for the customer to confirm: one of these `days`, and a `part` of what is due, if less
    than all was said. `is_other_day`: the day that was said cannot be chosen; `is_named`: the days are those said."""

    days: tuple[date, ...]
    today: date
    part: Money | None
    is_other_day: bool
    is_named: bool


@dataclass(frozen=True, slots=True)
class Promised:
    """The present promise: for `instalments`, or for the `amount` that was agreed with an agent or said. `person` is
    the name of the agent who has the customer's case and reads of it there; empty if nobody has one."""

    until: date
    today: date
    instalments: tuple[Instalment, ...]
    amount: Money | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class NotPromised:
    """Why no promise can be made: nothing is due soon, a plan covers the time, or the promise was moved too often (then
    `until` is the day of the present promise, if there is one)."""

    reason: Literal["nothing_due", "plan", "moved_often"]
    today: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class PartChoice:
    """The parts that can be promised; `too_small`: a smaller one was said than the first of these, the least."""

    parts: tuple[Money, ...]
    too_small: bool = False
