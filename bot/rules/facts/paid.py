"""What is paid of an instalment: the wallet's word (`amount_paid`) and single payments, without counting any twice.

A payment, or a reversal, stands in one of three ways to the word that the wallet said last:

- *before*: it was known when the word came. The word replaces all that was before it, so it is in it.
- *with*: it came in the same import as the word, or is of an earlier day. The wallet knew of it, so it is in the word
  too. But a word is sometimes older than the payments beside it: where they are more than the word has room for, those
  are taken to be in it that come nearest to it, and the others are on top.
- *after*: it is on top of the word, a reversal is taken off it.

In which order, or in how many parts, the payments come does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Timing = Literal["before", "with", "after"]

ONE_EXPORT = timedelta(hours=1)  # files of one export are made one after the other
MAX_SUMS = 128  # looked at in search of the nearest; more than a few payments beside one word is rare


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment; `amount` in minor units, negative for a reversal. `timing` is to the word said last."""

    payment_id: str
    paid_on: date
    amount: int
    timing: Timing


def timing_of(paid_on: date, word_at: datetime, import_since: datetime) -> Timing:
    """How a payment that is not known yet stands to a word of `word_at`, in an import that began at `import_since`."""
    same_import = word_at >= import_since
    return "with" if same_import or paid_on < word_at.astimezone(UTC).date() else "after"


def timing_as_of(paid_on: date, payment: datetime, word: datetime, *, is_first: bool) -> Timing:
    """How a payment stands to a word where the wallet tells when it said each: the order in which their files came in
    says nothing then. A word that `is_first` replaces none, so no payment is in it for certain."""
    if abs(payment - word) <= ONE_EXPORT:
        return "with"
    if payment < word:
        return "with" if is_first else "before"
    return "with" if paid_on < word.astimezone(UTC).date() else "after"


def paid(word: int, payments: Iterable[Payment]) -> int:
    """What is paid in all, in minor units, never negative. `word` is the wallet's `amount_paid`."""
    payments = tuple(payments)
    inside = counted_in_word(word, payments)
    return max(0, word + sum(payment.amount for payment in payments if payment.payment_id not in inside))


def counted_in_word(word: int, payments: Iterable[Payment]) -> frozenset[str]:
    """The ids of the payments that `word` counts already."""
    payments = tuple(payments)
    before = [payment for payment in payments if payment.timing == "before"]
    beside = [payment for payment in payments if payment.timing == "with"]
    room = word - sum(payment.amount for payment in before)
    in_word = _nearest(beside, room)
    if sum(payment.amount for payment in beside) <= sum(payment.amount for payment in in_word):
        in_word = beside  # they show nothing beyond the word
    return frozenset(payment.payment_id for payment in (*before, *in_word))


def _nearest(payments: list[Payment], room: int) -> list[Payment]:
    """Those of `payments` whose sum is nearest to `room` without being more; all reversals if every sum is more.

    `room` is negative where the word knows of reversals that had not come when it was said.
    """
    in_order = sorted(payments, key=lambda payment: (payment.amount > 0, payment.paid_on, payment.payment_id))
    sums = {0: 0}  # each sum that some of them make, and which ones: a bit for each
    for n, payment in enumerate(in_order):
        more = {amount + payment.amount: which | 1 << n for amount, which in sums.items()}
        sums = {amount: which for amount, which in (more | sums).items() if payment.amount < 0 or amount <= room}
        if len(sums) > MAX_SUMS:
            sums = dict(sorted(sums.items(), reverse=True)[:MAX_SUMS])
    fitting = [amount for amount in sums if amount <= room]
    if not fitting:
        return [payment for payment in payments if payment.amount < 0]
    which = sums[max(fitting)]
    return [payment for n, payment in enumerate(in_order) if which >> n & 1]
