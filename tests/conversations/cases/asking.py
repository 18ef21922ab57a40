"""A customer who asks for a person, and how the desk is looked at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import case_events, cases
from tests.conversations.conftest import World


async def asks(world: World, person: Person, customer: str = "C1", name: str = "Anna Lee", **more: str) -> int:
    """A linked customer asks for a person: their topic's thread id."""
    await world.customer(customer, name=name, **more)
    await world.link(customer, person)
    person.say("/agent")
    await person.hears("")
    await world.app.catch_up()
    return (await world.topic_of(customer)).thread_id


async def case_of(world: World, customer: str = "C1") -> Any:
    async with world.db.read() as conn:
        return (await conn.execute(select(cases).where(cases.c.customer_id == customer))).one()


async def kinds_of(world: World, kind: str) -> int:
    async with world.db.read() as conn:
        return len((await conn.execute(select(case_events.c.event_id).where(case_events.c.kind == kind))).all())


async def opens_the_bot(*people: Person) -> None:
    """The bot cannot write to an agent who never opened it."""
    for person in people:
        person.say("/start")
        await person.hears("")


def heard(person: Person, words: str) -> list[str]:
    return [message.text for message in person.inbox if words in message.text]
