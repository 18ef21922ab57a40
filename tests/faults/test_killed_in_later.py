"""The program is killed around `/later`: after the words are written, and while they are handed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from storage.schema import held_words, relays
from tests.faults.killed_in_later import ONCE
from tests.faults.program import until
from tests.faults.world import World


async def states(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(held_words.c.state))).scalars())


async def time_has_come(world: World) -> None:
    async with world.db.write() as conn:
        await conn.execute(update(held_words).values(send_at=datetime.now(UTC) - timedelta(seconds=1)))


async def handed_over(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(relays.c.state).where(relays.c.direction == "out"))).scalars())


@pytest.mark.slow
async def test_words_for_later_are_neither_lost_nor_doubled(world: World) -> None:
    telegram, group, program = world.telegram, world.group, world.program
    program.module = "tests.faults.killed_in_later"
    await world.agents()
    [anna] = await world.customers(1)
    anna.say("/agent")
    await program.start()
    topic = (await group.topic_opened(timeout=60)).thread_id
    await until(world.cases_settled, "a topic with its card")

    async def kept() -> bool:
        return await states(world) == ["later"]

    world.mei.say_in(group, "/later 15:00 See you later", topic=topic)
    await until(kept, "the words for later")
    await program.killed()
    await world.a_minute_passes()

    await time_has_come(world)
    await program.start(until="")  # perhaps the message that wrote them is looked at once more
    await program.ended()  # it was killed in the transaction that hands them over
    assert (program.folder / ONCE).exists()
    assert (await states(world), await handed_over(world)) == (["later"], [])
    await world.a_minute_passes()

    telegram.faults.next("sendMessage", drop="before", chat_id=anna.user_id)
    handing = telegram.when("sendMessage", program.kill, moment="arrived", chat_id=anna.user_id)
    await program.start(until="")
    await handing.has_sprung()
    await program.killed()
    await world.a_minute_passes()

    await program.start()
    await anna.hears("See you later", timeout=60)
    await world.settled()
    assert await states(world) == ["sent"]
    assert len(await handed_over(world)) == 1
    assert [message.text for message in anna.inbox if "See you later" in message.text] == ["See you later"]
