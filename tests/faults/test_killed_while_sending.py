"""The program is killed while it sends reminders: every customer gets theirs, and nobody gets one twice without
need."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from tests.faults.program import until
from tests.faults.watching import Moment
from tests.faults.world import World

CUSTOMERS = 60
KILLS = 3
MOMENTS: tuple[Moment | None, ...] = ("arrived", "taken", None)  # None: some time after a message was taken


async def kill_while_sending(world: World, chance: Random) -> set[int]:
    """Starts the program and kills it at some instant of its sending. Gives whose reminder had come to Telegram by then
    without the database having it as accepted: only what those get may be doubled."""
    telegram = world.telegram
    before = len(telegram.arrived)
    telegram.faults.clear()
    # Mostly short; two seconds fill the window, so that dozens are in flight at the kill.
    telegram.faults.next("sendMessage", delay_s=chance.choice((0.05, 0.3, 2.0)), times=CUSTOMERS)
    left = CUSTOMERS - len(await world.accepted())
    moment = chance.choice(MOMENTS)
    number = chance.randint(1, max(1, left // 2))
    print(f"kill: {moment or 'later'}, at message {number} of {left}")
    if moment is None:
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
    for _ in range(KILLS):
        in_flight = await kill_while_sending(world, chance)
        may_be_sent.update(in_flight)
        print(f"in flight at the kill: {len(in_flight)}, accepted: {len(await world.accepted())}")
        await world.a_minute_passes()
    world.telegram.faults.clear()
    await world.program.start()
    await until(world.all_accepted, "a reminder to everybody")
    code, _ = await world.program.stop()
    assert code == 0
    sent = world.sent_to(world.people)
    assert all(1 <= sent[chat_id] <= allowed for chat_id, allowed in may_be_sent.items()), (sent, may_be_sent)
