"""A case rests by `/snooze`: until when, and what ends it earlier."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.cases.asking import asks, case_of, heard, kinds_of, opens_the_bot
from tests.conversations.conftest import World


async def test_a_rest_ends_by_real_words_and_not_by_a_nod(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    await opens_the_bot(mei)
    mei.say_in(world.group, "I will write on Friday", topic=thread)
    await anna.hears("on Friday")
    mei.say_in(world.group, "/snooze friday 10:00", topic=thread)
    await world.group.hears("rests until 6 Mar 2026, 10:00 am", topic=thread)
    for nod in ("OK", "好的", "👍", "谢谢！", "Thank you"):
        anna.say(nod)
        await world.group.hears(nod, topic=thread)
    assert (await case_of(world)).snoozed_until is not None
    assert (await case_of(world)).waits_since is None
    anna.say("I have lost my job")
    await world.group.hears("lost my job", topic=thread)
    await world.app.catch_up()
    await mei.hears("#1: the customer has written")
    case = await case_of(world)
    assert (case.snoozed_until, case.owner_id, case.due_kind) == (None, mei.user_id, "first_answer")


async def test_a_rest_that_is_over_is_its_owners_again(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    await opens_the_bot(mei)
    mei.say_in(world.group, "/snooze 明天", topic=thread)
    await world.group.hears("rests until 3 Mar 2026, 9:00 am", topic=thread)
    await world.pass_time(hours=20, minutes=59)
    assert not heard(mei, "rested")
    await world.pass_time(minutes=1)
    await mei.hears("#1 has rested until today")
    assert (await case_of(world)).owner_id == mei.user_id


async def test_a_day_that_cannot_be_is_refused_with_one_that_can(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/snooze 2026-03-01", topic=thread)
    await world.group.hears("/snooze 2026-03-05 10:00", topic=thread)
    assert (await case_of(world)).snoozed_until is None


async def test_a_rest_is_ended_before_its_day_and_the_case_stays(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "I will look into it", topic=thread)
    await anna.hears("look into it")
    mei.say_in(world.group, "/snooze friday", topic=thread)
    await world.group.hears("This case rests until", topic=thread)
    await world.pass_time(hours=20)
    mei.say_in(world.group, "/snooze 取消", topic=thread)
    await world.group.hears("rests no more", topic=thread)
    await world.app.catch_up()
    case = await case_of(world)
    assert (case.snoozed_until, case.owner_id, case.worked_at) == (None, mei.user_id, world.clock.now())
    assert (case.due_kind, case.due_at > world.clock.now()) == ("next_action", True)
    assert await kinds_of(world, "snooze_off") == 1


async def test_what_does_not_rest_is_said_not_to(world: World, anna: Person, mei: Person) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/snooze off", topic=thread)
    await world.group.hears("does not rest", topic=thread)
    assert (await case_of(world)).owner_id is None


async def test_a_rest_of_anothers_case_is_not_for_others_to_end(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    thread = await asks(world, anna)
    mei.say_in(world.group, "/snooze friday", topic=thread)
    await world.group.hears("This case rests until", topic=thread)
    bob.say_in(world.group, "/snooze off", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    assert (await case_of(world)).snoozed_until is not None
