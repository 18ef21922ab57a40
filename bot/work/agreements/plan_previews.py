"""The dates and sums of a plan before an agent proposes it: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.agreements.agreed_terms import PlanWish, plan_terms
from bot.rules.agreements.instalment_plans import Part
from bot.work.acting_outside import CaseAction, acting_outside, refusals_are_values
from bot.work.agreements.agent_agreements import can_be_promised, understood


@dataclass(frozen=True, slots=True)
class Preview:
    """The parts of a plan that could be proposed."""

    parts: tuple[Part, ...]


@refusals_are_values
async def preview(action: CaseAction, wish: PlanWish) -> Preview:
    async with acting_outside(action) as act:
        terms = understood(plan_terms(wish, can_be_promised(act), act.today))
        return Preview(terms.parts)
