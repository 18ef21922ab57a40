"""What agents and customers agree on in a case: promises, plans, holds and disputes, and what is told of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from storage.schema import cases, contacts, holds, plans
from tests.conversations.conftest import World


async def case_of(world: World, person: Person, language: str = "en", customer: str = "C1") -> int:
    """A linked customer, 5 days overdue with 1,200.00, up to the topic of their case: its thread id."""
    await world.customer(customer, name="Anna Lee", language=language)
    await world.owes(customer, f"I-{customer}", days=-5)
    await world.link(customer, person)
    await world.app.catch_up()
    return world.group.topics[-1].thread_id


async def agreed(world: World) -> list[tuple[str, date, int | None, int | None]]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds).where(holds.c.ended_at.is_(None)).order_by(holds.c.hold_id))).all()
    return [(row.kind, row.until, row.amount, row.set_by) for row in rows]


async def state_of_plans(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(plans.c.state).order_by(plans.c.plan_id))).scalars())


async def owner(world: World) -> int | None:
    async with world.db.read() as conn:
        return (await conn.execute(select(cases.c.owner_id))).scalar()


# --- /promise --------------------------------------------------------------------------------------------------------


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


async def test_only_whoever_has_the_case_agrees_anything(world: World, anna: Person, mei: Person, bob: Person) -> None:
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
    await anna.hears("Your payment has arrived, as agreed")
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


# --- /plan -----------------------------------------------------------------------------------------------------------


async def test_a_plan_is_shown_to_both_and_agreed_by_a_button(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/plan 3 2026-03-31", topic=thread)
    shown = await world.group.hears("This goes to the customer", topic=thread)
    asked = await anna.hears("Mei proposes that you pay in parts")
    for day in ("31 Mar", "30 Apr", "31 May"):
        assert day in shown.text and day in asked.text
    assert asked.text.count("NT$400.00") == 3
    anna.press("Yes, I agree")
    await anna.hears("Your plan stands")
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
    await ming.hears("您的分期计划已生效")
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
    await anna.hears("Your plan stands")
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
    await anna.hears("You don’t have a plan with us")
    mei.say_in(world.group, "/plan 3 2026-03-10", topic=thread)
    await anna.hears("proposes")
    anna.press("Yes, I agree")
    await anna.hears("Your plan stands")
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
    await anna.hears("Your plan stands")
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
    await anna.hears("Your plan stands")
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
    await anna.hears("Your plan stands")
    mei.say_in(world.group, "/done plan", topic=thread)
    await world.group.hears("rests until Wed, 20 May", topic=thread)
    await world.pass_time(days=20)
    async with world.db.read() as conn:
        kinds = list((await conn.execute(select(contacts.c.kind).where(contacts.c.direction == "out"))).scalars())
    assert "reminder" not in kinds
    assert len(world.group.topics) == 1


# --- /hold, /dispute -------------------------------------------------------------------------------------------------


async def test_a_hold_rests_and_is_told(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/hold 14 in hospital", topic=thread)
    told = await anna.hears("Mei has paused your reminders until")
    assert "hospital" not in told.text
    await world.group.hears("No reminders until Mon, 16 Mar", topic=thread)
    assert await agreed(world) == [("hold", date(2026, 3, 16), None, mei.user_id)]
    await world.pass_time(days=15)
    assert await agreed(world) == []


async def test_a_hold_lasts_1_to_60_days(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/hold 61", topic=thread)
    await world.group.hears("1 to 60 days", topic=thread)
    assert await agreed(world) == []


async def test_an_agent_notes_a_dispute_by_a_button_or_a_number(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await world.owes("C1", "I-2", days=3)
    mei.say_in(world.group, "/dispute", topic=thread)
    await world.group.hears("Which one isn’t right?", topic=thread)
    mei.press_in(world.group, "1. Card", topic=thread)
    await anna.hears("has noted that this one isn’t right")
    await world.group.hears("Noted as not right", topic=thread)
    mei.say_in(world.group, "/dispute 1", topic=thread)
    await world.app.catch_up()
    mei.say_in(world.group, "/dispute I-C1", topic=thread)
    await world.group.hears("looked into already", topic=thread)
    mei.say_in(world.group, "/dispute 7", topic=thread)
    await world.group.hears("no such instalment", topic=thread)
    assert [row[0] for row in await agreed(world)] == ["dispute", "dispute"]


async def test_the_wrong_person_is_unlinked_and_told_nothing_more(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/done wrong_person", topic=thread)
    await world.group.hears("Closed", topic=thread)
    before = len(anna.inbox)
    await world.pass_time(days=10)
    assert len(anna.inbox) == before
    anna.say("/balance")
    await anna.hears("two ways to link")
