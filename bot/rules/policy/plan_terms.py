"""The terms of `[plans]`: which plans of parts duebot offers by itself. `plans_section` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.rules.facts.money import Money

LONGEST_MONTHS = 60  # no plan is longer, whatever a policy says
FEWEST_PARTS, MOST_PARTS = 2, 60
ChargesInPlan = Literal["none", "as_usual"]


@dataclass(frozen=True, slots=True)
class Plans:
    """Which plans are offered, and which of them a customer may agree to alone.

    A plan has `most_parts` parts at most, ends `longest_months` after it began at the latest, and none of its parts is
    less than `smallest_part` of its currency. `down_payment` is the share of the sum that the first part is at least.
    `charges`: what being late costs while the plan is kept, nothing or what the policy's `[charges]` say.

    A plan of up to `alone_up_to` in its currency that ends within `alone_months` holds at once; of all others, and in a
    currency that is not named there, an agent decides. So it is for vulnerable customers, and for those of whom a plan
    was broken within a year unless `alone_after_broken`.

    `remind` are the days on which the customer is reminded of a part, counted from its day (-3: three days before),
    over the first of `channels` that reaches the customer.
    """

    charges: ChargesInPlan
    most_parts: int = 12
    longest_months: int = 12
    smallest_part: Mapping[str, Money] | None = None
    down_payment: Decimal = Decimal(0)
    alone_up_to: Mapping[str, Money] | None = None
    alone_months: int = 6
    alone_after_broken: bool = False
    remind: tuple[int, ...] = (-3, 0)
    channels: tuple[str, ...] = ("telegram",)

    def smallest(self, currency: str) -> Money:
        """The smallest part; never nothing."""
        return (self.smallest_part or {}).get(currency) or Money(1, currency)

    def may_agree_alone(self, total: Money) -> bool:
        """Whether the sum is one of those about which customers may agree alone."""
        limit = (self.alone_up_to or {}).get(total.currency)
        return limit is not None and total <= limit
