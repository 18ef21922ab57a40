"""A customer is called when it suits them: the times to choose from, and the case that waits until then."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases
from tests.conversations.conftest import World

PHONE = "+886912345678"


async def linked(world: World, person: Person, language: str = "en", phone: str = PHONE) -> None:
    await world.customer("C1", name="Anna Lee", language=language, phone=phone)
    await world.link("C1", person)


async def call_at(world: World) -> datetime | None:
    async with world.db.read() as conn:
        return (await conn.execute(select(cases.c.call_at))).scalar()


async def test_who_has_a_number_may_choose_a_time(world: World, anna: Person, mei: Person) -> None:
    await linked(world, anna)
    anna.say("/agent")
    await anna.hears("I’ve asked a person to join")
    anna.press("Book a call")
    offered = await anna.hears("When may we call you?")
    assert offered.buttons[:2] == ["Mon, 2 Mar, 12:30", "Mon, 2 Mar, 15:00"]
    anna.press("Mon, 2 Mar, 15:00")
    await anna.hears("We’ll call you Mon, 2 Mar, 15:00")
    await world.app.catch_up()
    await world.group.hears("would like a call: 2 Mar 2026, 3:00 pm")
    await world.group.hears("Would like a call: 2 Mar 2026, 3:00 pm, their time")  # on the card
    assert await call_at(world) == datetime(2026, 3, 2, 7, tzinfo=UTC)
    mei.say_in(world.group, "/next")
    await world.group.hears("Nobody is waiting")
    await world.pass_time(hours=3)
    await world.group.hears("It’s time for the call that the customer asked for: 2 Mar 2026, 3:00 pm")
    mei.say_in(world.group, "/next")
    await world.group.hears("is yours")


async def test_without_a_case_the_choice_opens_one(world: World, ming: Person) -> None:
    await linked(world, ming, "zh-Hans", "+8613800000001")
    ming.say("/settings")
    await ming.hears("您的设置")
    ming.press("预约回电")
    await ming.hears("什么时候方便给您打电话")
    ming.press_data("call:20260302T0800")
    await ming.hears("号码就用您留给")
    await world.app.catch_up()
    assert len(world.group.topics) == 1


async def test_its_owner_is_told_in_private_when_it_is_time(world: World, anna: Person, mei: Person) -> None:
    await linked(world, anna)
    mei.say("/start")
    await mei.hears("")
    anna.say("/agent")
    await anna.hears("")
    await world.app.catch_up()
    mei.say_in(world.group, "/take", topic=world.group.topics[-1].thread_id)
    await world.group.hears("is yours")
    anna.press_data("call:20260302T0800")
    await anna.hears("We’ll call you")
    await world.pass_time(hours=4)
    async with world.db.read() as conn:
        row = (await conn.execute(select(cases))).one()
    assert (row.owner_id, row.snoozed_until, row.call_at, row.due_kind) == (mei.user_id, None, None, "call_back")


async def test_the_time_can_be_changed_and_taken_back(world: World, anna: Person) -> None:
    await linked(world, anna)
    anna.say("call me")
    await anna.hears("When may we call you?")
    anna.press_data("call:20260302T0800")
    await anna.hears("We’ll call you Mon, 2 Mar, 16:00")
    anna.press("Another time")
    await anna.hears("You’ll be called Mon, 2 Mar, 16:00")
    anna.press_data("call:20260303T0200")
    await anna.hears("We’ll call you Tue, 3 Mar, 10:00")
    assert await call_at(world) == datetime(2026, 3, 3, 2, tzinfo=UTC)
    anna.press("No call, thanks")
    await anna.hears("we won’t call you")
    await world.app.catch_up()
    await world.group.hears("no longer wants to be called")
    assert await call_at(world) is None
    anna.press_data("call:no")
    await anna.hears("No call is agreed on")


async def test_a_time_that_cannot_be_is_refused_with_others(world: World, anna: Person) -> None:
    await linked(world, anna)
    for forged in ("20260302T0300", "20260302T0817", "20260302T1500", "20270302T0800", "20261399T9999"):
        anna.say("/help")
        await anna.hears("automated assistant")
        anna.press_data(f"call:{forged}")
        told = await anna.hears("That time has just gone")
        assert "Mon, 2 Mar, 12:30" in told.buttons
    assert not world.group.topics


async def test_without_a_number_nothing_is_offered(world: World, anna: Person) -> None:
    await linked(world, anna, phone="")
    anna.say("/agent")
    told = await anna.hears("I’ve asked a person to join")
    assert not told.buttons
    anna.press_data("call:20260302T0800")
    await anna.hears("don’t have a phone number")
    assert await call_at(world) is None


async def test_who_is_not_linked_is_not_called(world: World, stranger: Person) -> None:
    stranger.say("/start")
    await stranger.hears("two ways to link")
    stranger.press_data("call:20260302T0800")
    await stranger.hears("two ways to link")
    assert not world.group.topics
