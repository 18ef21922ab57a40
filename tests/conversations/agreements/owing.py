"""A customer who owes something, and what becomes of it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases, holds
from tests.conversations.conftest import World


async def owing(world: World, person: Person, *days: int, customer: str = "C1", language: str = "en") -> None:
    """A linked customer with an instalment of 1,200.00 due in each of so many days: I-C1-0, I-C1-1 …"""
    await world.customer(customer, name="Anna Lee", language=language)
    for number, ahead in enumerate(days):
        await world.owes(customer, f"I-{customer}-{number}", days=ahead)
    await world.link(customer, person)


async def promises(world: World) -> list[tuple[date, int | None, str | None]]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds).where(holds.c.kind == "promise").order_by(holds.c.hold_id))).all()
    return [(row.until, row.amount, row.ended_why) for row in rows]


async def reasons_of_cases(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(cases.c.reason).order_by(cases.c.case_id))).scalars())


def reminders(person: Person) -> list[str]:
    return [m.text for m in person.inbox if m.text.startswith("A short note")]
