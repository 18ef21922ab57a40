"""`/console`: agents get a way in, in private only; to anybody else it is a word like any other."""

from __future__ import annotations

import re

from bot.sandbox import Person
from bot.work.operations.console_access import is_way_in
from tests.conversations.conftest import World


async def test_an_agent_gets_a_way_into_the_console_in_private_and_nobody_else_any(
    world: World, mei: Person, stranger: Person
) -> None:
    for person in (mei, stranger):
        person.say("/start")
        await person.hears("")
    mei.say_in(world.group, "/console")
    said = await world.group.hears("in private", topic=None)
    assert "/console/in/" not in said.text
    mei.say("/console")
    way = re.search(r"(http://127\.0\.0\.1:\d+)/console/in/(\S+)", (await mei.hears("/console/in/")).text)
    assert way is not None
    assert world.app.web_side is not None
    assert way[1] == world.app.web_side.address
    assert await is_way_in(world.db, way[2], world.clock.now())
    heard = len(stranger.inbox)
    stranger.say("/console")
    await world.app.catch_up()
    assert stranger.inbox[heard:]
    assert not [m for m in stranger.inbox if "/console/in/" in m.text]
