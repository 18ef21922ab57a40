"""The rules of a jurisdiction, as values; import them from `bot.rules.policy.packs`. Reading and applying packs is
elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

# How sure a pack is of a rule: its wording was read, a text about it was read, or neither.
CONFIDENCE = ("verified", "reported", "unverified")
# What a rule counts calls by: all debts of one customer together, or each debt alone.
COUNTED_BY = ("customer", "debt")
ADVICE_WHEN = ("before_due", "overdue")
# Rules without any content besides their kind.
DUTIES = (
    "opt_out",  # every electronic message says how to stop messages
    "lock_screen",  # the part of a message that others may see does not mention a debt
    "debtor_only",  # only the debtor is told
    "plan_stops_collection",  # no payment is demanded while an agreed plan is kept
    "cease_honoured",  # a customer who asks for no more contact is not contacted
    "vulnerable_care",  # a customer who is, or may be, vulnerable is treated with more care
    "affordable_offers",  # what a customer can afford is accepted, without pressure for more
)
KINDS = (
    "hours",
    "max_per_day",
    "max_per_week",
    "max_calls",
    "records_days",
    "notice_before_credit_report",
    "debt_advice",
    "credit_record",
    *DUTIES,
)


@dataclass(frozen=True, slots=True)
class Hours:
    """Automatic messages arrive from `opens` until before `closes` (midnight: the day's end) by the customer's clock,
    on `days` (Monday is 0). `unless_agreed`: the law lets a customer agree to other hours; duebot never asks for
    this."""

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
    """The most voice contacts, by agents and machines together; None if the rule does not say.

    `per_day` counts talks, `attempts_per_day` unanswered calls to one number, `per_7_days` calls of any kind in any
    seven days. After a talk there is no call for `quiet_days_after_talk` days; the day of the talk is the first of
    them.
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
    """The customer is told at least this many days before anything negative is reported to a credit bureau."""

    days_before: int


@dataclass(frozen=True, slots=True)
class Advice:
    """Where to get free help: `texts` by language, told `when` (`ADVICE_WHEN`)."""

    texts: Mapping[str, str]
    when: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """How people see their own credit record there: `texts` by language."""

    texts: Mapping[str, str]


Says = Hours | MostMessages | MostCalls | Records | CreditNotice | Advice | CreditRecord


@dataclass(frozen=True, slots=True)
class PackRule:
    """One rule: its content `says` (None if its kind, a duty, says everything), and how it is known.

    It holds from `effective_from`, and is trusted through `expires`: that is a date of review, not the law's end.
    `verified_by` is the person who checked it, or "".
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
    """The rules of one jurisdiction. `text` is the file that they were read from, `source` its name in errors."""

    name: str
    jurisdiction: str
    rules: tuple[PackRule, ...]
    source: str = field(default="", compare=False)
    text: str = field(default="", compare=False, repr=False)

    @property
    def expires(self) -> date | None:
        """The last day on which all its rules are trusted; None if it has no rules."""
        return min((rule.expires for rule in self.rules), default=None)

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The ids of the rules that no person has checked."""
        return tuple(rule.id for rule in self.rules if not rule.verified_by)
