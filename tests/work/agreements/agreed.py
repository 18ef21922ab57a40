"""Anna has a case that Mei has: what they agree on, what is paid, and what the database says of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.cases.case import Case
from bot.work.agreements import agent_agreements
from bot.work.agreements.agent_agreements import Agreed
from bot.work.policy.policies import PolicyBook
from bot.work.runtime import planning_round
from storage.cases.agents import Agent
from storage.cases.cases import open_case_of
from storage.runtime.engine import Database
from storage.schema import case_events, cases, holds
from tests.work.facts.wallets import take, write

MEI = Agent(3001, "Mei", ("en",), "agent")
POLICY = load_policy("humane")


async def plan(db: Database, clock: ManualClock, tolerance: str = "0", days: int = 0) -> None:
    desk = replace(POLICY.desk, promise_tolerance=Decimal(tolerance), promise_days=days)
    await planning_round.plan(db, PolicyBook(replace(POLICY, desk=desk)), clock.now())


async def pays(db: Database, clock: ManualClock, folder: Path, *payments: str) -> None:
    rows = "".join(f"{row}\n" for row in payments)
    written = write(folder / f"paid{clock.now():%j%H%M}", payments=f"payment_id,instalment_id,paid_on,amount\n{rows}")
    assert (await take(db, clock.now(), written)).ok


async def case_of(db: Database) -> Case | None:
    async with db.read() as conn:
        return await open_case_of(conn, "C1")


async def promise(db: Database, clock: ManualClock, words: str) -> Agreed:
    case = await case_of(db)
    assert case is not None
    done = await agent_agreements.promise(db, POLICY.desk, case, MEI, words, clock.now())
    assert isinstance(done, Agreed), done
    return done


async def ends(db: Database, kind: str = "promise") -> list[str | None]:
    async with db.read() as conn:
        query = select(holds.c.ended_why).where(holds.c.kind == kind).order_by(holds.c.hold_id)
        return list((await conn.execute(query)).scalars())


async def events(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(select(case_events.c.kind).order_by(case_events.c.event_id))).scalars())


async def outcomes(db: Database) -> list[tuple[str, str | None, str]]:
    async with db.read() as conn:
        rows = (await conn.execute(select(cases).order_by(cases.c.case_id))).all()
    return [(row.state, row.outcome, row.reason) for row in rows]
