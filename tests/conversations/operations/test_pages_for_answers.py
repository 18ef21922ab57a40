"""A server does what it is asked but answers with a web page, once for each kind of call: nothing is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases
from tests.conversations.conftest import World

# Of sendMessage and createForumTopic, whose answers hold a number, is told in tests/channels/test_odd_answers.py.
CALLS = (
    pytest.param("getUpdates", marks=pytest.mark.slow),
    *("closeForumTopic", "editMessageText", "pinChatMessage", "editForumTopic"),
)


@pytest.mark.parametrize("call", CALLS)
async def test_a_case_goes_from_its_beginning_to_its_end(world: World, anna: Person, mei: Person, call: str) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    world.telegram.faults.next(call, answer=lambda _: b"<html>Sign in to this network</html>", times=2)
    anna.say("/agent")
    await anna.hears("asked a person")
    topic = await world.group.topic_opened("#1", timeout=20)
    await world.group.hears("Case #1", topic=topic.thread_id, timeout=20)
    mei.say_in(world.group, "Hello Anna", topic=topic.thread_id)
    await anna.hears("Hello Anna", timeout=20)
    anna.say("my question")
    await world.group.hears("my question", topic=topic.thread_id, timeout=20)
    mei.say_in(world.group, "/done other", topic=topic.thread_id)
    await world.group.hears("Closed", topic=topic.thread_id, timeout=20)
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.state))).scalar_one() == "closed"
