"""What is due soon or late, and who is told: the owner, the group, supervisors."""

from __future__ import annotations

from bot.sandbox import LocalTelegram, Person
from bot.work.operations.monitoring import look
from bot.work.reminders.channel_setup import channel_names
from tests.conversations.cases.asking import asks, case_of, heard, opens_the_bot
from tests.conversations.conftest import World


async def test_what_nobody_has_is_said_to_the_group_before_it_is_due(
    world: World, anna: Person, ming: Person, sue: Person
) -> None:
    await world.agent(sue, "Sue", role="supervisor")
    await opens_the_bot(sue)
    await asks(world, anna)
    await asks(world, ming, "C2", "Ming Wang")
    await world.pass_time(minutes=44)
    assert not [m for m in world.group.general if "Due soon" in m.text]
    await world.pass_time(minutes=1)
    await world.group.hears("nobody is on them: 2 cases", topic=None)
    await world.pass_time(minutes=14)
    assert not heard(sue, "Late")
    await world.pass_time(minutes=1)
    await sue.hears("Late: 2 cases")
    await world.pass_time(hours=1)
    assert len(heard(sue, "Late")) == 1
    assert len([m for m in world.group.general if "Due soon" in m.text]) == 1


async def test_the_owner_is_reminded_in_private_and_an_answer_is_what_helps(
    world: World, anna: Person, mei: Person, sue: Person
) -> None:
    await world.agent(sue, "Sue", role="supervisor")
    await opens_the_bot(mei, sue)
    thread = await asks(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    await world.pass_time(minutes=40)
    mei.say_in(world.group, "/note thinking", topic=thread)
    await world.app.catch_up()
    await world.pass_time(minutes=5)
    reminder = await mei.hears("Due soon: 1 case of yours")
    assert "answer by 2 Mar 2026, 1:00 pm" in reminder.text
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    await world.pass_time(minutes=30)
    assert not heard(sue, "Late")
    assert (await case_of(world)).due_kind == "next_action"


async def test_an_owner_who_cannot_be_told_in_private_is_reminded_in_the_topic(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    await world.pass_time(minutes=45)
    await world.group.hears("Something is due here soon", topic=thread)


async def test_an_alarm_goes_to_those_who_can_be_told(
    world: World, anna: Person, telegram: LocalTelegram, sue: Person
) -> None:
    tom = telegram.person(3004, "Tom", "en")
    await world.agent(sue, "Sue", role="supervisor")
    await world.agent(tom, "Tom", role="supervisor")
    await opens_the_bot(sue, tom)
    sue.block()
    await asks(world, anna)
    await world.pass_time(minutes=60)
    await tom.hears("Late: 1 case")


async def test_a_supervisor_who_is_away_is_left_in_peace(
    world: World, anna: Person, telegram: LocalTelegram, sue: Person
) -> None:
    tom = telegram.person(3004, "Tom", "en")
    world.group.add(tom)
    await world.agent(sue, "Sue", role="supervisor")
    await world.agent(tom, "Tom", role="supervisor")
    await opens_the_bot(sue, tom)
    sue.say_in(world.group, "/away")
    await world.group.hears("You are away", topic=None)
    await asks(world, anna)
    await world.pass_time(minutes=60)
    await tom.hears("Late: 1 case")
    assert not heard(sue, "Late")


async def test_an_alarm_that_nobody_heard_is_told_later_and_is_a_trouble(
    world: World, anna: Person, sue: Person
) -> None:
    await world.agent(sue, "Sue", role="supervisor")
    await asks(world, anna)
    await world.pass_time(minutes=66)
    assert (await case_of(world)).due_told != "alarmed"
    parts = world.app.parts
    found = await look(world.db, parts.policies, parts.settings, channel_names(parts.settings), world.clock.now())
    assert ("deadline_unheard", 1) in [(trouble.kind, trouble.count) for trouble in found]
    await opens_the_bot(sue)
    await world.pass_time(minutes=1)
    await sue.hears("Late: 1 case")


async def test_at_night_nothing_is_due(world: World, anna: Person, sue: Person) -> None:
    await world.agent(sue, "Sue", role="supervisor")
    await opens_the_bot(sue)
    await world.pass_time(hours=5, minutes=30)  # 17:30
    await asks(world, anna)
    await world.pass_time(hours=15, minutes=59)  # 9:29 the next day
    assert not heard(sue, "Late")
    await world.pass_time(minutes=1)
    await sue.hears("Late: 1 case")
