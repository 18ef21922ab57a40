"""A window full of reminders, and one of them hangs, Telegram asks to wait, or the program ends: nobody gets two, and
nobody is left out."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from storage.schema import contacts, notices
from tests.faults.program import ENDS_WITHIN_S, until
from tests.faults.world import World

MANY = 50  # about two seconds of the rate


@pytest.mark.slow
async def test_one_message_without_an_answer_and_a_flood_wait_delay_no_other_for_long(any_world: World) -> None:
    world = any_world
    people = await world.customers(MANY, due_in_days=0)
    hanging, flooded = people[0].user_id, people[MANY // 2].user_id
    world.telegram.faults.next("sendMessage", delay_s=30, drop="before", chat_id=hanging)
    world.telegram.faults.next("sendMessage", retry_after=1, chat_id=flooded)
    await world.program.start()

    async def all_others() -> bool:
        return len(await world.accepted()) == MANY - 1

    await until(all_others, "a reminder to everybody else")
    code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    assert world.sent_to(people) == Counter({person.user_id: int(person.user_id != hanging) for person in people})
    assert await tries(world, hanging) == ["in_doubt"]


@pytest.mark.slow
async def test_a_full_window_is_written_down_at_the_end_and_what_had_not_left_comes_later(any_world: World) -> None:
    world = any_world
    people = await world.customers(MANY, due_in_days=0)
    world.telegram.faults.next("sendMessage", delay_s=3, times=MANY)
    many = world.telegram.when("sendMessage", moment="arrived", number=MANY // 2)
    await world.program.start(until="")
    await many.has_sprung()
    code, took_s = await world.program.stop()
    assert code == 0
    assert took_s < ENDS_WITHIN_S
    arrived = {call.chat_id for call in world.telegram.arrived if call.method == "sendMessage"}
    assert await world.accepted() == arrived
    assert await claimed(world) == 0
    world.telegram.faults.clear()
    await world.program.start()
    await until(world.all_accepted, "a reminder to everybody")
    assert set(world.sent_to(people).values()) == {1}


async def tries(world: World, user_id: int) -> list[str | None]:
    async with world.db.read() as conn:
        query = select(contacts.c.reason).where(contacts.c.customer_id == f"C{user_id}", contacts.c.kind == "reminder")
        return list((await conn.execute(query)).scalars())


async def claimed(world: World) -> int:
    async with world.db.read() as conn:
        return len((await conn.execute(select(notices.c.notice_id).where(notices.c.state == "claimed"))).all())
