"""Agreements that are not made, moved by the customer, or waiting for an answer: who has the case, what is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update

from bot.rules.cases.case import Case
from bot.sandbox import Person
from bot.work.cases.desk_upkeep import update_cases
from storage.cases import cases as stored
from storage.schema import cases, dead_channels, holds, plans
from tests.conversations.conftest import World


async def case_of(world: World, person: Person, language: str = "en") -> int:
    """A linked customer, 5 days overdue with 1,200.00, up to the topic of their case: its thread id."""
    await world.customer("C1", name="Anna Lee", language=language)
    await world.owes("C1", "I-C1", days=-5)
    await world.link("C1", person)
    await world.app.catch_up()
    return (await world.topic_of()).thread_id


async def the_case(world: World) -> Case:
    async with world.db.read() as conn:
        found = await stored.open_case_of(conn, "C1")
    assert found is not None
    return found


async def promises(world: World) -> list[tuple[date, int | None, int | None]]:
    """Those that stand: until when, of how much, and who agreed them."""
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds).where(holds.c.kind == "promise", holds.c.ended_at.is_(None)))).all()
    return [(row.until, row.amount, row.set_by) for row in rows]


async def plan_state(world: World) -> str | None:
    async with world.db.read() as conn:
        return (await conn.execute(select(plans.c.state).order_by(plans.c.plan_id.desc()).limit(1))).scalar()


async def goes_away(world: World, person: Person) -> None:
    person.say_in(world.group, "/away")
    await world.group.hears("You are away", topic=None)


async def agrees_on_500(world: World, anna: Person, mei: Person, thread: int) -> None:
    """Mei agrees with Anna on 500 of the 1,200 by Friday, the 6th."""
    mei.say_in(world.group, "/promise 500 friday", topic=thread)
    await anna.hears("Mei has noted what you agreed on")
    await world.group.hears("Agreed: NT$500.00 by Fri, 6 Mar", topic=thread)


async def moved_to_monday(world: World, anna: Person) -> None:
    """Anna moves it to the 9th, a week ahead."""
    anna.press("Another day")
    await anna.hears("Which day works for you to pay the agreed NT$500.00?")
    anna.press("Mon, 9 Mar")
    await anna.hears("You’ll pay NT$500.00 by Mon, 9 Mar")
    await world.app.catch_up()


# --- What says nothing takes nothing ---------------------------------------------------------------------------------


async def test_a_case_waits_on_where_nothing_was_agreed(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    for words, answer in (
        ("/promise", "How it is written"),
        ("/promise 500 soon", "can’t read the day"),
        ("/promise cancel", "nothing of the kind"),
        ("/plan", "How it is written"),
        ("/plan 3 2026-03-01", "is past"),
        ("/plan cancel", "nothing of the kind"),
        ("/hold", "How it is written"),
        ("/hold 99", "1 to 60 days"),
        ("/hold cancel", "nothing of the kind"),
        ("/dispute", "Which one isn’t right?"),
        ("/dispute 9", "no such instalment"),
    ):
        mei.say_in(world.group, words, topic=thread)
        await world.group.hears(answer, topic=thread)
        case = await the_case(world)
        assert (case.state, case.owner_id) == ("waiting", None), words


@pytest.mark.parametrize("words", ["/promise 500 3d", "/plan 3 7天", "/hold 14d", "/dispute 1"])
async def test_what_is_agreed_takes_the_case(world: World, anna: Person, mei: Person, words: str) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, words, topic=thread)
    await anna.hears("Mei")
    assert (await the_case(world)).owner_id == mei.user_id


async def test_a_day_is_said_as_after_snooze(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/promise 500 3d", topic=thread)
    await world.group.hears("Agreed: NT$500.00 by Thu, 5 Mar", topic=thread)


# --- An agent who is away gets nothing --------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_words_of_somebody_away_are_held_back_in_a_case_that_waits(
    world: World, anna: Person, mei: Person, role: str
) -> None:
    await world.agent(mei, "Mei", role=role)
    thread = await case_of(world, anna)
    await goes_away(world, mei)
    before = len(anna.inbox)
    for words in ("Hello Anna", "/say greeting"):
        mei.say_in(world.group, words, topic=thread)
        await world.group.hears("You are away, so this was not sent", topic=thread)
    await world.app.catch_up()
    assert len(anna.inbox) == before
    assert (await the_case(world)).owner_id is None


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_somebody_away_agrees_on_nothing_in_a_case_that_waits(
    world: World, anna: Person, mei: Person, role: str
) -> None:
    await world.agent(mei, "Mei", role=role)
    thread = await case_of(world, anna)
    await goes_away(world, mei)
    for words in ("/promise 500 friday", "/plan 3", "/hold 3", "/dispute 1", "/dispute", "/snooze tomorrow"):
        mei.say_in(world.group, words, topic=thread)
        await world.group.hears("You are away, so you get no cases", topic=thread)
    case = await the_case(world)
    assert (case.owner_id, case.snoozed_until, await plan_state(world)) == (None, None, None)
    assert await promises(world) == []


async def test_somebody_away_goes_on_in_a_case_of_theirs(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("is yours", topic=thread)
    await goes_away(world, mei)
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    await agrees_on_500(world, anna, mei, thread)


# --- A promise that the customer moves -------------------------------------------------------------------------------


async def test_a_moved_promise_keeps_its_sum_and_whose_it_is(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await agrees_on_500(world, anna, mei, thread)
    await moved_to_monday(world, anna)
    assert await promises(world) == [(date(2026, 3, 9), 50_000, mei.user_id)]


async def test_a_move_is_said_in_the_topic_and_on_the_card(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await agrees_on_500(world, anna, mei, thread)
    await moved_to_monday(world, anna)
    said = await world.group.hears("The customer moved the promise", topic=thread)
    assert said.text == "The customer moved the promise: NT$500.00 by Mon, 9 Mar instead of Fri, 6 Mar."
    await world.group.hears("Promised NT$500.00 by 9 Mar 2026", topic=thread)


async def test_a_move_is_said_in_chinese(world: World, ming: Person, mei: Person) -> None:
    await world.agent(mei, "美", languages=("zh-Hans",))
    thread = await case_of(world, ming, "zh-Hans")
    mei.say_in(world.group, "/promise 500 3天", topic=thread)
    await ming.hears("记下了和您的约定")
    ming.press_data("promise:2026-03-09")
    await ming.hears("500.00")
    await world.app.catch_up()
    await world.group.hears("客户改了约定的还款日", topic=thread)


async def test_what_came_in_before_a_move_counts(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await agrees_on_500(world, anna, mei, thread)
    await world.pays("P1", "I-C1", "300.00")
    await world.app.catch_up()
    await moved_to_monday(world, anna)
    await world.pays("P2", "I-C1", "200.00")
    await world.app.catch_up()
    await world.group.hears("The promise was kept", topic=thread)


async def test_a_moved_promise_is_of_no_more_than_is_owed(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await agrees_on_500(world, anna, mei, thread)
    await world.owes("C1", "I-C1", days=-5, amount="400.00")  # the wallet has let 800 go
    anna.press_data("promise:2026-03-09")
    await anna.hears("You’ll pay NT$400.00 by Mon, 9 Mar")


async def test_a_broken_promise_that_was_moved_comes_back_to_its_agent(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await agrees_on_500(world, anna, mei, thread)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await moved_to_monday(world, anna)
    await world.pass_time(days=8)
    case = await the_case(world)
    assert (case.reason, case.for_agent) == ("broken_promise", mei.user_id)


async def test_it_can_be_moved_no_more_often_than_before(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await agrees_on_500(world, anna, mei, thread)
    for day in ("2026-03-05", "2026-03-09"):
        anna.press_data(f"promise:{day}")
        await anna.hears("You’ll pay NT$500.00")
    anna.press_data("promise:2026-03-04")
    await anna.hears("moved a few times")
    anna.say("/due")
    await anna.hears("Your due dates")
    anna.press_data("promise:2026-03-20")
    await anna.hears("moved a few times")
    assert await promises(world) == [(date(2026, 3, 9), 50_000, mei.user_id)]


# --- A plan that waits for an answer ---------------------------------------------------------------------------------


async def proposes(world: World, anna: Person, mei: Person) -> int:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3 2026-04-01", topic=thread)
    await anna.hears("proposes")
    said = await world.group.hears("This goes to the customer", topic=thread)
    assert "The case rests until they answer, 7 days at most." in said.text
    return thread


async def test_a_case_rests_while_a_plan_waits_for_an_answer(world: World, anna: Person, mei: Person) -> None:
    thread = await proposes(world, anna, mei)
    asked_at = world.clock.now()
    await world.pass_time(days=3)
    await update_cases(world.db, world.app.parts.policies.current.desk, world.clock.now())
    case = await the_case(world)
    assert (case.owner_id, case.snoozed_until) == (mei.user_id, asked_at + timedelta(days=7))
    await world.group.hears("Waits for the customer’s answer to a plan of NT$1,200.00", topic=thread)
    mei.say_in(world.group, "/queue")
    await world.group.hears("waits for the answer to a plan until", topic=None)


async def test_the_answer_ends_the_rest(world: World, anna: Person, mei: Person) -> None:
    await proposes(world, anna, mei)
    anna.press("No, I don’t agree")
    await anna.hears("nothing has changed")
    case = await the_case(world)
    assert (case.owner_id, case.snoozed_until) == (mei.user_id, None)


async def test_real_words_end_the_rest_and_a_nod_does_not(world: World, anna: Person, mei: Person) -> None:
    await proposes(world, anna, mei)
    anna.say("ok")
    await world.app.catch_up()
    assert (await the_case(world)).snoozed_until is not None
    anna.say("Could it be four parts?")
    await world.app.catch_up()
    case = await the_case(world)
    assert (case.owner_id, case.snoozed_until, await plan_state(world)) == (mei.user_id, None, "proposed")


async def test_taking_it_back_ends_the_rest(world: World, anna: Person, mei: Person) -> None:
    thread = await proposes(world, anna, mei)
    mei.say_in(world.group, "/plan cancel", topic=thread)
    await world.group.hears("Taken back", topic=thread)
    case = await the_case(world)
    assert (case.owner_id, case.snoozed_until) == (mei.user_id, None)


@pytest.mark.parametrize("first", ["the desk's round", "the planner's"])
async def test_a_week_without_an_answer_ends_the_rest_and_is_told_once(
    world: World, anna: Person, mei: Person, first: str
) -> None:
    thread = await proposes(world, anna, mei)
    mei.say("/start")
    await mei.hears("")
    world.clock.move(timedelta(days=7))
    if first == "the desk's round":
        await update_cases(world.db, world.app.parts.policies.current.desk, world.clock.now())
    await world.app.catch_up()
    await world.group.hears("hasn’t answered the proposed plan", topic=thread)
    await mei.hears("the proposed plan was not answered")
    case = await the_case(world)
    assert (case.owner_id, case.snoozed_until) == (mei.user_id, None)
    assert case.due_at is not None and case.due_at > world.clock.now()
    assert not [message for message in mei.inbox if "has rested until today" in message.text]


async def test_a_plan_that_did_not_arrive_lets_nothing_rest(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    anna.block()
    await world.app.catch_up()
    async with world.db.write() as conn:
        await conn.execute(delete(dead_channels))  # nobody has heard of it yet
    mei.say_in(world.group, "/plan 3", topic=thread)
    await world.group.hears("didn’t reach the customer", topic=thread)
    assert (await the_case(world)).snoozed_until is None


async def test_what_was_paid_before_the_answer_ends_the_rest(world: World, anna: Person, mei: Person) -> None:
    thread = await proposes(world, anna, mei)
    async with world.db.write() as conn:
        await conn.execute(update(cases).values(due_since=None))  # one that payment alone does not close
    await world.pays("P1", "I-C1", "1200.00")
    anna.press("Yes, I agree")
    await anna.hears("has been paid meanwhile")
    await world.app.catch_up()
    await world.group.hears("What the proposed plan was for has been paid", topic=thread)
    assert (await the_case(world)).snoozed_until is None
