"""What a customer is told when a case ends in which an agent had written, and whom a reminder names while it is
open."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.conftest import World

THANKS = "Your payment has arrived"


async def talking(world: World, anna: Person, mei: Person) -> int:
    """Anna is five days overdue and Mei has written to her: the topic."""
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=-5)
    await world.link("C1", anna)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    return thread


def thanks(person: Person) -> int:
    return sum(THANKS in m.text for m in person.inbox)


async def test_payment_in_full_after_a_talk_is_thanked_for_once(world: World, anna: Person, mei: Person) -> None:
    await talking(world, anna, mei)
    await world.pays("P1", "I1", "1200.00")
    await world.app.catch_up()
    await anna.hears(THANKS)
    await world.pass_time(days=1)
    assert thanks(anna) == 1


async def test_at_night_nobody_is_thanked_nor_the_next_morning(world: World, anna: Person, mei: Person) -> None:
    thread = await talking(world, anna, mei)
    await world.pass_time(hours=10)  # 22:00
    await world.pays("P1", "I1", "1200.00")
    await world.pass_time(hours=24)
    assert world.group.topic(thread).closed
    assert thanks(anna) == 0


async def test_without_a_talk_nobody_is_thanked(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=-5)
    await world.link("C1", anna)
    await world.app.catch_up()
    await world.pays("P1", "I1", "1200.00")
    await world.app.catch_up()
    assert thanks(anna) == 0


async def test_who_turned_reminders_off_is_not_thanked(world: World, anna: Person, mei: Person) -> None:
    await talking(world, anna, mei)
    anna.say("/stop")
    await anna.hears("")
    await world.pays("P1", "I1", "1200.00")
    await world.app.catch_up()
    assert thanks(anna) == 0


async def test_a_case_closed_by_an_agent_as_paid_is_not_thanked_for_again(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await talking(world, anna, mei)
    mei.say_in(world.group, "/done paid", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.app.catch_up()
    assert thanks(anna) == 0


async def test_a_reminder_names_who_looks_after_the_case(world: World, anna: Person, mei: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("")
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    await world.owes("C1", "I1", days=1)  # only now: a reminder may leave as soon as a debt is known
    await world.app.catch_up()
    await anna.hears("Mei is looking after this with you")


async def test_a_waiting_case_names_nobody(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=1)
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("")
    await world.pass_time(days=1)
    reminder = await anna.hears("A short note")
    assert "looking after" not in reminder.text


async def test_a_reminder_has_a_way_out_for_everyone(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    await world.app.catch_up()
    reminder = await anna.hears("A short note")
    assert reminder.buttons == ["Pay", "Other ways"]
    text = reminder.text
    anna.press("Other ways")
    ways = ["Choose a day to pay", "Something’s not right", "Talk to a person", "Settings", "Back"]
    opened = await anna.hears("A short note")
    assert (opened.message_id, opened.text, opened.buttons) == (reminder.message_id, text, ["Pay", *ways])
    anna.press("Back")
    assert (await anna.hears("A short note")).buttons == ["Pay", "Other ways"]
    anna.press("Other ways")
    await anna.hears("A short note")
    anna.press("Choose a day to pay")
    await anna.hears("Which day")
    anna.press("Back")
    await anna.hears("Your due dates")
    anna.press("Something’s not right")
    await anna.hears("Which one")
