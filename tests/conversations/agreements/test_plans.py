"""A payment plan: proposed by an agent, answered by the customer with a button, kept or missed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import contacts
from tests.conversations.agreements.a_case import agreed, case_of, owner, state_of_plans
from tests.conversations.conftest import World


async def test_a_plan_is_shown_to_both_and_agreed_by_a_button(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3 2026-03-31", topic=thread)
    shown = await world.group.hears("This goes to the customer", topic=thread)
    asked = await anna.hears("Mei proposes that you pay in parts")
    for day in ("31 Mar", "30 Apr", "31 May"):
        assert day in shown.text and day in asked.text
    assert asked.text.count("NT$400.00") == 3
    anna.press("Yes, I agree")
    await anna.hears("Your plan is set")
    await world.app.catch_up()
    await world.group.hears("The customer agreed to the plan: NT$1,200.00 in 3 parts", topic=thread)
    await world.group.hears("Payment plan of NT$1,200.00", topic=thread)
    assert await agreed(world) == [("plan", date(2026, 5, 31), 120_000, mei.user_id)]


async def test_a_plan_in_chinese(world: World, ming: Person, mei: Person) -> None:
    thread = await case_of(world, ming, "zh-Hans")
    mei.say_in(world.group, "/plan 4 明天 每两周", topic=thread)
    asked = await ming.hears("建议您分几次还")
    assert "第 4 期" in asked.text and "300.00" in asked.text
    ming.press("同意")
    await ming.hears("分期计划已经为您定好了")
    ming.say("分期")
    await ming.hears("您的分期计划")


async def test_pressing_twice_is_one_agreement(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3", topic=thread)
    await anna.hears("proposes")
    for _ in range(2):
        anna.press_data("plan:yes:1")
        await anna.hears("plan")
    await world.app.catch_up()
    assert await state_of_plans(world) == ["agreed"]
    assert len(await agreed(world)) == 1
    lines = [m.text for m in world.group.messages if m.text.startswith("The customer agreed")]
    assert len(lines) == 1


async def test_declining_tells_the_agent_and_changes_nothing(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3", topic=thread)
    await anna.hears("proposes")
    anna.press("No, I don’t agree")
    await anna.hears("nothing has changed")
    await world.app.catch_up()
    await world.group.hears("doesn’t agree to the plan", topic=thread)
    anna.press_data("plan:yes:1")  # too late
    await anna.hears("no longer there")
    assert await agreed(world) == [] and await state_of_plans(world) == ["declined"]


async def test_somebody_elses_press_does_nothing(
    world: World, anna: Person, ming: Person, stranger: Person, mei: Person
) -> None:
    thread = await case_of(world, anna)
    await world.customer("C2", language="zh-Hans")
    await world.link("C2", ming)
    mei.say_in(world.group, "/plan 3", topic=thread)
    await anna.hears("proposes")
    ming.press_data("plan:yes:1")
    await ming.hears("方案已经不在了")
    stranger.say("/start")
    await stranger.hears("two ways to link")
    stranger.press_data("plan:yes:1")
    await stranger.hears("two ways to link")
    anna.press_data("plan:yes:99")
    await anna.hears("This plan waits for your answer")
    assert await state_of_plans(world) == ["proposed"]


async def test_a_plan_that_was_taken_back_cannot_be_agreed_to(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3", topic=thread)
    await anna.hears("proposes")
    mei.say_in(world.group, "/plan cancel", topic=thread)
    await world.group.hears("Taken back", topic=thread)
    anna.press("Yes, I agree")
    await anna.hears("no longer there")
    assert await state_of_plans(world) == ["withdrawn"]


async def test_a_later_proposal_takes_the_earlier_ones_place(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    for parts in (3, 4):
        mei.say_in(world.group, f"/plan {parts}", topic=thread)
        await anna.hears("proposes")
    anna.press_data("plan:yes:1")
    await anna.hears("This plan waits for your answer")
    anna.press_data("plan:yes:2")
    await anna.hears("Your plan is set")
    assert await state_of_plans(world) == ["withdrawn", "agreed"]


async def test_a_week_without_an_answer_is_told(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3 2026-04-01", topic=thread)
    await anna.hears("proposes")
    await world.pass_time(days=7)
    await world.group.hears("hasn’t answered the proposed plan", topic=thread)


async def test_a_plan_that_cannot_be_says_how_it_can(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 25", topic=thread)
    await world.group.hears("2 to 24 parts", topic=thread)
    assert await state_of_plans(world) == []


async def test_a_plan_needs_somebody_to_agree(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    anna.block()
    await world.app.catch_up()
    mei.say_in(world.group, "/plan 3", topic=thread)
    await world.group.hears("can’t be reached in Telegram to agree", topic=thread)
    assert await state_of_plans(world) == []


async def test_the_customer_sees_what_is_paid_of_their_plan(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    anna.say("/plan")
    await anna.hears("How much could you put aside")
    mei.say_in(world.group, "/plan 3 2026-03-10", topic=thread)
    await anna.hears("proposes")
    anna.press("Yes, I agree")
    await anna.hears("Your plan is set")
    await world.pays("P1", "I-C1", "500.00")
    anna.say("/plan")
    told = await anna.hears("Your plan")
    assert "Paid so far: NT$500.00 of NT$1,200.00" in told.text
    assert "✅ 1." in told.text and "NT$100.00 paid" in told.text
    assert "Next: NT$300.00" in told.text


async def test_what_was_waived_is_not_shown_as_still_to_be_paid(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3 2026-03-10", topic=thread)
    await anna.hears("proposes")
    anna.press("Yes, I agree")
    await anna.hears("Your plan is set")
    header = "instalment_id,account_id,due_date,amount_due,amount_paid"
    await world.import_rows(header, ["I-C1", "A-C1", world.in_days(-5), "700.00", "100.00"])
    anna.say("/plan")
    told = (await anna.hears("Your plan")).text
    assert "Paid so far: NT$100.00 of NT$1,200.00.\nNo longer to be paid: NT$500.00.\nNext: NT$200.00" in told
    assert "✅ 1." in told
    assert "NT$200.00 left" in told


async def test_a_missed_part_comes_back_to_the_agent(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3 2026-03-10", topic=thread)
    await anna.hears("proposes")
    anna.press("Yes, I agree")
    await anna.hears("Your plan is set")
    await world.pass_time(days=8, hours=12)  # midnight after the tenth, in Taipei
    said = await world.group.hears("A part of the plan was missed", topic=thread)
    assert "NT$0.00 of NT$1,200.00 came in" in said.text
    assert await state_of_plans(world) == ["broken"]
    assert await owner(world) == mei.user_id


async def test_no_reminders_while_a_plan_is_kept(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 2 2026-04-20", topic=thread)
    await anna.hears("proposes")
    anna.press("Yes, I agree")
    await anna.hears("Your plan is set")
    mei.say_in(world.group, "/done plan", topic=thread)
    await world.group.hears("rests until Wed, 20 May", topic=thread)
    await world.pass_time(days=20)
    async with world.db.read() as conn:
        kinds = list((await conn.execute(select(contacts.c.kind).where(contacts.c.direction == "out"))).scalars())
    assert "reminder" not in kinds
    assert len(world.group.topics) == 1
