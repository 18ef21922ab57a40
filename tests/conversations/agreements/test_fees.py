"""A customer asks what being late costs, and what paying a part today would change."""

from __future__ import annotations

from dataclasses import replace

from bot.policies import load_policy
from bot.sandbox import Person
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World


async def test_what_is_owed_and_what_it_will_come_to(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/fees")
    told = (await anna.hears("What is owed, and what being late costs")).text
    assert "NT$1,200.00" in told and "No charges before Wed, 4 Mar." in told
    # in 7, 30 and 90 days: the fee once, 60 cents a day from the first day after grace
    assert "Mon, 9 Mar: NT$1,503.60, with NT$303.60 of charges" in told
    assert "Wed, 1 Apr: NT$1,517.40, with NT$317.40 of charges" in told
    assert "Sun, 31 May: NT$1,553.40, with NT$353.40 of charges" in told
    assert "3 days of grace" in told and "36%" in told


async def test_a_sentence_asks_the_same(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("what are the late fees?")
    await anna.hears("What is owed, and what being late costs")
    anna.say("what if I pay 500 today?")
    await anna.hears("If you pay NT\\$500.00 today")


async def test_what_a_part_paid_today_would_change(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/fees 600")
    told = (await anna.hears("If you pay NT$600.00 today")).text
    assert "Mon, 9 Mar: NT$816.00 to pay, instead of NT$1,503.60" in told
    assert "saves you" in told


async def test_the_same_with_a_button(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/fees")
    await anna.hears("What is owed, and what being late costs")
    anna.press("If I pay NT$300.00 today")
    await anna.hears("If you pay NT$300.00 today")


async def test_a_sum_that_cannot_be_is_asked_for_again(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    for said in ("abc", "0", "9999999", "USD 5", "-5", "5" * 300, "1.234"):
        anna.say(f"/fees {said}")
        await anna.hears("write a sum of up to NT$1,200.00: /fees 500")
    await world.pays("P1", "I-C1-0", "1000.50")
    anna.say("/fees 500")
    await anna.hears("write a sum of up to NT$199.50: /fees 199.50")


async def test_nothing_owed_says_what_being_late_would_cost(world: World, anna: Person) -> None:
    await owing(world, anna)
    anna.say("/fees 500")
    assert "36%" in (await anna.hears("You’re all set")).text


async def test_a_reminder_says_what_being_late_will_cost_where_the_policy_does(world: World, anna: Person) -> None:
    humane = load_policy("humane")
    assert humane.charges is not None
    says = replace(humane, charges=replace(humane.charges, in_reminders=True))
    world.app.parts.in_force.configured = says
    await owing(world, anna, 0)
    await world.app.catch_up()
    await anna.hears("Nothing is added if it arrives by Thu, 5 Mar. After that it’s NT\\$300.00 once, and 0.05%")
