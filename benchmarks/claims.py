"""Claiming from the agents' queue with thirty agents of two languages at once, for a short queue and a long one, both
ranked by urgency before. No case is claimed twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, text

from benchmarks import wallet
from benchmarks.measuring import Rate, Spent
from benchmarks.places import KINDS, places
from benchmarks.report import Cell, Table
from bot.policies import load_policy
from bot.work.cases.casework import claim_next
from bot.work.cases.urgency import rank_new
from storage.cases.agents import Agent, add_agent
from storage.runtime.engine import Database
from storage.schema import accounts, cases, customers, instalments

AT_ONCE = 30
DESK = load_policy("humane").desk
LANGUAGES = (("en",), ("zh-Hant",))


@dataclass(frozen=True, slots=True)
class Extent:
    """How many cases wait, and how many of them are claimed."""

    waiting: tuple[int, ...] = (1000, 10_000)
    claimed: int = 600

    @classmethod
    def of(cls, customers: int) -> Extent:
        """A tenth of the customers wait; a thousand of them are the measure."""
        return cls((1000, customers // 10) if customers > 10_000 else (1000,))


async def claims(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    rows: list[tuple[Cell, ...]] = []
    with places() as there:
        for kind in KINDS:
            shortest = 0.0
            for waiting in extent.waiting:
                async with there.database(kind) as db:
                    agents = await _queue(db, waiting)
                    await rank_new(db, DESK.weights, wallet.NOW)
                    if not db.is_sqlite:
                        async with db.write() as conn:
                            await conn.execute(text("ANALYZE"))  # which PostgreSQL does by itself, within a minute
                    rate = await _rate(db, agents, extent.claimed)
                shortest = shortest or rate.per_s
                rows.append((kind, waiting, rate.per_s, rate.cpu_ms, rate.per_s / shortest))
    columns = ("database", "cases waiting", "claims/s", "CPU ms each", "× of the short queue")
    return [
        Table("claims", columns, rows, f"{AT_ONCE} agents at once, each asking for the next as soon as it has one.")
    ]


async def _queue(db: Database, waiting: int) -> list[Agent]:
    """So many customers with a case each, and the agents."""
    agents = [Agent(1000 + n, f"Agent {n}", LANGUAGES[n % 2], "agent") for n in range(AT_ONCE)]
    people = [
        {
            "customer_id": f"C{n}",
            "name": f"Customer {n}",
            "language": LANGUAGES[n % 2][0],
            "zone": "Asia/Taipei",
            "facts_at": wallet.NOW,
        }
        for n in range(waiting)
    ]
    held = [
        {"account_id": f"A{n}", "customer_id": f"C{n}", "currency": "TWD", "balance": 0, "facts_at": wallet.NOW}
        for n in range(waiting)
    ]
    owed = [
        {
            "instalment_id": f"I{n}",
            "account_id": f"A{n}",
            "due_date": wallet.TODAY - timedelta(days=5 + n % 60),
            "amount_due": 10_000 + n * 7919 % 3_000_000,
            "facts_at": wallet.NOW,
            "amount_paid_at": wallet.NOW,
        }
        for n in range(waiting)
    ]
    opened = [
        {
            "customer_id": f"C{n}",
            "reason": "overdue",
            "due_since": wallet.TODAY - timedelta(days=5 + n % 60),
            "opened_at": wallet.NOW - timedelta(minutes=n % 4000),
            "due_at": wallet.NOW,
            "state": "waiting",
        }
        for n in range(waiting)
    ]
    async with db.write() as conn:
        for agent in agents:
            await add_agent(conn, agent, wallet.NOW)
        await conn.execute(insert(customers), people)
        await conn.execute(insert(accounts), held)
        await conn.execute(insert(instalments), owed)
        await conn.execute(insert(cases), opened)
    return agents


async def _rate(db: Database, agents: list[Agent], wanted: int) -> Rate:
    claimed: list[int] = []

    async def work(agent: Agent) -> None:
        while len(claimed) + len(agents) <= wanted:
            case = await claim_next(db, agent, wallet.NOW, desk=DESK)
            assert case is not None
            claimed.append(case.case_id)

    with Spent() as spent:
        await asyncio.gather(*(work(agent) for agent in agents))
    assert len(set(claimed)) == len(claimed), "two agents were given one case"
    return Rate.of(len(claimed), spent)
