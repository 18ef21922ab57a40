"""What became of a debt that is not owed any more: how much money came in, and what went otherwise.

That nothing is owed says nothing of how it came about. What is told, and how a case ends, goes by the changes in the
wallet's word: paid, waived, corrected, moved to a later day, or taken off the customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

Ending = Literal["paid", "part_paid", "waived", "corrected", "moved", "taken_off", "nothing_owed"]
ENDINGS: tuple[Ending, ...] = (
    *("paid", "part_paid", "waived", "corrected", "moved", "taken_off"),
    "nothing_owed",  # nobody saw why
)


@dataclass(frozen=True, slots=True)
class Change:
    """What the wallet's word changed of an instalment, in minor units: `came_in` is money (below 0: reversed), `waived`
    and `taken_off` what is no longer owed by that (below 0: is owed again), `more_due` by how much `amount_due` rose
    (below 0: was lowered). `due` was its day, `moved_to` its new one, None where it is the same. `left` is what is
    still to be paid of it by this customer, `owed` what was before the change (None where a release did not write it
    down)."""

    # It is stored as a part of an event (`bot.rules.cases.case_events_agreements`).
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
        """What was to be paid of it in all: what was owed before, and what is owed since."""
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


def merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change for each instalment, in the order in which they came up; what came to nothing is left out."""
    by_id: dict[str, Change] = {}
    for change in changes:
        before = by_id.get(change.instalment_id)
        by_id[change.instalment_id] = change if before is None else before.then(change)
    return tuple(change for change in by_id.values() if change)


def ending(changes: Iterable[Change], due_until: date) -> Ending:
    """How a case ended whose debts are not owed any more, by all changes since it was opened to what was due by then:
    paid only where money came in and nothing went otherwise. Of an instalment for which as much came in as was to be
    paid nothing did, whatever the wallet corrected besides."""
    of_it = [change for change in merged(changes) if change.due is None or change.due <= due_until]
    its = [change for change in of_it if change.to_pay != 0]
    came_in = any(change.came_in > 0 for change in its)
    if otherwise := [way for change in its for way in _went_otherwise(change)]:
        return "part_paid" if came_in else min(otherwise, key=ENDINGS.index)
    return "paid" if came_in else "nothing_owed"


def _went_otherwise(change: Change) -> list[Ending]:
    """How some of a debt went without money."""
    if change.to_pay is not None and change.came_in >= change.to_pay:
        return []
    ways: tuple[tuple[bool, Ending], ...] = (
        (change.waived > 0, "waived"),
        (change.more_due < 0, "corrected"),
        (change.taken_off > 0, "taken_off"),
        (change.moved_to is not None and change.due is not None, "moved"),
    )
    return [way for went, way in ways if went]
