"""What is paid of an instalment: the wallet's total (the column `amount_paid`, here `word`) and single payments,
without counting any twice.

A payment, or a reversal, has one of three timings relative to the wallet's last total:

- *before*: it was known when the total came. The total replaces everything before it, so it includes the payment.
- *with*: it came in the same import as the total, or is of an earlier day. The wallet knew it, so the total includes
  it. But a total is sometimes older than the payments beside it. If they add up to more than the total allows, the
  payments that come nearest to it count as included, and the others are added.
- *after*: a payment is added to the total, a reversal is subtracted.

The result does not depend on the order, or the number of files, in which payments come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from operator import le
from typing import Literal

Timing = Literal["before", "with", "after"]

ONE_EXPORT = timedelta(hours=1)  # the files of one export are written one after the other
MAX_SUMS = 128  # sums tried in the search for the nearest; more than a few payments with one total are rare


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment; `amount` in minor units, negative for a reversal. `timing` is relative to the last total."""

    payment_id: str
    paid_on: date
    amount: int
    timing: Timing

    @property
    def is_reversal(self) -> bool:
        return self.amount < 0


def timing_of(paid_on: date, word_at: datetime, import_since: datetime) -> Timing:
    """The timing of a new payment relative to a total from `word_at`, in an import that began at `import_since`."""
    same_import = word_at >= import_since
    return "with" if same_import or paid_on < word_at.astimezone(UTC).date() else "after"


def timing_as_of(paid_on: date, payment: datetime, word: datetime, *, is_first: bool) -> Timing:
    """The timing of a payment when the wallet's files say when each was known; the order of the files does not matter
    then. A total that `is_first` replaces none, so no payment is certainly included."""
    if abs(payment - word) <= ONE_EXPORT:
        return "with"
    if payment < word:
        return "with" if is_first else "before"
    return "with" if paid_on < word.astimezone(UTC).date() else "after"


@dataclass(frozen=True, slots=True)
class Word:
    """When the wallet said the total that is known: `since` when without another between, at last at `until`. `other`:
    when it had said another sum last; `is_first`: never, as far as is known."""

    since: datetime
    until: datetime
    other: datetime | None
    is_first: bool

    def with_older(self, at: datetime, *, is_same: bool) -> Word:
        """The word when it has come out that the wallet said the same total, or another one, at `at`, before `until`.
        So the order in which totals come does not matter."""
        if is_same:
            follows = self.is_first or (self.other is not None and at > self.other)
            return replace(self, since=min(at, self.since)) if follows else self
        if at < self.since:
            return replace(self, other=max(self.other or at, at), is_first=False)
        return replace(self, since=self.until, other=at, is_first=False)


def paid(word: int, payments: Iterable[Payment], inside: frozenset[str] | None = None) -> int:
    """What is paid in total, in minor units, never negative. `word` is the wallet's `amount_paid`; `inside` are the
    payments that are `counted_in_word`, if that is known."""
    payments = tuple(payments)
    inside = counted_in_word(word, payments) if inside is None else inside
    return max(0, word + sum(payment.amount for payment in payments if payment.payment_id not in inside))


def counted_in_word(word: int, payments: Iterable[Payment]) -> frozenset[str]:
    """The ids of the payments that `word` includes already."""
    payments = tuple(payments)
    before = [payment for payment in payments if payment.timing == "before"]
    beside = [payment for payment in payments if payment.timing == "with"]
    room = word - sum(payment.amount for payment in before)
    in_word = beside if sum(payment.amount for payment in beside) <= room else _nearest(beside, room)
    return frozenset(payment.payment_id for payment in (*before, *in_word))


def is_surely_in_word(word: int, amount: int, timing: Timing) -> bool:
    """Whether `word` includes a payment that is the only one of its instalment, seen without a search: then what is
    paid is `word`."""
    return timing == "with" and 0 <= amount <= word


def are_surely_in_word(words: Sequence[int], amounts: Sequence[int], timings: Sequence[Timing]) -> bool:
    """Whether `is_surely_in_word` is true of each of some payments: it mostly is of all in a wallet's file."""
    return timings.count("with") == len(timings) and min(amounts, default=0) >= 0 and all(map(le, amounts, words))


def _nearest(payments: list[Payment], room: int) -> list[Payment]:
    """Those of `payments` whose sum is nearest to `room` without exceeding it; all reversals if every sum exceeds it.

    `room` is negative if the total includes reversals whose rows have not come yet.
    """
    in_order = sorted(payments, key=lambda payment: (not payment.is_reversal, payment.paid_on, payment.payment_id))
    sums = {0: 0}  # each possible sum, and its payments as bits
    for n, payment in enumerate(in_order):
        more = {amount + payment.amount: which | 1 << n for amount, which in sums.items()}
        sums = {amount: which for amount, which in (more | sums).items() if payment.is_reversal or amount <= room}
        if len(sums) > MAX_SUMS:
            sums = dict(sorted(sums.items(), reverse=True)[:MAX_SUMS])
    fitting = [amount for amount in sums if amount <= room]
    if not fitting:
        return [payment for payment in payments if payment.is_reversal]
    which = sums[max(fitting)]
    return [payment for n, payment in enumerate(in_order) if which >> n & 1]
