"""A customer whose case is talked about, and what was agreed in it as the database has it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases, holds, plans
from tests.conversations.conftest import World


async def case_of(world: World, person: Person, language: str = "en", customer: str = "C1") -> int:
    """A linked customer, 5 days overdue with 1,200.00, up to the topic of their case: its thread id."""
    await world.customer(customer, name="Anna Lee", language=language)
    await world.owes(customer, f"I-{customer}", days=-5)
    await world.link(customer, person)
    await world.app.catch_up()
    return (await world.topic_of(customer)).thread_id


async def agreed(world: World) -> list[tuple[str, date, int | None, int | None]]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds).where(holds.c.ended_at.is_(None)).order_by(holds.c.hold_id))).all()
    return [(row.kind, row.until, row.amount, row.set_by) for row in rows]


async def state_of_plans(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(plans.c.state).order_by(plans.c.plan_id))).scalars())


async def owner(world: World) -> int | None:
    async with world.db.read() as conn:
        return (await conn.execute(select(cases.c.owner_id))).scalar()
