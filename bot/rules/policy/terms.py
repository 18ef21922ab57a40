"""The terms of a policy, as values; import them from `bot.rules.policy.policy`. Reading them from a file is
elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from bot.rules.channels import NAMES
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import Often
from bot.rules.languages import TAGS
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.packs_force import effective, expired, fewest_per_day, fewest_per_week, narrowed
from bot.rules.policy.packs_terms import Pack
from bot.rules.policy.plan_terms import Plans
from bot.rules.policy.sending_hours import SendingHours

CHANNELS = NAMES
LANGUAGES = TAGS
KNOWN_PACKS = ("cn", "us", "uk", "hk", "sg")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder, `day` days past the due date (negative: before it). It either sends `message` over the
    first of `channels` that reaches the customer, or opens a case with the reason `escalate`."""

    id: str
    day: int
    message: str | None = None
    escalate: str | None = None
    channels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.message is None) == (self.escalate is None):
            raise ValueError(f"step {self.id!r} needs either a message or an escalation, and not both")


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Days past due by which a message must have been accepted, and by which there must be a sign of life; otherwise a
    person takes over."""

    sent_by_day: int = 1
    seen_by_day: int = 7

    def __post_init__(self) -> None:
        if self.sent_by_day > self.seen_by_day:
            raise ValueError(f"a message is sent (day {self.sent_by_day}) before it is seen (day {self.seen_by_day})")


@dataclass(frozen=True, slots=True)
class Charges:
    """What being late costs, after the grace period: `late_fee` by currency once per instalment, `daily_rate` per day
    on what is overdue, and `cap` as the most that all charges together may be in a year; rates are shares of 1.
    `in_reminders`: what being late will cost is said in reminders before the grace period ends."""

    late_fee: Mapping[str, Money]
    daily_rate: Decimal
    cap: Decimal
    in_reminders: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What customers may choose in /settings. `least` are the ids of the message steps that stay where somebody wants
    fewer reminders (empty: all stay), `more` those that only somebody gets who wants more, and `pause_days` the most
    days that reminders may pause (0: not at all)."""

    least: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    pause_days: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """What a wallet promises its customers. `version` identifies the content, with that of its packs; it is the same
    for a file, its segments and every day. `steps` are in order of day; `segments` are whole policies, merged with the
    segment's keys.

    `hints`: a reminder may end with one. `desk` is how agents work, the same for all segments, and not part of the
    version: it promises customers nothing.
    `packs` are names, `applied` their rules. `as_of` makes the policy that these rules leave on a day: it is
    `silenced_by` expired packs, sends nothing automatically while there are any, and keeps the policy it was made from
    as `untightened`. `source` and `text` are the file, for the archive.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    grace_days: int
    minimum_amount: Mapping[str, Money]
    sending_hours: SendingHours
    packs: tuple[str, ...]
    max_per_day: int
    max_per_week: int
    facts_max_age: timedelta | None
    steps: tuple[Step, ...]
    guarantee: Guarantee = field(default_factory=Guarantee)
    charges: Charges | None = None
    plans: Plans | None = None  # None: duebot offers no plans by itself
    choices: Choices = field(default_factory=Choices)
    segments: Mapping[str, Policy] = field(default_factory=dict)
    desk: Desk = field(default_factory=Desk, compare=False)
    applied: tuple[Pack, ...] = ()
    silenced_by: tuple[str, ...] = ()
    hints: bool = True
    untightened: Policy | None = field(default=None, compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if list(self.steps) != in_order(self.steps):
            raise ValueError(f"the steps of policy {self.name!r} are not in order of day")

    def for_segment(self, segment: str | None) -> Policy:
        """The policy for customers of that segment; this one if the segment is unknown or None."""
        return self if segment is None else self.segments.get(segment, self)

    def for_wish(self, often: Often) -> Policy:
        """The policy with the steps of somebody who wants fewer, the usual, or more reminders. A person takes over on
        the same days for everybody."""
        left_out: set[str] = set() if often == "more" else set(self.choices.more)
        if often == "fewer" and self.choices.least:
            left_out = {step.id for step in self.steps if step.message} - set(self.choices.least)
        if not left_out:
            return self
        return replace(self, steps=tuple(step for step in self.steps if step.id not in left_out))

    def as_of(self, day: date | None) -> Policy:
        """This policy under its packs on that day, segments too. It is always made from the file's content, so it may
        be called again for another day. None: under all rules, expired or not."""
        base = self.untightened or self
        segments = {name: segment.as_of(day) for name, segment in base.segments.items()}
        if not base.applied and all(segments[name] is segment for name, segment in base.segments.items()):
            return base
        rules = effective(base.applied, day)
        return replace(
            base,
            sending_hours=narrowed(base.sending_hours, rules),
            max_per_day=fewest_per_day(base.max_per_day, rules),
            max_per_week=fewest_per_week(base.max_per_week, rules),
            applied=rules,
            silenced_by=() if day is None else expired(base.applied, day),
            segments=segments,
            untightened=base,
        )

    def minimum(self, currency: str) -> Money:
        """A customer who owes less than this is not reminded; zero for a currency that the policy does not name."""
        return self.minimum_amount.get(currency, Money(0, currency))


def in_order(steps: tuple[Step, ...] | list[Step]) -> list[Step]:
    """Steps by day; on the same day, messages come before escalations."""
    return sorted(steps, key=lambda step: (step.day, step.escalate is not None))
