"""A customer who is linked and long overdue."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.conftest import World


async def overdue(world: World, person: Person, days: int = 5, customer: str = "C1", name: str = "Anna Lee") -> int:
    """A linked customer who is so many days overdue, up to the topic of their case: its thread id."""
    await world.customer(customer, name=name)
    await world.owes(customer, f"I-{customer}", days=-days)
    await world.link(customer, person)
    await world.app.catch_up()
    return (await world.topic_of(customer)).thread_id
