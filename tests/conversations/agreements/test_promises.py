"""What an agent and a customer agree on by `/promise`, who may, and what is told when the money comes."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from storage.schema import cases
from tests.conversations.agreements.a_case import agreed, case_of, owner, state_of_plans
from tests.conversations.conftest import World


async def test_a_promise_is_noted_told_to_the_customer_and_on_the_card(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/promise 500 friday", topic=thread)
    told = await anna.hears("Mei has noted what you agreed on")
    assert "NT$500.00" in told.text and "6 Mar" in told.text
    assert {"Another day", "Talk to a person"} <= set(told.buttons)
    await world.group.hears("Agreed: NT$500.00 by Fri, 6 Mar", topic=thread)
    await world.app.catch_up()
    await world.group.hears("Promised NT$500.00 by 6 Mar 2026", topic=thread)
    assert await agreed(world) == [("promise", date(2026, 3, 6), 50_000, mei.user_id)]
    assert await owner(world) == mei.user_id  # a case that waited is theirs by it


async def test_a_promise_is_seen_by_a_person_with_one_tap(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("This case is yours", topic=thread)
    anna.press_data(f"promise:{world.in_days(0)}")
    await anna.hears("I’ve passed it on to Mei.")
    await world.app.catch_up()
    await world.group.hears("has promised to pay NT\\$1,200.00", topic=thread)
    bob.press_in(world.group, "I’ve seen it", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    for _ in range(2):
        mei.press_in(world.group, "I’ve seen it", topic=thread)
        await world.group.hears("is yours to look after. The case rests", topic=thread)
    await anna.hears("Mei has seen your promise and will look on Mon, 2 Mar.")
    await world.app.catch_up()
    assert len([m for m in anna.inbox if "has seen your promise" in m.text]) == 1, "a second tap is told once"
    await world.group.hears("Promised NT\\$1,200.00 by 2 Mar 2026 · seen by Mei", topic=thread)
    await world.pass_time(hours=22)
    await anna.hears("Mei will get in touch and look for a way with you.")


async def test_a_kept_promise_that_was_seen_closes_its_case(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,200.00")
    await world.app.catch_up()
    await world.group.hears("has promised to pay", topic=thread)
    mei.press_in(world.group, "I’ve seen it", topic=thread)
    await anna.hears("Mei has seen your promise and will look on Thu, 5 Mar.")
    await world.pays("P1", "I-C1", "1200.00")
    await world.app.catch_up()
    await anna.hears("you’ve kept your promise")
    await world.group.hears("The promise was kept", topic=thread)
    assert world.group.topic(thread).closed


async def test_what_was_moved_or_taken_back_was_not_seen(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,200.00")
    await world.app.catch_up()
    await world.group.hears("has promised to pay", topic=thread)
    mei.press_in(world.group, "I’ve seen it", topic=thread)
    await anna.hears("will look on Thu, 5 Mar")
    anna.press_data(f"promise:{world.in_days(4)}")
    await anna.hears("1,200.00")
    await world.app.catch_up()
    await world.group.hears("by Fri, 6 Mar", topic=thread)
    mei.press_in(world.group, "I’ve seen it", topic=thread)
    await anna.hears("will look on Fri, 6 Mar")
    anna.press_data("promise:cancel")
    await anna.hears("promise is cancelled")
    mei.press_in(world.group, "I’ve seen it", topic=thread)
    await world.group.hears("no promise of their own", topic=thread)


async def test_it_is_told_in_the_customers_language(world: World, ming: Person, mei: Person) -> None:
    thread = await case_of(world, ming, "zh-Hans")
    mei.say_in(world.group, "/promise 全部 明天", topic=thread)
    told = await ming.hears("记下了和您的约定")
    assert "1,200.00" in told.text


async def test_a_promise_that_cannot_be_says_how_it_can(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/promise 1200.01 friday", topic=thread)
    refused = await world.group.hears("more than is owed: NT$1,200.00", topic=thread)
    assert "/promise 500 2026-03-20" in refused.text
    assert await agreed(world) == []
    assert await owner(world) is None  # words that nothing can be done about take no case


async def test_what_was_never_agreed_cannot_be_taken_back(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    for command in ("/promise cancel", "/plan cancel", "/hold cancel", "/hold 0"):
        mei.say_in(world.group, command, topic=thread)
        await world.group.hears("nothing of the kind", topic=thread)


async def test_a_promise_is_taken_back_by_the_agent(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/promise 500 friday", topic=thread)
    await world.group.hears("Agreed", topic=thread)
    mei.say_in(world.group, "/promise cancel", topic=thread)
    await world.group.hears("Taken back", topic=thread)
    assert await agreed(world) == []


async def test_only_the_cases_agent_agrees_anything(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("is yours", topic=thread)
    for command in ("/promise 500 friday", "/plan 3", "/hold 3", "/dispute", "/dispute 1"):
        bob.say_in(world.group, command, topic=thread)
        await world.group.hears("Mei has this case", topic=thread)
    assert await agreed(world) == [] and await state_of_plans(world) == []


async def test_a_supervisor_may(world: World, anna: Person, mei: Person, bob: Person) -> None:
    await world.agent(bob, "Bob", role="supervisor")
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("is yours", topic=thread)
    bob.say_in(world.group, "/promise 500 friday", topic=thread)
    await world.group.hears("Agreed", topic=thread)
    assert await owner(world) == mei.user_id


async def test_nobody_else_does(world: World, anna: Person, stranger: Person) -> None:
    thread = await case_of(world, anna)
    for command in ("/promise 500 friday", "/plan 3", "/hold 3", "/dispute 1"):
        stranger.say_in(world.group, command, topic=thread)
        await world.group.hears("This is for agents", topic=thread)
    stranger.press_data(f"not_right:1:{key_of('I-C1')}")
    await world.app.catch_up()
    assert await agreed(world) == [] and await state_of_plans(world) == []
    assert await owner(world) is None


async def test_whom_nothing_reaches_has_to_be_told_another_way(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    anna.block()
    mei.say_in(world.group, "/promise 500 friday", topic=thread)
    await world.group.hears("could not be told", topic=thread)
    assert len(await agreed(world)) == 1


async def test_a_part_that_comes_in_is_said_at_once_and_a_kept_promise_with_what_is_left(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/promise 500 friday", topic=thread)
    await world.group.hears("Agreed", topic=thread)
    await world.pays("P1", "I-C1", "300.00")
    await world.app.catch_up()
    said = await world.group.hears("came in for I-C1", topic=thread)
    assert said.text == "NT$300.00 came in for I-C1; NT$900.00 left.\nNT$300.00 of NT$500.00 promised came in."
    await world.pays("P2", "I-C1", "200.00")
    await world.app.catch_up()
    kept = await world.group.hears("The promise was kept", topic=thread)
    assert "Still overdue: NT$700.00" in kept.text
    assert await owner(world) == mei.user_id


async def test_a_promise_of_everything_that_is_kept_closes_the_case_and_thanks(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    mei.say_in(world.group, "/promise all friday", topic=thread)
    await world.group.hears("Agreed", topic=thread)
    await world.pays("P1", "I-C1", "1200.00")
    await world.app.catch_up()
    await world.group.hears("The case is closed", topic=thread)
    await anna.hears("Just as agreed. Thank you")
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.outcome))).scalar() == "promised"


async def test_payments_of_one_import_are_one_line(world: World, anna: Person) -> None:
    thread = await case_of(world, anna)
    today = world.today.isoformat()
    await world.import_rows(
        "payment_id,instalment_id,paid_on,amount", ["P1", "I-C1", today, "100.00"], ["P2", "I-C1", today, "200.00"]
    )
    await world.app.catch_up()
    lines = [m.text for m in world.group.messages if "came in" in m.text and m.thread_id == thread]
    assert lines == ["NT$300.00 came in for I-C1; NT$900.00 left."]


async def test_a_reversal_is_said_too(world: World, anna: Person) -> None:
    thread = await case_of(world, anna)
    await world.pays("P1", "I-C1", "300.00")
    await world.pays("P2", "I-C1", "-300.00")
    await world.app.catch_up()
    await world.group.hears("NT$300.00 was reversed for I-C1; NT$1,200.00 left.", topic=thread)
