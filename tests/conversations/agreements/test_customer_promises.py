"""A customer promises to pay on a day: chosen, moved, taken back, kept or broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.policies import load_policy
from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from bot.work.policy.policies import PolicyBook
from tests.conversations.agreements.owing import owing, promises, reasons_of_cases, reminders
from tests.conversations.conftest import World


async def test_a_promise_names_amount_and_day_and_rests_reminders(world: World, anna: Person) -> None:
    await owing(world, anna, -1, 4)
    anna.say("/promise")
    offered = await anna.hears("Which day")
    assert offered.buttons[:5] == [
        "Mon, 2 Mar (today)",
        "Tue, 3 Mar (tomorrow)",
        "Thu, 5 Mar (in 3 days)",
        "Fri, 6 Mar (in 4 days)",
        "Mon, 9 Mar (in 7 days)",
    ]
    anna.press("Thu, 5 Mar (in 3 days)")
    said = await anna.hears("You’ll pay")
    assert "1,200.00" in said.text and "Thu, 5 Mar" in said.text
    told = len(reminders(anna))
    await world.pass_time(days=3)
    assert len(reminders(anna)) == told
    assert await promises(world) == [(world.today, 120000, None)]


async def test_a_part_is_promised_with_buttons_alone(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.say("/promise")
    await anna.hears("Which day")
    anna.press("Only a part of it")
    asked = await anna.hears("How much can you pay")
    assert asked.buttons[:4] == ["NT$300.00", "NT$600.00", "NT$900.00", "All of it"]
    anna.press("NT$600.00")
    await anna.hears("It’s about NT\\$600.00")
    anna.press("Thu, 5 Mar (in 3 days)")
    await anna.hears("You’ll pay NT\\$600.00 by Thu, 5 Mar")
    assert [amount for _, amount, _ in await promises(world)] == [60000]
    anna.say("/promise")
    await anna.hears("Your promise: NT\\$600.00 by Thu, 5 Mar")
    anna.press("Cancel my promise")
    await anna.hears("promise is cancelled")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("500 on Friday", "Shall I note that you’ll pay NT\\$500.00 by Fri, 6 Mar"),
        ("周五还500", "Shall I note that you’ll pay NT\\$500.00 by Fri, 6 Mar"),
        ("31 February", "That day can’t be chosen. These can"),
        ("yesterday", "Which day works for you"),
        ("2026-03-01", "That day can’t be chosen. These can"),
        ("2027-03-05", "That day can’t be chosen. These can"),
        ("5000 tomorrow", "you’ll pay what’s due by Tue, 3 Mar"),  # more than is owed is all of it
        ("x" * 3000, "Which day works for you"),
    ],
)
async def test_a_promise_after_the_command_in_words(world: World, anna: Person, said: str, heard: str) -> None:
    await owing(world, anna, -1)
    anna.say(f"/promise {said}")
    await anna.hears(heard)
    assert await promises(world) == []


async def test_the_policy_limits_days_parts_and_moves(world: World, anna: Person) -> None:
    humane = load_policy("humane")
    desk = replace(humane.desk, promise_ahead=14, promise_moves=0, promise_smallest=Decimal("0.5"))
    world.app.parts.in_force.configured = replace(humane, desk=desk)
    world.app.parts.in_force.book = PolicyBook(world.app.parts.in_force.configured)
    await owing(world, anna, -1)
    anna.say("/promise 500 tomorrow")
    asked = await anna.hears("The smallest part that can be promised is NT\\$600.00")
    assert asked.buttons[0] == "NT$600.00"
    anna.press_data(f"promise:{world.in_days(1)}:50000TWD")  # an old button
    await anna.hears("The smallest part")
    anna.press_data(f"promise:{world.in_days(14)}")
    await anna.hears("by Mon, 16 Mar")
    anna.press_data(f"promise:{world.in_days(1)}")
    await anna.hears("moved a few times")


async def test_a_promise_is_about_all_that_is_due_by_its_day(world: World, anna: Person) -> None:
    await owing(world, anna, -1, 4)
    anna.press_data(f"promise:{world.in_days(7)}")
    await anna.hears("2,400.00")


async def test_a_kept_promise_is_left_in_peace(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,200.00")
    await world.pass_time(days=2)
    await world.pays("P1", "I-C1-0", "1200.00")
    await world.pass_time(days=5)
    assert [why for _, _, why in await promises(world)] == ["kept"]
    assert not world.group.topics


async def test_a_broken_promise_is_a_case(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,200.00")
    await world.pass_time(days=3)
    assert not world.group.topics
    await world.pass_time(days=1)
    await world.group.hears("promise not kept", topic=(await world.topic_of()).thread_id)
    assert [why for _, _, why in await promises(world)] == ["broken"]


async def test_who_keeps_a_promise_is_thanked_for_it(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,200.00")
    await world.pays("P1", "I-C1-0", "1200.00")
    await world.app.catch_up()
    await anna.hears("With that, you’ve kept your promise. Thank you.")
    before = len(anna.inbox)
    await world.pass_time(days=5)
    assert len(anna.inbox) == before


async def test_a_promise_that_was_not_kept_is_said_kindly_and_once(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(0)}")
    await anna.hears("1,200.00")
    before = len(anna.inbox)
    await world.pass_time(hours=22)  # until 10:00 in Taipei
    said = [m.text for m in anna.inbox[before:]]
    assert len(said) == 1, "the step of that day says nothing more"
    assert "You meant to pay NT$1,200.00 by Mon, 2 Mar, and it hasn’t reached us yet. That can happen." in said[0]
    assert "A person will get in touch" in said[0] and anna.inbox[-1].buttons == ["Another day", "Talk to a person"]
    assert await reasons_of_cases(world) == ["broken_promise"]
    await world.pass_time(days=3)
    assert len([m for m in anna.inbox if "You meant to pay" in m.text]) == 1


async def test_of_a_promise_kept_in_part_what_remains_is_said(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(0)}")
    await anna.hears("1,200.00")
    await world.pays("P1", "I-C1-0", "500.00")
    await world.pass_time(hours=22)
    said = await anna.hears("Of the NT\\$1,200.00 that you meant to pay by Mon, 2 Mar, NT\\$500.00 has arrived")
    assert "NT$700.00 is left." in said.text


@pytest.mark.parametrize("then", ["paid", "promised again", "disputed"])
async def test_what_is_not_so_any_more_in_the_morning_is_not_said(world: World, anna: Person, then: str) -> None:
    await owing(world, anna, -1)
    anna.press_data(f"promise:{world.in_days(0)}")
    await anna.hears("1,200.00")
    await world.pass_time(hours=14)  # 2:00 in Taipei
    assert [why for _, _, why in await promises(world)] == ["broken"]
    if then == "paid":
        await world.pays("P1", "I-C1-0", "1200.00")
    elif then == "promised again":
        anna.press_data(f"promise:{world.in_days(3)}")
        await anna.hears("1,200.00")
    else:
        anna.press_data(f"dispute:{key_of('I-C1-0')}")
        await anna.hears("A person will look into")
    await world.pass_time(hours=12)
    assert not [m for m in anna.inbox if "You meant to pay" in m.text]


async def test_the_same_day_twice_is_one_promise(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    for _ in range(3):
        anna.say("/promise")
        await anna.hears("Which day")
        anna.press_data(f"promise:{world.in_days(3)}")
        await anna.hears("1,200.00")
    assert len(await promises(world)) == 1


async def test_a_promise_moves_twice_and_then_a_person_is_offered(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    for ahead in (1, 3, 4):
        anna.press_data(f"promise:{world.in_days(ahead)}")
        await anna.hears("1,200.00")
    anna.press_data(f"promise:{world.in_days(7)}")
    refused = await anna.hears("moved a few times")
    assert "Talk to a person" in refused.buttons
    assert [why for _, _, why in await promises(world)] == ["replaced", "replaced", None]


async def test_taking_a_promise_back_does_not_give_more_of_them(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    for ahead in (1, 3, 4):
        anna.press_data(f"promise:{world.in_days(ahead)}")
        await anna.hears("1,200.00")
        anna.press_data("promise:cancel")
        await anna.hears("promise is cancelled")
    anna.say("/promise")
    await anna.hears("moved a few times")


async def test_a_forged_day_is_refused_kindly(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    ahead = [world.in_days(days) for days in (8, -1, 400)]
    for day in (*ahead, "2026-02-30", "2026-13-45", "0000-00-00"):
        anna.say("/due")
        await anna.hears("Your due dates")
        anna.press_data(f"promise:{day}")
        refused = await anna.hears("can’t be chosen")
        assert "Tue, 3 Mar (tomorrow)" in refused.buttons, day
    assert await promises(world) == []


async def test_no_day_is_offered_before_anything_is_due(world: World, anna: Person) -> None:
    await owing(world, anna, 3)
    anna.say("/promise")
    offered = await anna.hears("Which day")
    assert offered.buttons[0] == "Thu, 5 Mar (in 3 days)"


async def test_what_is_due_later_needs_no_promise(world: World, anna: Person) -> None:
    await owing(world, anna, 5)
    anna.say("/promise")
    await anna.hears("no need to choose")
    anna.say("/due")
    await anna.hears("Your due dates")
    anna.press_data(f"promise:{world.in_days(6)}")
    await anna.hears("no need to choose")
    assert await promises(world) == []


async def test_a_promise_can_be_made_at_night_and_its_day_is_the_customers(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    await world.pass_time(hours=11.5)  # 23:30 in Taipei
    anna.press_data(f"promise:{world.in_days(1)}")
    await anna.hears("tomorrow")
    world.clock.move(timedelta(hours=1))  # the day has changed
    anna.say("/settings")
    await anna.hears("Tue, 3 Mar")


async def test_a_promise_is_told_in_the_open_case(world: World, anna: Person) -> None:
    await owing(world, anna, -5)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("1,200.00")
    await world.group.hears("promised to pay NT\\$1,200.00 by Thu, 5 Mar", topic=thread)
    anna.press_data("promise:cancel")
    await world.group.hears("taken the promise back", topic=thread)


async def test_a_promise_taken_back_lets_reminders_go_on(world: World, anna: Person) -> None:
    await owing(world, anna, 0)
    anna.press_data(f"promise:{world.in_days(7)}")
    await anna.hears("1,200.00")
    await world.pass_time(days=2)
    assert not reminders(anna)
    anna.say("/settings")
    await anna.hears("Mon, 9 Mar")
    anna.press("Cancel my promise")
    await anna.hears("promise is cancelled")
    await world.pass_time(days=1)
    assert reminders(anna)


async def test_a_plan_is_not_mixed_with_a_promise(world: World, anna: Person, mei: Person) -> None:
    await owing(world, anna, -5)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "/done plan", topic=thread)
    await world.group.hears("overdue rests until", topic=thread)
    anna.press_data(f"promise:{world.in_days(3)}")
    assert "Pay in parts" in (await anna.hears("You have a plan")).buttons
    assert await promises(world) == []
