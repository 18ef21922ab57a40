"""The rules of a jurisdiction, as values: what others take from `bot.rules.policy.packs`. How a file becomes a pack,
and what a pack does to a policy, is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

# How sure a pack is of a rule: its wording was read, or it was read about, or neither.
CONFIDENCE = ("verified", "reported", "unverified")
# What a rule may count calls by: everything that one customer owes together, or each debt by itself.
COUNTED_BY = ("customer", "debt")
ADVICE_WHEN = ("before_due", "overdue")
# Rules that say all with their kind alone.
DUTIES = (
    "opt_out",  # every electronic message says how to stop them
    "lock_screen",  # what others may see of a message tells nothing of a debt
    "debtor_only",  # nobody but the debtor hears of it
    "plan_stops_collection",  # nothing is asked for while an agreed plan is kept
    "cease_honoured",  # whoever asks to be left alone is left alone
    "vulnerable_care",  # whoever is known or thought to be vulnerable is treated with more care
    "affordable_offers",  # what a customer can afford is taken, and nobody is pressed for more
)
KINDS = (
    "hours",
    "max_per_day",
    "max_per_week",
    "max_calls",
    "records_days",
    "notice_before_credit_report",
    "debt_advice",
    *DUTIES,
)


@dataclass(frozen=True, slots=True)
class Hours:
    """What is sent unasked arrives from `opens` up to but not at `closes` (midnight: the day's end) by the customer's
    clock, on `days` (Monday is 0). `unless_agreed`: the law lets a customer agree to other hours; duebot never asks."""

    opens: time
    closes: time
    days: frozenset[int] = frozenset(range(7))
    unless_agreed: bool = False


@dataclass(frozen=True, slots=True)
class MostMessages:
    """The most messages that one customer gets in a day, or in any seven days."""

    per_day: int | None = None
    per_week: int | None = None


@dataclass(frozen=True, slots=True)
class MostCalls:
    """The most voice contacts, the agents' and any machine's together; None where nothing is said.

    `per_day` counts talks, `attempts_per_day` calls to one number that nobody takes, `per_7_days` calls of any kind in
    any seven days. After a talk there is no call for `quiet_days_after_talk` days; the day of the talk is the first.
    """

    per_day: int | None = None
    attempts_per_day: int | None = None
    per_7_days: int | None = None
    quiet_days_after_talk: int | None = None
    counted_by: str = "customer"


@dataclass(frozen=True, slots=True)
class Records:
    """Evidence of every contact is kept at least this many days after the last one."""

    days: int


@dataclass(frozen=True, slots=True)
class CreditNotice:
    """The customer is told at least this many days before anything adverse is reported to a credit bureau."""

    days_before: int


@dataclass(frozen=True, slots=True)
class Advice:
    """Where free help is: `texts` by language, said `when` (`ADVICE_WHEN`)."""

    texts: Mapping[str, str]
    when: tuple[str, ...]


Says = Hours | MostMessages | MostCalls | Records | CreditNotice | Advice


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule: what it `says` (None where its kind, a duty, is all there is to say), and how it is known.

    It holds from `effective_from`, and is trusted through `expires`: a date of review, not of the law's end.
    `verified_by` is the person who checked it, "" where nobody has.
    """

    id: str
    kind: str
    says: Says | None
    source: str
    wording: str
    effective_from: date
    expires: date
    looked_at: date
    confidence: str
    verified_by: str = ""

    def __post_init__(self) -> None:
        if (self.says is None) != (self.kind in DUTIES):
            raise ValueError(f"rule {self.id!r} of kind {self.kind!r} cannot say {self.says!r}")


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one jurisdiction. `text` is the file that they were read from, `source` what errors call it."""

    name: str
    jurisdiction: str
    rules: tuple[PackRule, ...]
    source: str = field(default="", compare=False)
    text: str = field(default="", compare=False, repr=False)

    @property
    def expires(self) -> date | None:
        """The last day on which all of it is trusted; None where it has no rules."""
        return min((rule.expires for rule in self.rules), default=None)

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The ids of the rules that no person has checked."""
        return tuple(rule.id for rule in self.rules if not rule.verified_by)
