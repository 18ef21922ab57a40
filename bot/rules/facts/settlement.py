"""How a debt ended that is no longer owed: how much money came in, and what ended otherwise.

That nothing is owed does not say why. What is told, and how a case ends, depends on the changes in the wallet's facts:
paid, waived, corrected, moved to a later day, or taken off the customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from bot.rules.facts.customer_facts import InstalmentStatus

Gone = Literal["taken_off", "waived", "paid", "corrected"]
Ending = Literal["paid", "part_paid", "waived", "corrected", "moved", "taken_off", "nothing_owed"]
ENDINGS: tuple[Ending, ...] = (
    *("paid", "part_paid", "waived", "corrected", "moved", "taken_off"),
    "nothing_owed",  # the reason is unknown
)


@dataclass(frozen=True, slots=True)
class Change:
    """What the wallet's facts changed of an instalment, in minor units. `came_in` is money (negative: reversed).
    `waived` and `taken_off` are no longer owed (negative: owed again). `more_due` is by how much `amount_due` rose
    (negative: fell). `due` was its due date, `moved_to` is the new one, None if it did not change. `left` is what this
    customer still has to pay of it, `owed` what they had to pay before the change (None if an older release did not
    store it)."""

    # Stored as part of an event (`bot.rules.cases.case_events_agreements`).
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    instalment_id: Annotated[str, Field(alias="instalment")]
    currency: str
    left: int
    came_in: Annotated[int, Field(alias="amount")] = 0
    waived: int = 0
    more_due: int = 0
    taken_off: int = 0
    due: date | None = None
    moved_to: date | None = None
    owed: int | None = None

    @property
    def to_pay(self) -> int | None:
        """What had to be paid of it in total: what was owed before, and what was added since."""
        if self.owed is None:
            return None
        return self.owed + max(0, self.more_due) + max(0, -self.waived) + max(0, -self.taken_off)

    def __bool__(self) -> bool:
        return bool(self.came_in or self.waived or self.more_due or self.taken_off or self.moved_to)

    def then(self, later: Change) -> Change:
        """This change and a later one as one."""
        moved_to = later.moved_to or self.moved_to
        return replace(
            self,
            left=later.left,
            came_in=self.came_in + later.came_in,
            waived=self.waived + later.waived,
            more_due=self.more_due + later.more_due,
            taken_off=self.taken_off + later.taken_off,
            moved_to=None if moved_to == self.due else moved_to,
        )


@dataclass(frozen=True, slots=True)
class Debt:
    """An instalment at one moment, in minor units. `paid` is money that came in, `waived` what the wallet gave up,
    `left` what is still to be paid."""

    instalment_id: str
    currency: str
    due: date
    amount_due: int
    paid: int
    waived: int
    left: int


def change_between(was: Debt, is_: Debt | None) -> Change:
    """What changed of a debt; `is_` is None if it is no longer this customer's."""
    if is_ is None:
        return Change(was.instalment_id, was.currency, 0, taken_off=was.left, due=was.due, owed=was.left)
    # A waived part cannot be corrected, so a correction counts only for the rest.
    waived = is_.waived - was.waived
    more_due = is_.amount_due - was.amount_due
    if was.waived and is_.waived:
        waived, more_due = 0, 0
    elif waived > 0:
        waived, more_due = waived - more_due, more_due
    return Change(
        is_.instalment_id,
        is_.currency,
        is_.left,
        came_in=is_.paid - was.paid,
        waived=waived,
        more_due=more_due,
        due=was.due,
        moved_to=None if is_.due == was.due else is_.due,
        owed=was.left,
    )


def merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change for each instalment, in the order in which they first appear; changes that cancel out are left out."""
    by_id: dict[str, Change] = {}
    for change in changes:
        before = by_id.get(change.instalment_id)
        by_id[change.instalment_id] = change if before is None else before.then(change)
    return tuple(change for change in by_id.values() if change)


def ending(changes: Iterable[Change], due_until: date) -> Ending:
    """How a case ended whose debts are no longer owed, from all changes since it was opened to instalments due by then.
    It is `paid` only if money came in and nothing ended otherwise. If an instalment was paid in full, its other
    corrections do not count."""
    due_changes = [change for change in merged(changes) if change.due is None or change.due <= due_until]
    due_changes = [change for change in due_changes if change.to_pay != 0]
    came_in = any(change.came_in > 0 for change in due_changes)
    if otherwise := [way for change in due_changes for way in ended_otherwise(change)]:
        return "part_paid" if came_in else min(otherwise, key=ENDINGS.index)
    return "paid" if came_in else "nothing_owed"


def ended_otherwise(change: Change) -> list[Ending]:
    """How parts of a debt ended without money; what was paid in full ended by money."""
    if change.to_pay is not None and change.came_in >= change.to_pay:
        return []
    ways: tuple[tuple[bool, Ending], ...] = (
        (change.waived > 0, "waived"),
        (change.more_due < 0, "corrected"),
        (change.taken_off > 0, "taken_off"),
        (change.moved_to is not None and change.due is not None, "moved"),
    )
    return [way for went, way in ways if went]


def why_gone(status: InstalmentStatus, paid: int, *, theirs: bool) -> Gone:
    """Why nothing is owed any more of an instalment that was to be told; `theirs`: it is still this customer's. That
    money came in is said only where some did."""
    if not theirs:
        return "taken_off"
    if status == "waived":
        return "waived"
    return "paid" if status == "paid" or paid > 0 else "corrected"
