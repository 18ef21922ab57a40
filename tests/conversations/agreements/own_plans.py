"""Plans that a customer made, agreed or asked for, and what the database has of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import plan_answers, plan_parts
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World


async def parts(world: World) -> list[tuple[date, int]]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(plan_parts).order_by(plan_parts.c.plan_id, plan_parts.c.part))).all()
    return [(row.due_date, row.amount) for row in rows]


async def answers(world: World) -> list[tuple[str | None, int | None, int | None]]:
    async with world.db.read() as conn:
        return [(row.every, row.amount, row.payday) for row in (await conn.execute(select(plan_answers))).all()]


async def asked_for(world: World, anna: Person) -> int:
    """A plan of ten parts is asked for; gives the topic of the case."""
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("120")
    await anna.hears("On which day")
    anna.say("10")
    await anna.hears("A person looks at this one first")
    anna.press("A: ask for")
    await anna.hears("I’ve asked a person to look at your plan")
    thread = (await world.topic_of()).thread_id
    await world.group.hears("Asks for this plan", topic=thread)
    return thread


async def plan_of_three(world: World, anna: Person) -> None:
    """A plan of 400.00 at the end of March, April and May, agreed."""
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("400")
    await anna.hears("On which day")
    anna.press("Last day")
    await anna.hears("Here is what fits")
    anna.press("A: agree to 3 × NT$400.00")
    await anna.hears("Your plan is set")
