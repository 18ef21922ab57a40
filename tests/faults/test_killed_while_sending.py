"""Reminders, with the program killed while they leave: everybody gets theirs, and nobody gets it again for nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from tests.faults.program import until
from tests.faults.world import World

CUSTOMERS = 60


async def kill_while_sending(world: World, chance: Random) -> set[int]:
    """Starts the program and kills it at some instant of its sending. Gives whose reminder had come to Telegram by then
    without the program having written down that it was taken: what may be doubled."""
    telegram = world.telegram
    before = len(telegram.arrived)
    telegram.faults.clear()
    telegram.faults.next("sendMessage", delay_s=chance.uniform(0.05, 0.3), times=CUSTOMERS)
    left = CUSTOMERS - len(await world.accepted())
    moment = chance.choice(["arrived", "taken", "some time later"])
    number = chance.randint(1, max(1, left // 2))
    print(f"kill: {moment}, at message {number} of {left}")
    if moment == "some time later":
        trap = telegram.when("sendMessage", number=number)
        await world.program.start()
        await trap.has_sprung()
        await asyncio.sleep(chance.uniform(0, 0.3))
    else:
        trap = telegram.when("sendMessage", world.program.kill, moment=moment, number=number)
        await world.program.start(until="")
        await trap.has_sprung()
    await world.program.killed()
    arrived = {call.chat_id for call in telegram.arrived[before:] if call.method == "sendMessage"}
    return {chat_id for chat_id in arrived if chat_id is not None} - await world.accepted()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20260302])
async def test_everybody_gets_their_reminder_and_only_what_was_in_flight_is_doubled(
    any_world: World, seed: int
) -> None:
    world, chance = any_world, Random(seed)
    await world.customers(CUSTOMERS, due_in_days=0)
    may_be_sent: Counter[int] = Counter(person.user_id for person in world.people)
    for _ in range(3):
        in_flight = await kill_while_sending(world, chance)
        may_be_sent.update(in_flight)
        print(f"in flight at the kill: {len(in_flight)}, accepted: {len(await world.accepted())}")
        await world.a_minute_passes()
    world.telegram.faults.clear()
    await world.program.start()
    await until(world.all_accepted, "a reminder to everybody")
    assert await world.program.stop() == (0, pytest.approx(0, abs=10))
    sent = world.sent_to(world.people)
    assert all(1 <= sent[chat_id] <= allowed for chat_id, allowed in may_be_sent.items()), (sent, may_be_sent)


@pytest.mark.slow
async def test_what_the_database_has_as_accepted_is_never_sent_again(world: World) -> None:
    people = await world.customers(20, due_in_days=0)
    world.telegram.faults.next("sendMessage", delay_s=1.0, chat_id=people[-1].user_id)
    await world.program.start()
    await until(lambda: _accepted_are(world, 19), "all but the last")
    await world.program.killed()
    assert await world.accepted() == {person.user_id for person in people[:-1]}
    await world.a_minute_passes()
    await world.program.start()
    await until(world.all_accepted, "the last one's too")
    await world.program.stop()
    assert set(world.sent_to(people[:-1]).values()) == {1}


async def _accepted_are(world: World, number: int) -> bool:
    return len(await world.accepted()) == number
