"""`/day` in private: what an agent did, in order; a colleague's day is for supervisors."""

from __future__ import annotations

import re

from bot.sandbox import LocalTelegram, Person
from tests.conversations.cases.asking import asks, opens_the_bot
from tests.conversations.conftest import World


async def test_an_agent_reads_their_own_day_and_a_supervisor_anybodys(
    world: World, telegram: LocalTelegram, anna: Person, mei: Person, bob: Person
) -> None:
    sue = telegram.person(3003, "Sue", "en")
    world.group.members.append(sue)
    await world.agent(sue, "Sue", role="supervisor")
    await opens_the_bot(mei, bob, sue)
    thread = await asks(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    await world.app.catch_up()
    await world.pass_time(minutes=5)
    mei.say_in(world.group, "/done other", topic=thread)
    await world.app.catch_up()
    mei.say_in(world.group, "/away")
    await world.group.hears("away")
    await world.pass_time(minutes=7)
    mei.say_in(world.group, "/back")
    await world.group.hears("back")
    mei.say("/day")
    text = (await mei.hears("Mei, 2 Mar 2026")).text
    assert re.search(r"12:05\Wpm away\n12:12\Wpm back", text), text
    assert 0 < text.index("Mei takes") < text.index("Closed")
    assert "to the customer" in text
    sue.say("/day Mei")
    assert "to the customer" in (await sue.hears("Mei, 2 Mar 2026")).text
    sue.say("/day Mei yesterday")
    await sue.hears("Nothing is recorded")
    bob.say("/day Mei")
    assert "to the customer" not in (await bob.hears("for supervisors")).text
    bob.say("/day some day")
    await bob.hears("Which day?")
    anna.say("/day")
    await world.app.catch_up()
    assert not [m for m in anna.inbox if "2 Mar 2026" in m.text and "Mei" in m.text]
    mei.say_in(world.group, "/day")
    await world.group.hears("in private", topic=None)


async def test_a_break_is_shown_while_it_lasts(world: World, mei: Person) -> None:
    await opens_the_bot(mei)
    mei.say_in(world.group, "/shift mon-fri 9:00-12:10 13:00-18:00")
    await world.group.hears("12:10")
    mei.say("/day")
    assert "break" not in (await mei.hears("Mei, 2 Mar 2026")).text
    await world.pass_time(minutes=15)
    mei.say("/day")
    assert re.search(r"12:10\Wpm break until 1:00\Wpm", (await mei.hears("Mei, 2 Mar 2026")).text)
