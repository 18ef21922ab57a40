"""The figures of the field as values: aging, roll and cure rates, coverage, agreements, cases, answers, messages.
`docs/figures.md` defines each; `bot.work.operations.figures` reads them. Nothing here divides by zero: a share of
nothing is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from bot.rules.facts.money import Money
from bot.rules.guarantee.unwritten_evenings import Cause
from bot.rules.operations.periods import By, Period

CURRENT = "current"
UNKNOWN = "unknown"  # of evenings that were written before the earliest due date was
# The last day past due of each bucket; the last one has no end.
BUCKET_ENDS: tuple[tuple[str, int | None], ...] = (("1-29", 29), ("30-59", 59), ("60-89", 89), ("90+", None))
OVERDUE_BUCKETS = tuple(name for name, _ in BUCKET_ENDS)
BUCKETS = (CURRENT, *OVERDUE_BUCKETS)
SCORES = (1, 2, 3, 4, 5)
Part = Literal["evenings", "debts", "work"]
PARTS: frozenset[Part] = frozenset(get_args(Part))


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `of`."""

    n: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.n <= self.of:
            raise ValueError(f"a share is 0 to {self.of} of {self.of}, not {self.n}")

    @property
    def share(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.n / self.of if self.of else None

    def as_json(self) -> dict[str, int | float | None]:
        return {"n": self.n, "of": self.of, "share": None if self.share is None else round(self.share, 6)}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Debts of one currency that are so long past due. `customers` are those whose oldest debt in that currency is in
    it; `instalments` and `amount` (minor units) are of each debt by itself."""

    customers: int = 0
    instalments: int = 0
    amount: int = 0


Aging = Mapping[str, Mapping[str, Bucket]]  # by currency and bucket


@dataclass(frozen=True, slots=True)
class Cure:
    """Of the customers who were overdue under this version of the policy (None: no step had come yet), how many are no
    longer."""

    version: str | None
    policy: str | None
    cured: Share


@dataclass(frozen=True, slots=True)
class Rolls:
    """Where the customers who were overdue on the evening of `since` are on the evening of `until`. `moved` counts
    them by bucket then and bucket now (current: cured); `entered` are those who were not overdue then, by bucket now.
    Both evenings are None if there are no two whole ones."""

    since: date | None = None
    until: date | None = None
    moved: Mapping[tuple[str, str], int] = field(default_factory=dict)
    entered: Mapping[str, int] = field(default_factory=dict)

    @property
    def cured(self) -> Share:
        cured = sum(n for (_, now), n in self.moved.items() if now == CURRENT)
        return Share(cured, sum(self.moved.values()))

    def forward(self, bucket: str) -> Share:
        """How many of a bucket rolled on into a later one. Who was in the last one can roll no further."""
        place = OVERDUE_BUCKETS.index(bucket)
        were = {now: n for (then, now), n in self.moved.items() if then == bucket}
        return Share(sum(were.get(later, 0) for later in OVERDUE_BUCKETS[place + 1 :]), sum(were.values()))

    @property
    def overdue(self) -> dict[str, int]:
        """Overdue customers by bucket on the evening of `until`."""
        return add_up([*self.entered.items(), *((now, n) for (_, now), n in self.moved.items() if now != CURRENT)])

    def as_json(self) -> dict[str, object]:
        moved: dict[str, dict[str, int]] = {}
        for (then, now), n in sorted(self.moved.items(), key=_by_bucket):
            moved.setdefault(then, {})[now] = n
        return {
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "moved": moved,
            "entered": _in_order(self.entered),
            "overdue": _in_order(self.overdue),
            "forward": {name: self.forward(name).as_json() for name in OVERDUE_BUCKETS[:-1]},
            "cured": self.cured.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """Customer-days of overdue customers, by the guarantee's state on each evening; the silent ones also by cause."""

    by_state: Mapping[str, int]
    causes: Mapping[str, int] = field(default_factory=dict)

    @property
    def covered(self) -> Share:
        """Days on which the customer was not silent."""
        in_all = sum(self.by_state.values())
        return Share(in_all - self.by_state.get("silent", 0), in_all)

    def as_json(self) -> dict[str, object]:
        covered = self.covered.as_json()
        return {"customer_days": dict(self.by_state), "covered": covered, "silent_by_cause": _by_number(self.causes)}


@dataclass(frozen=True, slots=True)
class Agreements:
    """Promises that were made, or plans that were agreed, and how those that ended did. A promise that was broken, but
    for which something had come in, ended as `part`."""

    made: int
    ended: Mapping[str, int]

    @property
    def kept(self) -> Share:
        """Of those that were kept or not, how many were."""
        kept = self.ended.get("kept", 0)
        return Share(kept, kept + self.ended.get("part", 0) + self.ended.get("broken", 0))

    def as_json(self) -> dict[str, object]:
        return {"made": self.made, "ended": dict(sorted(self.ended.items())), "kept": self.kept.as_json()}


@dataclass(frozen=True, slots=True)
class Answers:
    """First answers within their deadline, of those that were given or late; `who` is an agent's id or a language, None
    if there is none. `parts`: the same in each part of the time."""

    who: int | str | None
    name: str | None
    in_time: Share
    parts: Sequence[Share] = ()

    def as_json(self) -> dict[str, object]:
        return {**self.in_time.as_json(), "periods": [each.as_json() for each in self.parts]}


@dataclass(frozen=True, slots=True)
class Ratings:
    """How customers said it went: how often each score from 1 to 5, and how many were asked."""

    scores: Mapping[int, int] = field(default_factory=dict)
    asked: int = 0

    @property
    def n(self) -> int:
        return sum(self.scores.values())

    @property
    def mean(self) -> float | None:
        """From 1 to 5; None if nobody answered."""
        return sum(score * n for score, n in self.scores.items()) / self.n if self.n else None

    def as_json(self) -> dict[str, object]:
        return {"asked": self.asked, **self.scores_json()}

    def scores_json(self) -> dict[str, object]:
        scores = {str(score): self.scores.get(score, 0) for score in SCORES}
        return {"scores": scores, "mean": None if self.mean is None else round(self.mean, 3)}


@dataclass(frozen=True, slots=True)
class Rated:
    """The scores of cases that one agent had, or of customers of one language; None: nobody, not known. `parts`: the
    same in each part of the time. Nobody is counted as asked."""

    who: int | str | None
    name: str | None
    ratings: Ratings
    parts: Sequence[Ratings] = ()

    def as_json(self) -> dict[str, object]:
        return {**self.ratings.scores_json(), "periods": [each.scores_json() for each in self.parts]}


@dataclass(frozen=True, slots=True)
class ClosedBy:
    """How many cases an agent closed."""

    agent_id: int
    name: str | None
    n: int


@dataclass(frozen=True, slots=True)
class Sends:
    """Messages over one channel, by what the channel said: `unanswered`: nothing yet, or nobody knows."""

    accepted: int = 0
    refused: int = 0
    unanswered: int = 0
    refusals: Mapping[str, int] = field(default_factory=dict)  # by reason

    @property
    def delivered(self) -> Share:
        return Share(self.accepted, self.accepted + self.refused)

    def as_json(self) -> dict[str, object]:
        return {
            "accepted": self.accepted,
            "refused": self.refused,
            "unanswered": self.unanswered,
            "refusals": _by_number(self.refusals),
            "delivered": self.delivered.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Done:
    """What happened in a period, of what can be told for each."""

    period: Period
    coverage: Coverage
    rolls: Rolls
    promises: Agreements
    plans: Agreements
    opened: Mapping[str, int]  # cases by reason
    closed: Mapping[str, Mapping[str, int]]  # by reason and outcome
    answers: Share
    sends: Mapping[str, Sends]  # by channel
    ratings: Ratings = field(default_factory=Ratings)

    def as_json(self) -> dict[str, object]:
        return {
            **self.period.as_json(),
            "coverage": self.coverage.as_json(),
            "rolls": self.rolls.as_json(),
            "promises": self.promises.as_json(),
            "plans": self.plans.as_json(),
            "cases": {
                "opened": _by_number(self.opened),
                "closed": {reason: _by_number(outcomes) for reason, outcomes in sorted(self.closed.items())},
            },
            "answers": self.answers.as_json(),
            "sends": {channel: sent.as_json() for channel, sent in sorted(self.sends.items())},
            "ratings": self.ratings.as_json(),
        }


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """All figures: `done` of the whole period, and of each part of it if it was cut `by` something. `aging` is as of
    now, whatever the period. `unwritten` has each evening without a record, with its cause; `kept_from`: records of
    earlier days were removed, so that figures of them are too low."""

    as_of: datetime
    by: By | None
    aging: Aging
    done: Done
    cures: Sequence[Cure]
    by_agent: Sequence[Answers]
    by_language: Sequence[Answers]
    not_sent: Mapping[str, int]  # planned messages that were not sent, by reason
    unwritten: Mapping[date, Cause]
    kept_from: date | None = None
    periods: Sequence[Done] = ()
    rated_agents: Sequence[Rated] = ()
    rated_languages: Sequence[Rated] = ()
    closed_by: Sequence[ClosedBy] = ()

    def as_json(self) -> dict[str, object]:
        agents = [{"agent_id": each.who, "name": each.name, **each.as_json()} for each in self.by_agent]
        languages = [{"language": each.who, **each.as_json()} for each in self.by_language]
        rated = [{"agent_id": each.who, "name": each.name, **each.as_json()} for each in self.rated_agents]
        closed = [{"agent_id": each.agent_id, "name": each.name, "closed": each.n} for each in self.closed_by]
        return {
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "by": self.by,
            "aging": {currency: _aging_json(currency, buckets) for currency, buckets in sorted(self.aging.items())},
            **self.done.as_json(),
            "cured_by_policy": [
                {"policy": each.policy, "version": each.version, **each.cured.as_json()} for each in self.cures
            ],
            "answers_by_agent": agents,
            "answers_by_language": languages,
            "ratings_by_agent": rated,
            "ratings_by_language": [{"language": each.who, **each.as_json()} for each in self.rated_languages],
            "closed_by_agent": closed,
            "not_sent": _by_number(self.not_sent),
            "unwritten_days": {day.isoformat(): str(cause) for day, cause in sorted(self.unwritten.items())},
            "kept_from": None if self.kept_from is None else self.kept_from.isoformat(),
            "periods": [each.as_json() for each in self.periods],
        }


def share_of(were: Iterable[bool]) -> Share:
    """How many of these are so."""
    each = list(were)
    return Share(sum(each), len(each))


def add_up(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by name."""
    found: dict[str, int] = {}
    for name, n in counts:
        found[name] = found.get(name, 0) + n
    return found


def _aging_json(currency: str, buckets: Mapping[str, Bucket]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for name in BUCKETS:
        bucket = buckets.get(name, Bucket())
        amount = f"{Money(bucket.amount, currency).to_decimal():f}"
        found[name] = {"customers": bucket.customers, "instalments": bucket.instalments, "amount": amount}
    return found


def _by_number(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def _in_order(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: _place(each[0])))


def _place(bucket: str) -> int:
    return BUCKETS.index(bucket) if bucket in BUCKETS else len(BUCKETS)


def _by_bucket(move: tuple[tuple[str, str], int]) -> tuple[int, int]:
    (then, now), _ = move
    return _place(then), _place(now)
