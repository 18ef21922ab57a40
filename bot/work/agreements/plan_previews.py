"""The dates and sums of a plan before an agent proposes it: nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.rules.agreements.agreed_terms import PlanWish, plan_terms
from bot.rules.agreements.instalment_plans import Part
from bot.work.acting_outside import acting_outside, refusals_are_values
from bot.work.agreements.agent_agreements import can_be_promised, understood
from storage.cases.agents import Agent
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Preview:
    """The parts of a plan that could be proposed."""

    parts: tuple[Part, ...]


@refusals_are_values
async def preview(db: Database, agent: Agent, case_id: int, wish: PlanWish, now: datetime) -> Preview:
    async with acting_outside(db, agent, case_id, now) as act:
        terms = understood(plan_terms(wish, can_be_promised(act), act.today))
        return Preview(terms.parts)
