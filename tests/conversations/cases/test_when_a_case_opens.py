"""When a person takes over: after how many days, at whose word, and what the card of the case tells."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.agreements.owing import reasons_of_cases
from tests.conversations.cases.overdue import overdue
from tests.conversations.conftest import World


async def test_five_days_overdue_is_a_case_with_a_card(world: World, anna: Person) -> None:
    thread = await overdue(world, anna)
    card = await world.group.hears("Case #1", topic=thread)
    assert "1,200.00" in card.text
    assert "A…" in card.text
    assert "5 days" in card.text


async def test_the_card_tells_what_was_sent_and_answered(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=-3)
    await world.link("C1", anna)
    await world.app.catch_up()
    anna.say("I will pay on Friday")
    await anna.hears("person")
    await world.pass_time(days=2)
    card = await world.group.hears("Case #1", topic=(await world.topic_of()).thread_id)
    assert "3 days overdue" in card.text
    assert "I will pay on Friday" in card.text


async def test_four_days_overdue_and_reached_is_no_case(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await world.owes("C1", "I1", days=-1)
    await world.app.catch_up()
    await world.pass_time(days=3)
    assert not await reasons_of_cases(world)
    await world.pass_time(days=1)
    assert await reasons_of_cases(world) == ["overdue"]
    assert not world.group.topics, "nobody works on it yet"


async def test_four_days_overdue_and_not_reached_is_a_case(world: World) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=-4)
    await world.app.catch_up()
    topic = await world.topic_of()
    await world.group.hears("cannot be reached", topic=topic.thread_id)


async def test_a_closed_case_rests_and_comes_again(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done unreachable", topic=thread)
    await world.group.hears("rests until Thu, 5 Mar", topic=thread)
    await world.pass_time(days=3)
    assert len(await reasons_of_cases(world)) == 1
    await world.pass_time(days=1)
    assert len(await reasons_of_cases(world)) == 2
    again = await world.topic_of()
    assert again.thread_id == thread, "the talk goes on where it was"
    assert again.name == "#2 · overdue 9 days · English"
    assert not again.closed


async def test_a_promise_that_is_kept_ends_well(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("overdue rests until", topic=thread)
    await world.pays("P1", "I-C1", "1200.00")
    await world.pass_time(days=9)
    assert len(world.group.topics) == 1


async def test_a_promise_that_is_broken_brings_the_case_back(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("overdue rests until", topic=thread)
    await world.pass_time(days=8)
    topic = await world.topic_of()
    assert topic.thread_id == thread
    await world.group.hears("promise not kept", topic=topic.thread_id)


async def test_asking_for_a_person_opens_a_case(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("person")
    topic = await world.topic_of()
    await world.group.hears("Case #1", topic=topic.thread_id)


async def test_what_was_written_before_asking_comes_along(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("I lost my job <b>")
    await anna.hears("")
    anna.press("Talk to a person")
    topic = await world.topic_of()
    await world.group.hears("I lost my job <b>", topic=topic.thread_id)


async def test_asking_twice_is_one_case(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    for _ in range(3):
        anna.say("/agent")
        await anna.hears("")
    await world.app.catch_up()
    assert len(world.group.topics) == 1


async def test_who_blocks_the_bot_with_something_due_becomes_a_case(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=2)
    await world.link("C1", anna)
    anna.block()
    await world.app.catch_up()
    topic = await world.topic_of()
    card = await world.group.hears("Case #1", topic=topic.thread_id)
    assert "cannot be reached" in card.text


async def test_who_is_deactivated_becomes_a_case_when_a_reminder_is_refused(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    anna.deactivate()
    await world.app.catch_up()
    await world.topic_of()


async def test_who_blocks_and_owes_nothing_is_left_alone(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.block()
    await world.app.catch_up()
    assert not await reasons_of_cases(world)
