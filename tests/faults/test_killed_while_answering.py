"""A customer's question that was not answered when the program was killed is answered after the next start."""

from __future__ import annotations

import pytest

from tests.faults.watching import Call
from tests.faults.world import World

ASKING = 8


def brings_updates(call: Call) -> bool:
    return bool(call.result)


@pytest.mark.slow
async def test_what_was_fetched_or_written_down_and_not_answered_is_answered_once(world: World) -> None:
    people = await world.customers(ASKING)
    for person in people:
        person.say("/due")
    fetched = world.telegram.when("getUpdates", world.program.kill, where=brings_updates)
    await world.program.start(until="")
    await fetched.has_sprung()
    await world.program.killed()
    world.telegram.faults.next("sendMessage", drop="before", times=100)
    answering = world.telegram.when("sendMessage", world.program.kill, moment="arrived")
    await world.program.start(until="")
    await answering.has_sprung()
    await world.program.killed()
    world.telegram.faults.clear()
    await world.program.start()
    await world.settled()
    assert ["Nothing to pay" in message.text for person in people for message in person.inbox] == [True] * ASKING
    assert set(world.sent_to(people).values()) == {1}


@pytest.mark.slow
async def test_only_the_answers_in_flight_come_twice(world: World) -> None:
    people = await world.customers(ASKING)
    trap = world.telegram.when("sendMessage", world.program.kill, number=3)
    await world.program.start()
    for person in people:
        person.say("/balance")
        person.say("/due")
    await trap.has_sprung()
    await world.program.killed()
    in_flight = {call.chat_id for call in world.telegram.arrived if call.method == "sendMessage"}
    await world.program.start()
    await world.settled()
    for person in people:
        answers = ["balance" if "account" in message.text else "due" for message in person.inbox]
        if person.user_id in in_flight:
            assert answers in (["balance", "due"], ["balance", "balance", "due"])
        else:
            assert answers == ["balance", "due"]


@pytest.mark.slow
async def test_next_claims_one_case_however_often_its_answer_fails(world: World) -> None:
    await world.agents()
    await world.customers(3, due_in_days=-6)
    world.telegram.faults.next("createForumTopic", status=500, times=100)  # only the answer is of interest
    await world.program.start(until="planned ")
    world.telegram.faults.next("sendMessage", drop="before", chat_id=world.group.chat_id, times=1)
    trap = world.telegram.when("sendMessage", world.program.kill, moment="arrived", chat_id=world.group.chat_id)
    world.mei.say_in(world.group, "/next")
    await trap.has_sprung()
    await world.program.killed()
    assert await world.claimed_by(world.mei) == 1
    world.telegram.faults.next("sendMessage", status=500, chat_id=world.group.chat_id, times=2)
    await world.program.start()
    await world.group.hears("", timeout=60)
    await world.settled()
    assert await world.claimed_by(world.mei) == 1
