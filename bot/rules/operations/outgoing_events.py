"""Events out: which there are, what is sent of each, when one is tried again, and what an answer means.

An event is `{"type": …, "timestamp": …, "data": {…}}`, as those that come in. Sums are decimal strings. It names the
customer by the wallet's own id, and says no name, no number and no words of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.facts.money import Money


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: when it happens, an example of what it says besides the customer, and what may be null there."""

    when: str
    example: Mapping[str, object] = field(default_factory=dict)
    may_be_null: frozenset[str] = frozenset()


_PROMISE: Mapping[str, object] = {
    "hold_id": 31,
    "instalment_id": "I1",
    "until": "2026-03-10",
    "amount": "500.00",
    "currency": "TWD",
    "case_id": 12,
}
_OF_ALL = frozenset({"instalment_id", "amount", "currency", "case_id"})  # null in a promise of all that was owed
_CASE = frozenset({"case_id"})  # null where the customer did it without an agent
KINDS: Mapping[str, Kind] = {
    "promise.made": Kind("a customer, or an agent for them, promised to pay", _PROMISE, _OF_ALL),
    "promise.kept": Kind("what was promised came in", _PROMISE, _OF_ALL),
    "promise.broken": Kind("it did not, and the days of patience are over", _PROMISE, _OF_ALL),
    "plan.agreed": Kind(
        "a plan in parts holds from now on",
        {"plan_id": 4, "amount": "1200.00", "currency": "TWD", "parts": 3, "until": "2026-05-10", "case_id": 12},
        _CASE,
    ),
    "plan.ended": Kind(
        "`how`: `kept`, `broken`, `not_needed`, `withdrawn`, `replaced`",
        {"plan_id": 4, "how": "kept", "case_id": 12},
        _CASE,
    ),
    "dispute.opened": Kind(
        "a customer says that a debt is not right", {"hold_id": 40, "instalment_id": "I1", "case_id": 12}, _CASE
    ),
    "dispute.closed": Kind(
        "`how`: `withdrawn`, `rejected`, `settled`, `replaced`, `over`",
        {"hold_id": 40, "instalment_id": "I1", "how": "withdrawn", "case_id": 12},
        _CASE,
    ),
    "case.opened": Kind("a person is to take over", {"case_id": 12, "reason": "overdue"}),
    "case.claimed": Kind("an agent has it now", {"case_id": 12, "reason": "overdue"}),
    "case.closed": Kind("`outcome` is what came of it", {"case_id": 12, "reason": "overdue", "outcome": "paid"}),
    "customer.linked": Kind("a customer opened the bot", {"link_id": 7, "way": "payload"}),
    "customer.unreachable": Kind(
        "a channel does not reach them any more; `channel` null: none is left, and a case opened",
        {"channel": "telegram", "reason": "blocked"},
        frozenset({"channel"}),
    ),
    "customer.stopped": Kind("they turned reminders off"),
    "customer.distressed": Kind("they are in distress: all reminders rest"),
    "notice.accepted": Kind(
        "a channel took a message; `kind`: `reminder`, `receipt`, `part`, `survey`",
        {"notice_id": 55, "kind": "reminder", "channel": "telegram"},
    ),
    "notice.refused": Kind(
        "a channel did not take it; another try, or another channel, may follow",
        {"notice_id": 55, "kind": "reminder", "channel": "email", "reason": "bad_address"},
    ),
    "survey.answered": Kind("they came to the end of a survey", {"survey": "spring-2027"}),
}
ALL = "*"
MOST_BYTES = 20_000  # of a body
MOST_TEXT = 500  # characters of one value, so that no body comes near that
GIVEN_UP_AFTER = timedelta(days=3)
WAITS_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400)  # after the first failure, the second, …; the last one repeats
JITTER = 0.25  # a wait is longer or shorter by up to this part of it, so that a receiver is not asked all at once
MOST_ASKED_S = 3600  # a receiver may ask for a longer wait, up to this

_OK, _REDIRECT, _CLIENT_ERROR, _GONE = 200, 300, 400, 410


class WrongKinds(ValueError):
    """These are no events; the message says which there are."""


def parse_kinds(text: str) -> str:
    """Kinds as an operator writes them, `promise.made,case.*` or `*`, as they are stored. Raises `WrongKinds`."""
    given = [part.strip() for part in text.split(",") if part.strip()]
    if ALL in given:
        return ALL
    kinds: set[str] = set()
    for part in given:
        of_subject = {kind for kind in KINDS if part.endswith(".*") and kind.startswith(part[:-1])}
        if part not in KINDS and not of_subject:
            raise WrongKinds(f"--events: expected * or some of {', '.join(KINDS)}, not {part[:40]!r}")
        kinds |= of_subject or {part}
    if not kinds:
        raise WrongKinds(f"--events: expected * or some of {', '.join(KINDS)}")
    return ",".join(kind for kind in KINDS if kind in kinds)


def body_of(kind: str, customer_id: str, at: datetime, said: str) -> str:
    """What is sent: `said` is the stored JSON, with sums in minor units."""
    fields: dict[str, object] = json.loads(said)
    amount, currency = fields.get("amount"), fields.get("currency")
    if isinstance(amount, int) and isinstance(currency, str):
        fields["amount"] = f"{Money(amount, currency).to_decimal():f}"
    data = {"customer_id": customer_id, **fields}
    short = {name: value[:MOST_TEXT] if isinstance(value, str) else value for name, value in data.items()}
    return json.dumps({"type": kind, "timestamp": at.isoformat(), "data": short}, ensure_ascii=False)


def next_try(
    tries: int, waits_since: datetime, now: datetime, chance: float, asked_s: float | None = None
) -> datetime | None:
    """When an event is tried again after `tries` failures, 1 or more; None: it has waited for three days. `chance` is
    0 to 1, and spreads the tries. `asked_s`: so long at least, as the receiver said. The last try is on the hour at
    which the days are over."""
    last = waits_since + GIVEN_UP_AFTER
    if now >= last:
        return None
    wait_s = WAITS_S[min(tries, len(WAITS_S)) - 1] * (1 - JITTER + 2 * JITTER * chance)
    wait_s = max(wait_s, min(asked_s or 0, MOST_ASKED_S))
    return min(now + timedelta(seconds=wait_s), last)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: the HTTP status, None if there was no answer, and why; how long to wait, if that was
    said."""

    status: int | None
    detail: str = ""
    retry_after_s: float | None = None

    @property
    def meaning(self) -> Literal["delivered", "again", "gone"]:
        """Any 2xx is enough, whatever is in the answer. 410 says that nobody wants events there any more."""
        if self.status == _GONE:
            return "gone"
        return "delivered" if self.status is not None and _OK <= self.status < _REDIRECT else "again"

    @property
    def reason(self) -> str:
        """In words, without the address."""
        if self.status is None:
            return self.detail
        redirects = _REDIRECT <= self.status < _CLIENT_ERROR
        return f"HTTP status {self.status}" + (", and redirects are not followed" if redirects else "")
