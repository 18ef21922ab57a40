"""Agreements between simulated agents and customers, who keep them or not: promises of an amount, and instalment
plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from bot.rules.cases.case import Case
from bot.work.agreements import agent_agreements, instalment_plans
from storage.cases.agents import Agent
from tests.simulation.people import Person
from tests.simulation.program import Program

Parts = list[tuple[date, int]]


@dataclass(frozen=True)
class Agreement:
    """When the customer pays how much, in minor units, and when the agent looks at the case again."""

    pays: list[tuple[datetime, int]]
    again: datetime


async def agree(
    random: Random, program: Program, case: Case, agent: Agent, p: Person, now: datetime
) -> Agreement | None:
    """A promise or a plan, kept or not; None where none can be."""
    until = p.today(now) + timedelta(days=random.randint(0, 10))
    by = _promise if random.random() < 0.5 else _plan
    parts = await by(random, program, case, agent, p, until, now)
    if parts is None:
        return None
    kept = parts if random.random() < 0.6 else parts[:1]
    pays = [(_at(day - timedelta(days=random.randint(0, 1)), now), amount) for day, amount in kept]
    last = max((day for day, _ in parts), default=until)
    return Agreement(pays, _at(last, now) + timedelta(days=2))


async def _promise(
    random: Random, program: Program, case: Case, agent: Agent, p: Person, until: date, now: datetime
) -> Parts | None:
    words = f"{random.choice(('all', '1.00', '20'))} {until.isoformat()}"
    made = await agent_agreements.promise(program.db, program.policy.desk, case, agent, words, now)
    return [(until, made.amount.amount)] if isinstance(made, agent_agreements.Agreed) and made.amount else None


async def _plan(
    random: Random, program: Program, case: Case, agent: Agent, p: Person, first: date, now: datetime
) -> Parts | None:
    words = f"{random.randint(2, 4)} {first.isoformat()} every week"
    proposed = await instalment_plans.propose(program.db, case, agent, words, now)
    if not isinstance(proposed, instalment_plans.Proposed):
        return None
    agrees, plan = random.random() < 0.8, proposed.plan
    await instalment_plans.decide(program.db, program.policy.desk, p.customer_id, plan.plan_id, agrees, now)
    p.touched_at = now
    return [(part.due_date, part.amount.amount) for part in plan.parts] if agrees else []


def _at(day: date, now: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
