"""What agents write to the bot in private that works in their group only, or nowhere."""

from __future__ import annotations

import pytest

from bot.sandbox import LocalTelegram, Person
from bot.work.cases.casework import remove_agent
from tests.conversations.conftest import World


@pytest.mark.parametrize("written", ["/shift mon-fri 9-18", "/NEXT", "/reassign@duebot_demo_bot Mei", "/done\nother"])
async def test_a_command_of_the_group_is_for_the_group(world: World, mei: Person, written: str) -> None:
    command = written.split()[0].partition("@")[0].lower()
    mei.say(written)
    assert (await mei.hears("agents’ group")).text == f"{command} works in the agents’ group: write it there."
    await world.customer("C9")
    await world.link("C9", mei)
    mei.say(written)
    await mei.hears(f"^{command} works in the agents’ group")


@pytest.mark.parametrize("written", ["hello", "/nothing", "who has case 7?"])
async def test_an_agent_who_is_no_customer_reads_what_works_here(world: World, mei: Person, written: str) -> None:
    mei.say(written)
    assert "don’t know who you are" not in (await mei.hears("/next takes a case")).text


async def test_an_agent_who_is_in_danger_is_answered_as_everybody_is(world: World, mei: Person) -> None:
    mei.say("I want to kill myself")
    assert "agents’ group" not in (await mei.hears("")).text


async def test_an_agent_who_is_a_customer_is_answered_as_one(world: World, mei: Person) -> None:
    await world.customer("C9")
    await world.link("C9", mei)
    mei.say("how much do I owe?")
    await mei.hears("Nothing to pay")


async def test_who_is_no_agent_is_told_nothing_of_a_group(world: World, telegram: LocalTelegram, anna: Person) -> None:
    for person in (anna, telegram.person(2999, "Stranger", "en")):
        person.say("/shift mon-fri 9-18")
        assert "group" not in (await person.hears("")).text
    before = telegram.person(3999, "Zoe", "en")
    await world.agent(before, "Zoe")
    await remove_agent(world.db, before.user_id, world.clock.now())
    before.say("/queue")
    await before.hears("don’t know who you are")
