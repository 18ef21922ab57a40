"""A customer makes a plan of parts: two questions, the plans that fit, one press; or a person."""

from __future__ import annotations

from datetime import date

import pytest

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.policies import load_policy
from bot.sandbox import Person
from tests.conversations.agreements.a_case import agreed, state_of_plans
from tests.conversations.agreements.owing import owing, reasons_of_cases
from tests.conversations.agreements.own_plans import answers, parts
from tests.conversations.conftest import World


async def restart(world: World) -> None:
    """The program dies and another one goes on: nothing but the database is left."""
    await world.app.stop()
    limiter = RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)
    world.app = App(world.app.settings, load_policy("humane"), world.clock, limiter=limiter)
    world.db = world.app.db
    await world.app.start()


async def test_two_answers_and_one_press_make_a_plan_though_the_program_dies_after_each(
    world: World, anna: Person
) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    asked = await anna.hears("How much could you put aside each month")
    assert "NT$1,200.00" in asked.text
    await restart(world)
    anna.say("500")
    await anna.hears("On which day of the month does your pay come")
    await restart(world)
    anna.press("Last day")
    shown = await anna.hears("Here is what fits NT\\$500.00 a month")
    assert "NT$500.00: 31 Mar 2026, 30 Apr" in shown.text and "NT$200.00: 31 May 2026" in shown.text
    assert "NT$400.00: 31 Mar 2026, 30 Apr, 31 May" in shown.text
    assert "In all: NT$1,200.00, nothing on top." in shown.text
    await restart(world)
    anna.press("A: agree to 2 × NT$500.00 + NT$200.00")
    await anna.hears("Your plan is set")
    await restart(world)
    assert await parts(world) == [
        (date(2026, 3, 31), 50_000),
        (date(2026, 4, 30), 50_000),
        (date(2026, 5, 31), 20_000),
    ]
    assert await agreed(world) == [("plan", date(2026, 5, 31), 120_000, None)]
    assert await reasons_of_cases(world) == []
    anna.say("/plan")
    await anna.hears("Paid so far: NT\\$0.00 of NT\\$1,200.00")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("５００", ("month", 50_000, None)),
        ("300 a week", ("week", 30_000, None)),
        ("每周五百块", ("week", 50_000, None)),
        ("about five hundred", ("month", 50_000, None)),
    ],
)
async def test_a_sum_is_read_as_people_write_it(
    world: World, anna: Person, said: str, kept: tuple[str, int, None]
) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say(said)
    await anna.hears("does your pay come")
    assert await answers(world) == [kept]


async def test_what_cannot_be_read_is_asked_again_and_says_why(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    for said, why in (("HKD 300", "in the currency that is owed"), ("0", "more than nothing"), ("hm hm", "read a sum")):
        anna.say(said)
        await anna.hears(why)
    anna.say("250")
    await anna.hears("On which day")
    anna.say("the 45th")
    await anna.hears("read a day in that")
    anna.say("28号")
    await anna.hears("Here is what fits")


async def test_another_wish_is_no_answer_and_the_question_waits(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("what is my balance")
    await anna.hears("NT\\$500.00")
    anna.say("400")
    await anna.hears("On which day")


async def test_cancel_forgets_the_answers(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("400")
    await anna.hears("On which day")
    anna.say("/cancel")
    await anna.hears("forgotten your answers")
    assert await answers(world) == []
    anna.say("/cancel")
    await anna.hears("nothing to cancel")
    anna.press_data("afford:day:month:5")  # an old button goes on from what is known
    await anna.hears("How much could you put aside")


async def test_a_payment_between_question_and_press_has_the_plans_made_again(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("500 a month")
    await anna.hears("On which day")
    anna.press("15")
    await anna.hears("Here is what fits")
    await world.pays("P1", "I-C1-0", "300.00")
    anna.press("A: agree to")
    again = await anna.hears("has changed since I showed you these")
    assert "NT$900.00" in again.text
    assert await state_of_plans(world) == []
    anna.press("A: agree to")
    await anna.hears("Your plan is set")
    assert sum(amount for _, amount in await parts(world)) == 90_000


async def test_two_phones_make_one_plan(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.press("NT$400.00 a month")
    await anna.hears("On which day")
    anna.press("5")
    shown = await anna.hears("Here is what fits")
    rows = shown.raw["reply_markup"]["inline_keyboard"]
    takes = [b["callback_data"] for row in rows for b in row if b["callback_data"].startswith("plan:take")]
    anna.press_data(takes[0])
    await anna.hears("Your plan is set")
    for action in takes:
        anna.press_data(action)
        await world.app.catch_up()
    assert await state_of_plans(world) == ["agreed"]


async def test_none_fits_is_a_person_with_the_answers_on_the_card(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("20")
    await anna.hears("On which day")
    anna.press("25")
    told = await anna.hears("None of our plans fits NT\\$20.00 a month")
    assert "I’ve asked a person" in told.text
    thread = (await world.topic_of()).thread_id
    card = await world.group.hears("Can put aside NT\\$20.00 a month; pay comes on day 25", topic=thread)
    assert "says they cannot pay" in card.text
    await world.group.hears("No plan on offer fits", topic=thread)
    anna.press("Change my answers")
    await anna.hears("How much could you put aside")


async def test_nothing_can_be_put_aside(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.press("Nothing at the moment")
    await anna.hears("fine to say that nothing is possible")
    thread = (await world.topic_of()).thread_id
    await world.group.hears("Can put nothing aside", topic=thread)


async def test_free_advice_of_the_customers_country_is_named(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee", phone="+447400123456")
    await world.owes("C1", "I-C1-0", days=-2)
    await world.link("C1", anna)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.press("Nothing at the moment")
    assert "MoneyHelper" in (await anna.hears("fine to say")).text


async def test_by_the_week_on_a_friday(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("each month")
    anna.press("By the week instead")
    await anna.hears("each week")
    anna.press("NT$300.00 a week")
    await anna.hears("On which day of the week")
    anna.press("Friday")
    shown = await anna.hears("Here is what fits NT\\$300.00 a week, on payday \\(Friday\\)")
    assert "NT$300.00: 6 Mar 2026, 13 Mar, 20 Mar, 27 Mar" in shown.text


async def test_pay_that_comes_every_two_weeks(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("each month")
    anna.press("Every 2 weeks instead")
    assert "By the week instead" in (await anna.hears("every 2 weeks")).buttons
    anna.say("500 biweekly")
    asked = await anna.hears("On which day does your next pay come")
    assert asked.buttons[:2] == ["Tue, 3 Mar", "Wed, 4 Mar"] and "Mon, 16 Mar" in asked.buttons
    anna.say("every other Friday")  # which of two is not guessed
    await anna.hears("read a day in that")
    anna.say("周五")
    shown = await anna.hears("Here is what fits NT\\$500.00 every 2 weeks, on payday \\(every other Friday\\)")
    assert "NT$500.00: 6 Mar 2026, 20 Mar" in shown.text and "NT$200.00: 3 Apr 2026" in shown.text
    anna.press("None of these fits")
    await anna.hears("None of our plans fits")
    await world.group.hears("pay comes every other Friday", topic=(await world.topic_of()).thread_id)


async def test_answers_go_when_nothing_needs_them(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    anna.say("400")
    await anna.hears("On which day")
    await world.pass_time(days=1)
    assert await answers(world) == [("month", 40_000, None)]
    await world.pass_time(days=1, hours=12)
    assert await answers(world) == []


async def test_nothing_due_and_too_little_are_said(world: World, anna: Person) -> None:
    await owing(world, anna, 20)
    anna.say("/plan")
    await anna.hears("nothing to pay in parts now")
    await world.owes("C1", "I-C1-1", days=-1, amount="150.00")
    anna.say("/plan")
    await anna.hears("too little for parts")


async def test_the_whole_talk_in_chinese(world: World, ming: Person) -> None:
    await owing(world, ming, -2, language="zh-Hans")
    ming.say("分期")
    await ming.hears("每月能拿出多少")
    ming.say("每月五百块")
    await ming.hears("每月几号发工资")
    ming.say("月底")
    shown = await ming.hears("2026年3月31日、4月30日")
    assert "NT$500.00" in shown.text or "500.00" in shown.text
    ming.say("算了")
    await ming.hears("不再问了")
