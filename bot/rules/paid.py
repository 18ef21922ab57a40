"""What is paid of an instalment: the wallet's word (`amount_paid`) and single payments, without counting any twice.

A payment, or a reversal, stands in one of three ways to the word that the wallet said last:

- *before*: it was known when the word came. The word replaces all that was before it, so it is in it.
- *with*: it came in the same import as the word, or is of an earlier day. The wallet knew of it, so it is in the word
  too; but a word is sometimes older than the payments beside it. Where payments are more than the word has room for,
  the rest is on top. A reversal takes back payments that are on top, and lowers no word that was said after it.
- *after*: it is on top of the word, a reversal is taken off it.

Only sums decide, so it does not matter in which order, or in how many parts, the payments come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

Standing = Literal["before", "with", "after"]


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment; `amount` in minor units, negative for a reversal. `standing` is to the word said last."""

    payment_id: str
    paid_on: date
    amount: int
    standing: Standing


def standing_of(paid_on: date, word_at: datetime, import_since: datetime) -> Standing:
    """How a payment that is not known yet stands to a word of `word_at`, in an import that began at `import_since`."""
    same_import = word_at >= import_since
    return "with" if same_import or paid_on < word_at.astimezone(UTC).date() else "after"


def paid(word: int, payments: Iterable[Payment]) -> int:
    """What is paid in all, in minor units, never negative. `word` is the wallet's `amount_paid`."""
    payments = tuple(payments)
    later = sum(payment.amount for payment in payments if payment.standing == "after")
    return max(0, word + later + _beyond(word, payments))


def counted_in_word(word: int, payments: Iterable[Payment]) -> frozenset[str]:
    """The ids of the payments that `word` counts already. Where it has no room for all that came with it, those of the
    earliest days are taken to be in it; of what is half in it, this says that it is not."""
    payments = tuple(payments)
    inside = {payment.payment_id for payment in payments if payment.standing == "before"}
    beside = sorted(_with(payments), key=lambda payment: (payment.paid_on, payment.payment_id))
    if not _beyond(word, payments):
        return frozenset(inside | {payment.payment_id for payment in beside})
    explained = _before(payments)
    least, most = min(word, explained), max(word, explained)
    for payment in beside:
        if least <= explained + payment.amount <= most:
            explained += payment.amount
            inside.add(payment.payment_id)
    return frozenset(inside)


def _beyond(word: int, payments: tuple[Payment, ...]) -> int:
    """What the payments that came with the word show beyond it.

    The word says `unseen` more than the payments before it, or less if it knows of reversals that have not come yet.
    What is in the word makes up for that first. Payments fill what is more, reversals what is less; reversals that are
    left then take back payments.
    """
    unseen = word - _before(payments)
    amounts = [payment.amount for payment in _with(payments)]
    came_in = sum(amount for amount in amounts if amount > 0)
    went_back = sum(amount for amount in amounts if amount < 0)
    return max(0, came_in + min(0, went_back - unseen))


def _before(payments: tuple[Payment, ...]) -> int:
    return sum(payment.amount for payment in payments if payment.standing == "before")


def _with(payments: tuple[Payment, ...]) -> list[Payment]:
    return [payment for payment in payments if payment.standing == "with"]
