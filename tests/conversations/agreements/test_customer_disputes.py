"""A customer says that something is not right."""

from __future__ import annotations

from sqlalchemy import select

from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from storage.schema import case_events, holds
from tests.conversations.agreements.owing import owing, promises, reasons_of_cases, reminders
from tests.conversations.conftest import World


async def test_a_dispute_silences_only_its_own_instalment(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=1, amount="111.00")
    await world.owes("C1", "I2", days=2, amount="222.00")
    await world.link("C1", anna)
    anna.say("/dispute")
    await anna.hears("Which one")
    anna.press("Card: NT$111.00, Tue, 3 Mar")
    noted = await anna.hears("A person will look into")
    assert "111.00" in noted.text
    assert "Wed, 1 Apr" in noted.text
    told = len(reminders(anna))
    await world.pass_time(days=3)
    later = reminders(anna)[told:]
    assert later
    assert all("due Wed, 4 Mar" in text and "due Tue, 3 Mar" not in text for text in later)


async def test_a_dispute_is_a_case_with_the_words_that_come_with_it(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("I never bought this")
    await anna.hears("")
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await anna.hears("A person will look into")
    thread = (await world.topic_of()).thread_id
    await world.group.hears("I-C1-0", topic=thread)
    await world.group.hears("I never bought this", topic=thread)
    anna.say("and the date is wrong")
    await world.group.hears("the date is wrong", topic=thread)


async def test_a_dispute_is_noted_in_the_open_case(world: World, anna: Person) -> None:
    await owing(world, anna, -5)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await world.group.hears("isn’t right: Card, 2026-02-25 \\(I-C1-0\\)", topic=thread)
    assert await reasons_of_cases(world) == ["overdue"]


async def test_disputing_twice_is_one_dispute(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    for answer in ("A person will look into", "You’ve told us", "You’ve told us"):
        anna.say("/due")
        await anna.hears("Your due dates")
        anna.press_data(f"dispute:{key_of('I-C1-0')}")
        await anna.hears(answer)
    async with world.db.read() as conn:
        assert len((await conn.execute(select(holds))).all()) == 1
        assert len((await conn.execute(select(case_events).where(case_events.c.kind == "disputed"))).all()) == 1


async def test_nobody_disputes_what_another_owes(world: World, anna: Person, ming: Person) -> None:
    await owing(world, ming, 1, customer="C2")
    await owing(world, anna, 1)
    anna.press_data(f"dispute:{key_of('I-C2-0')}")
    answer = await anna.hears("can’t find")
    assert len([b for b in answer.buttons if "1,200" in b]) == 1  # her own
    async with world.db.read() as conn:
        assert not (await conn.execute(select(holds))).all()


async def test_an_id_as_long_as_the_wallet_likes_can_be_disputed(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I" * 64, days=1)
    await world.link("C1", anna)
    anna.say("/dispute")
    await anna.hears("Which one")
    anna.press("Card: NT$1,200.00, Tue, 3 Mar")
    await anna.hears("A person will look into")


async def test_a_promise_is_not_broken_by_what_is_disputed(world: World, anna: Person) -> None:
    await owing(world, anna, -1, -1)
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await anna.hears("A person will look into")
    anna.press_data(f"promise:{world.in_days(1)}")
    await anna.hears("You’ll pay NT\\$1,200.00")
    await world.pays("P1", "I-C1-1", "1200.00")
    await world.pass_time(days=3)
    assert [why for _, _, why in await promises(world)] == ["kept"]


async def test_a_promise_about_nothing_but_a_dispute_is_neither_kept_nor_broken(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(1)}")
    await anna.hears("1,200.00")
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await anna.hears("A person will look into")
    await world.pass_time(days=3)
    assert [why for _, _, why in await promises(world)] == ["withdrawn"]


async def test_paying_the_rest_does_not_end_a_dispute(world: World, anna: Person) -> None:
    await owing(world, anna, -5, 6)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    anna.press_data(f"dispute:{key_of('I-C1-1')}")
    await anna.hears("A person will look into")
    await world.pays("P1", "I-C1-0", "1200.00")
    await world.app.catch_up()
    assert not world.group.topic(thread).closed
