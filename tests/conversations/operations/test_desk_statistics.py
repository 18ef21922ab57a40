"""`/stats` and `/bulk`: what supervisors see of the desk, and what they do to many cases."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import Person
from tests.conversations.conftest import World
from tests.conversations.topics.test_topic_header import overdue


async def supervised(world: World, bob: Person) -> None:
    await world.agent(bob, "Bob", role="supervisor")
    bob.say("/start")
    await bob.hears("")


async def test_a_supervisor_sees_figures_and_a_picture_in_the_group(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    await supervised(world, bob)
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    bob.say_in(world.group, "/stats")
    text = await world.group.hears("The desk", topic=None)
    assert "Mei: has 1, answered 1" in text.text
    assert "First answers in time: 1 of 1 (100 %)" in text.text
    picture = await world.group.hears("The last 7 days", topic=None, timeout=30)
    assert picture.photo is not None
    assert 5_000 < picture.photo["file_size"] < 300_000


async def test_a_supervisor_sees_them_in_private_too(world: World, bob: Person) -> None:
    await supervised(world, bob)
    bob.say("/stats 30")
    await bob.hears("The last 30 days")
    picture = await bob.hears("The last 30 days", timeout=30)
    assert picture.photo is not None


async def test_a_period_that_is_none_says_what_is(world: World, bob: Person) -> None:
    await supervised(world, bob)
    bob.say_in(world.group, "/stats 366")
    await world.group.hears("/stats 30", topic=None)


async def test_an_agent_is_told_that_it_is_for_supervisors(world: World, mei: Person) -> None:
    for said in ("/stats", "/bulk release Bob"):
        mei.say_in(world.group, said)
        await world.group.hears("This is for supervisors", topic=None)


async def test_in_private_an_agent_and_a_stranger_hear_what_they_would_to_any_word(
    world: World, mei: Person, stranger: Person
) -> None:
    for person in (mei, stranger):
        person.say("/stats")
        heard = await person.hears("")
        assert "desk" not in heard.text


async def test_many_cases_go_to_another_agent_after_a_press(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    await supervised(world, bob)
    mei.say("/start")
    await mei.hears("")
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    bob.say_in(world.group, "/bulk move mei bob")
    asked = await world.group.hears("gives 1 case to Bob", topic=None)
    assert "Yes, do it" in asked.buttons
    mei.press_in(world.group, "Yes, do it")
    await world.app.catch_up()
    bob.press_in(world.group, "Yes, do it")
    await world.group.hears("1 case is with Bob now", topic=None)
    await mei.hears("Bob gave 1 of your cases to Bob")
    bob.press_in(world.group, "Yes, do it")
    await world.group.hears("done already", topic=None)
    mei.say_in(world.group, "Hello", topic=thread)
    await world.group.hears("Bob has this case", topic=thread)


async def test_a_press_ten_minutes_later_does_nothing(world: World, anna: Person, bob: Person) -> None:
    await supervised(world, bob)
    await overdue(world, anna)
    bob.say_in(world.group, "/bulk hold 7 reason:overdue")
    await world.group.hears("on hold for 7 days", topic=None)
    world.clock.move(timedelta(minutes=11))
    bob.press_in(world.group, "Yes, do it")
    await world.group.hears("asked too long ago", topic=None)
