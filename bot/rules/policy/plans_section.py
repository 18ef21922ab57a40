"""Reads the `[plans]` table of a policy file. `plan_terms` says what its keys mean."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from bot.rules.channels import NAMES
from bot.rules.policy.plan_terms import FEWEST_PARTS, LONGEST_MONTHS, MOST_PARTS, ChargesInPlan, Plans
from bot.rules.policy.sections import Section, shown

KEYS = (
    "charges",
    "most_parts",
    "longest_months",
    "smallest_part",
    "down_payment",
    "alone_up_to",
    "alone_months",
    "alone_after_broken",
    "remind",
    "channels",
)
CHARGES = ("none", "as_usual")
EARLIEST_DAY = -14
_USUAL = Plans("none")


def read_plans(top: Section) -> Plans | None:
    """The plans that are offered; None where the file has no such table, and no plan is offered."""
    section = top.section("plans", 'a table, under a line that says [plans], with charges = "none"')
    if section is None:
        return None
    section.only(KEYS)
    if "charges" not in section.table:
        section.fault(None, '"charges" is missing, expected "none" or "as_usual": what a plan costs while it is kept')
    charges = cast(ChargesInPlan, section.choice("charges", CHARGES) or "none")
    longest = section.whole("longest_months", 1, LONGEST_MONTHS)
    longest = _USUAL.longest_months if longest is None else longest
    alone = section.whole("alone_months", 1, LONGEST_MONTHS)
    if alone is not None and alone > longest:
        section.fault("alone_months", f"{alone} given, expected no more than longest_months, which is {longest}")
    share = section.share("down_payment", most=1)
    if share is not None and share >= 1:
        section.given("down_payment", 'a share below "1": a plan has a second part')
    return Plans(
        charges,
        most_parts=section.whole("most_parts", FEWEST_PARTS, MOST_PARTS) or _USUAL.most_parts,
        longest_months=longest,
        smallest_part=section.amounts("smallest_part"),
        down_payment=Decimal(0) if share is None else share,
        alone_up_to=section.amounts("alone_up_to"),
        alone_months=min(_USUAL.alone_months if alone is None else alone, longest),
        alone_after_broken=bool(section.flag("alone_after_broken")),
        remind=_days(section),
        channels=section.choices("channels", NAMES) or _USUAL.channels,
    )


def _days(section: Section) -> tuple[int, ...]:
    """The days on which the customer is reminded of a part, in order."""
    if "remind" not in section.table:
        return _USUAL.remind
    value = section.table["remind"]
    if not isinstance(value, list) or not value:
        section.given("remind", "a list of days such as [-3, 0]")
        return _USUAL.remind
    for day in value:
        if isinstance(day, bool) or not isinstance(day, int) or not EARLIEST_DAY <= day <= 0:
            section.fault(
                "remind", f"{shown(day)} given, expected days from {EARLIEST_DAY} to 0, counted from the part's"
            )
            return _USUAL.remind
    return tuple(sorted(set(value)))
