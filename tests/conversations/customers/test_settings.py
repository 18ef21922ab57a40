"""Customers change how they are written to: each change in place, at once, and taken back with one press."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import customers, notices
from tests.conversations.agreements.owing import owing, reminders
from tests.conversations.conftest import World


async def row(world: World, customer_id: str = "C1") -> Any:
    async with world.db.read() as conn:
        return (await conn.execute(select(customers).where(customers.c.customer_id == customer_id))).one()


async def waiting(world: World) -> list[Any]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(notices).order_by(notices.c.notice_id))).all())


async def settings(person: Person) -> None:
    person.say("/settings")
    await person.hears("Your settings")


async def test_the_hour_is_chosen_in_place_and_taken_back(world: World, anna: Person) -> None:
    await owing(world, anna, 20)
    await settings(anna)
    before = len(anna.inbox)
    anna.press("Hour")
    await anna.hears("From which hour")
    anna.press("18:00")
    await anna.hears("At the earliest: 18:00")
    assert (await row(world)).remind_hour == 18
    anna.press("Undo")
    await anna.hears("At the earliest: 09:00, as usual")
    assert (await row(world)).remind_hour is None
    assert len(anna.inbox) == before  # one message all the while


async def test_a_reminder_comes_at_the_chosen_hour(world: World, anna: Person) -> None:
    await owing(world, anna, 4)
    await settings(anna)
    anna.press("Hour")
    await anna.hears("From which hour")
    anna.press("18:00")
    await anna.hears("18:00")
    await world.pass_time(hours=29, minutes=30)  # from noon to half past five of the day on which it is due
    assert reminders(anna) == []
    await world.pass_time(hours=1)
    assert len(reminders(anna)) == 1


async def test_a_reminder_that_waits_comes_sooner_when_the_hour_is_taken_back(world: World, anna: Person) -> None:
    await owing(world, anna, 4)
    await settings(anna)
    anna.press("Hour")
    await anna.hears("From which hour")
    anna.press("19:00")
    await anna.hears("19:00")
    await world.pass_time(days=1)
    [notice] = await waiting(world)
    assert notice.state == "planned"
    anna.press("Undo")
    await anna.hears("as usual")
    await world.pass_time(minutes=5)
    assert len(reminders(anna)) == 1


async def test_a_pause_ends_by_itself(world: World, anna: Person) -> None:
    await owing(world, anna, 4)
    await settings(anna)
    anna.press("Pause")
    await anna.hears("Through which day")
    anna.press("Wed, 4 Mar")
    await anna.hears("they pause through Wed, 4 Mar")
    await world.pass_time(days=2)
    assert reminders(anna) == []
    await world.pass_time(days=1)
    assert reminders(anna) != []


async def test_who_asks_for_a_pause_in_words_can_have_it_in_place_of_the_end(world: World, anna: Person) -> None:
    await owing(world, anna, 4)
    anna.say("please pause the reminders for two weeks")
    assert "Only pause them" in (await anna.hears("I won’t send you any more reminders")).buttons
    anna.press("Only pause them")
    await anna.hears("Through which day")
    anna.press("Wed, 4 Mar")
    await anna.hears("they pause through Wed, 4 Mar")
    await world.pass_time(days=3)
    assert reminders(anna) != []


async def test_more_and_fewer(world: World, anna: Person) -> None:
    await owing(world, anna, 7)
    await settings(anna)
    anna.press("How many")
    await anna.hears("How many reminders")
    anna.press("more")
    await anna.hears("How many: more")
    await world.pass_time(hours=1)
    assert len(reminders(anna)) == 1  # a week ahead, for those who want more
    anna.press("Undo")
    await anna.hears("How many: as usual")
    assert (await row(world)).how_often is None


async def test_the_zone_is_chosen_and_stays_when_the_wallet_speaks(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await settings(anna)
    anna.press("Time zone")
    await anna.hears("Where in the world")
    anna.press("Europe")
    await anna.hears("Which place")
    anna.press("Berlin")
    await anna.hears("Time zone: Berlin (your choice)")
    await world.customer("C1", zone="Asia/Tokyo")
    assert (await row(world)).zone == "Europe/Berlin"
    await settings(anna)
    anna.press("Time zone")
    await anna.hears("Where in the world")
    anna.press("As the wallet says")
    await anna.hears("Time zone: Tokyo")
    assert (await row(world)).zone == "Asia/Tokyo"


async def test_the_words_of_a_region(world: World, anna: Person) -> None:
    await world.customer("C1", language="zh-Hant")
    await world.link("C1", anna)
    anna.say("/settings")
    await anna.hears("地區用詞：隨所在地")
    anna.press("地區用詞")
    await anna.hears("哪個地區的用詞")
    anna.press("香港")
    await anna.hears("地區用詞：香港")
    anna.say("/balance")
    await anna.hears("剩餘待還")
    anna.press("復原")
    await anna.hears("隨所在地")


async def test_an_old_or_forged_button_changes_nothing(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await settings(anna)
    for data in (
        "hour:3",
        "hour:99",
        "often:never",
        "pause:2030-01-01",
        "channels:fax",
        "zone:Mars/Olympus",
        "words:HK",
    ):
        anna.press_data(f"set:{data}")
        await anna.hears("can’t be chosen any more")
        anna.press("Settings")
        await anna.hears("Your settings")
    found = await row(world)
    assert [found.remind_hour, found.how_often, found.paused_until, found.channel_order, found.chosen_zone] == [
        None
    ] * 5
