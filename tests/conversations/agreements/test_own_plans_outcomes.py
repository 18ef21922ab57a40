"""What becomes of a plan that a customer made: an agent decides on it, its parts are spoken of, it is kept, missed,
spread again or ended."""

from __future__ import annotations

from datetime import date

from bot.sandbox import Person
from tests.conversations.agreements.a_case import agreed, state_of_plans
from tests.conversations.agreements.owing import owing, reasons_of_cases
from tests.conversations.agreements.own_plans import answers, asked_for, plan_of_three
from tests.conversations.conftest import World


async def test_beyond_the_limits_an_agent_decides_by_a_button_on_the_card(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("120")
    await anna.hears("On which day")
    anna.say("the 10th")
    shown = await anna.hears("A person looks at this one first")
    assert "until 10 Dec 2026" in shown.text
    anna.press("A: ask for 10 × NT$120.00")
    await anna.hears("I’ve asked a person to look at your plan")
    thread = (await world.topic_of()).thread_id
    card = await world.group.hears("Asks for this plan", topic=thread)
    assert "Can put aside NT$120.00 a month; pay comes on day 10 of the month" in card.text
    await world.group.hears("The customer asks for a plan: NT\\$1,200.00 in 10 parts", topic=thread)
    anna.say("/plan")
    await anna.hears("A person is looking at your plan")
    mei.press_in(world.group, "Agree to the plan", topic=thread)
    await anna.hears("Your plan is set")
    await world.group.hears("The plan is agreed", topic=thread)
    assert await agreed(world) == [("plan", date(2026, 12, 10), 120_000, mei.user_id)]


async def test_an_agent_declines_and_the_customer_chooses_again(world: World, anna: Person, mei: Person) -> None:
    thread = await asked_for(world, anna)
    pressed = mei.press_in(world.group, "Decline", topic=thread)
    await anna.hears("Mei couldn’t agree to the plan")
    await world.group.hears("Declined", topic=thread)
    # Once more, before Telegram took the buttons away on their screen.
    mei.press_data_in(world.group, pressed["data"], pressed["message"])
    await world.group.hears("doesn’t wait for an answer any more", topic=thread)
    anna.press("Pay in parts")
    await anna.hears("Here is what fits")
    assert await state_of_plans(world) == ["refused"]


async def test_only_who_has_the_case_answers(
    world: World, anna: Person, mei: Person, bob: Person, stranger: Person
) -> None:
    thread = await asked_for(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("This case is yours", topic=thread)
    for person in (stranger, bob):
        person.press_in(world.group, "Agree to the plan", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    assert await state_of_plans(world) == ["asked"]


async def test_what_is_asked_for_can_be_taken_back(world: World, anna: Person, mei: Person) -> None:
    thread = await asked_for(world, anna)
    anna.press("Take it back")
    await anna.hears("nothing is asked for any more")
    await world.group.hears("taken back what they asked for", topic=thread)
    mei.press_in(world.group, "Agree to the plan", topic=thread)
    await world.group.hears("doesn’t wait for an answer any more", topic=thread)
    assert await state_of_plans(world) == ["withdrawn"]


async def test_what_is_left_is_spread_again_and_a_plan_is_ended(world: World, anna: Person) -> None:
    await plan_of_three(world, anna)
    await world.pays("P1", "I-C1-0", "600.00")
    anna.say("/plan")
    await anna.hears("Paid so far: NT\\$600.00")
    anna.press("Spread what is left")
    shown = await anna.hears("Here is what fits")
    assert "In all: NT$600.00" in shown.text
    anna.press("B: agree to 2 × NT$300.00")
    await anna.hears("Your plan is set")
    assert await state_of_plans(world) == ["replaced", "agreed"]
    assert await agreed(world) == [("plan", date(2026, 4, 30), 60_000, None)]
    anna.say("/plan")
    await anna.hears("Your plan")
    anna.press("End the plan")
    await anna.hears("End your plan\\?")
    anna.press("Yes, end the plan")
    await anna.hears("Your plan has ended")
    assert await agreed(world) == []
    assert await answers(world) == []
    anna.press_data("plan:end:2:sure")
    await anna.hears("no such plan any more")


async def test_an_agent_ends_a_plan_and_the_customer_is_told(world: World, anna: Person, mei: Person) -> None:
    await plan_of_three(world, anna)
    anna.say("/agent")
    thread = (await world.topic_of()).thread_id
    await world.group.hears("Payment plan of NT\\$1,200.00", topic=thread)
    mei.say_in(world.group, "/plan cancel", topic=thread)
    await anna.hears("Mei has ended your plan")
    assert await state_of_plans(world) == ["withdrawn"]


async def test_parts_are_spoken_of_on_their_own_days_and_the_old_debt_is_not(world: World, anna: Person) -> None:
    await plan_of_three(world, anna)
    before = len(anna.inbox)
    await world.pass_time(days=27)  # 29 March
    told = [m.text for m in anna.inbox[before:]]
    assert [text.splitlines()[0] for text in told] == ["A short note from Wallet on your plan"]
    assert "Part 1 of 3 is due Tue, 31 Mar (in 3 days)" in told[0]  # the wallet's facts are old: no amount
    await world.pass_time(days=1)
    await world.pays("P1", "I-C1-0", "150.00")
    await anna.hears("your payment has arrived")
    before = len(anna.inbox)
    await world.pass_time(days=1)
    assert ["NT$250.00, due Tue, 31 Mar (today)" in m.text for m in anna.inbox[before:]] == [True]
    await world.pays("P2", "I-C1-0", "650.00")
    await anna.hears("your payment has arrived")
    before = len(anna.inbox)
    await world.pass_time(days=33)  # the second part is covered: nothing is said of it
    assert [m.text for m in anna.inbox[before:]] == []


async def test_a_missed_part_is_said_kindly_once_and_what_is_left_is_spread(world: World, anna: Person) -> None:
    await plan_of_three(world, anna)
    before = len(anna.inbox)
    await world.pass_time(days=31, hours=2)
    told = [m.text for m in anna.inbox[before:] if "hasn’t reached us in full" in m.text]
    assert len(told) == 1 and "/plan shows how what is left" in told[0] and "That can happen" in told[0]
    assert await reasons_of_cases(world) == ["broken_promise"]
    anna.press("Pay in parts")
    shown = await anna.hears("Here is what fits NT\\$400.00 a month")
    assert "A person looks at this one first" in shown.text


async def test_a_plan_that_is_kept_is_thanked_for(world: World, anna: Person) -> None:
    await plan_of_three(world, anna)
    await world.pays("P1", "I-C1-0", "1200.00")
    told = await anna.hears("your payment has arrived")
    assert "your plan is complete" in told.text
