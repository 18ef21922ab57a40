"""The database is locked, or breaks its connections: nothing is lost and nothing is sent twice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from tests.faults.program import until
from tests.faults.world import World, locked

CUSTOMERS = 40
LOCKED_S = 2.0

BREAK_THE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.slow
async def test_a_locked_database_only_makes_things_late(world: World) -> None:
    people = await world.customers(CUSTOMERS, due_in_days=0)
    world.telegram.faults.next("sendMessage", delay_s=0.5, times=CUSTOMERS)  # so that the window is full by then
    some_left = world.telegram.when("sendMessage", number=5)
    await world.program.start(until="")
    await some_left.has_sprung()
    with locked(world):
        for person in people[:5]:
            person.say("/due")
        await asyncio.sleep(LOCKED_S)
    await until(world.all_accepted, "a reminder to everybody")
    await world.settled()
    assert (await world.program.stop())[0] == 0
    sent = world.sent_to(people)
    assert {sent[person.user_id] for person in people[:5]} == {2}
    assert {sent[person.user_id] for person in people[5:]} == {1}


@pytest.mark.slow
async def test_killed_while_the_database_was_locked(world: World) -> None:
    people = await world.customers(5)
    await world.program.start()
    with locked(world):
        asked = world.telegram.when("getUpdates", where=lambda call: bool(call.result))
        for person in people:
            person.say("/due")
        await asked.has_sprung()
        await world.program.killed()
    await world.program.start()
    await world.settled()
    assert set(world.sent_to(people).values()) == {1}


@pytest.mark.slow
async def test_broken_connections_to_postgresql_only_make_things_late(postgresql_world: World) -> None:
    world = postgresql_world
    await world.agents()
    people = await world.customers(5, due_in_days=0)
    [anna] = await world.customers(1)
    anna.say("/agent")
    await world.program.start()
    topic = (await world.group.topic_opened(timeout=60)).thread_id
    await until(world.cases_settled, "a topic with its card")
    await until(lambda: _accepted_are(world, len(people)), "a reminder to everybody")
    words = [f"out {n}" for n in range(3)]
    for said in words:
        taken = world.telegram.when("sendMessage", chat_id=anna.user_id)
        world.mei.say_in(world.group, said, topic=topic)
        anna.say("/due")
        await taken.has_sprung()
        async with world.db.read() as conn:
            await conn.execute(text(BREAK_THE_OTHERS))
    await world.settled()
    assert [m.text for m in anna.inbox if m.text.startswith("out ")] == words
    assert len([m for m in anna.inbox if "Nothing to pay" in m.text]) == len(words)
    assert {world.sent_to(people)[person.user_id] for person in people} == {1}


async def _accepted_are(world: World, number: int) -> bool:
    return len(await world.accepted()) == number
