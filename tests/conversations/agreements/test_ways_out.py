"""What customers can do about a debt themselves: pay, choose a day, dispute, settings and privacy."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from storage.schema import case_events, cases, holds
from tests.conversations.conftest import World


async def owing(world: World, person: Person, *days: int, customer: str = "C1", language: str = "en") -> None:
    """A linked customer with an instalment of 1,200.00 due in each of so many days: I-C1-0, I-C1-1 …"""
    await world.customer(customer, name="Anna Lee", language=language)
    for number, ahead in enumerate(days):
        await world.owes(customer, f"I-{customer}-{number}", days=ahead)
    await world.link(customer, person)


async def promises(world: World) -> list[tuple[date, int | None, str | None]]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds).where(holds.c.kind == "promise").order_by(holds.c.hold_id))).all()
    return [(row.until, row.amount, row.ended_why) for row in rows]


async def reasons_of_cases(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(cases.c.reason).order_by(cases.c.case_id))).scalars())


def reminders(person: Person) -> list[str]:
    return [m.text for m in person.inbox if m.text.startswith("A short note")]


# --- All of them -----------------------------------------------------------------------------------------------------

COMMANDS = ("pay", "promise", "dispute", "policy", "settings", "privacy")


async def test_each_is_answered_once(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    await world.app.catch_up()  # the reminder is there before
    for command in COMMANDS:
        before = len(anna.inbox)
        anna.say(f"/{command}")
        await anna.hears("")
        anna.press_data(command)
        await anna.hears("")
        await world.app.catch_up()
        assert len(anna.inbox) == before + 2, command


async def test_nobody_unknown_gets_anything_but_how_to_link(world: World, stranger: Person) -> None:
    for command in COMMANDS:
        stranger.say(f"/{command}")
        await stranger.hears("two ways to link")
    await world.app.catch_up()
    assert len(stranger.inbox) == len(COMMANDS)


async def test_none_of_them_speaks_in_a_group(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    for number, command in enumerate(COMMANDS):
        friends = world.telegram.group(-1009876543210 - number, "Friends", [anna], bot_admin=True)
        anna.say_in(friends, f"/{command}")
        await friends.hears("private")


@pytest.mark.parametrize(
    ("word", "answer"),
    [("付款", "1,200.00"), ("选一天还款", "哪一天"), ("帳單有誤", "哪一笔"), ("设置", "您的设置"), ("隐私", "保留")],
)
async def test_words_do_what_the_commands_do(world: World, ming: Person, word: str, answer: str) -> None:
    await owing(world, ming, 1, language="zh-Hans")
    ming.say(word)
    await ming.hears(answer)


async def test_the_menu_lists_them(world: World, anna: Person) -> None:
    await owing(world, anna)
    assert {*COMMANDS} <= {command["command"] for command in anna.menu}


# --- Paying ----------------------------------------------------------------------------------------------------------


async def test_paying_opens_a_link_for_each_most_urgent_first(world: World, anna: Person) -> None:
    world.app.settings.pay_url = "https://pay.example/{customer_id}/{instalment_id}"
    await owing(world, anna, 9, -2, 3, 5, 7, 8)
    anna.say("/pay")
    answer = await anna.hears("To pay")
    links = [
        button["url"] for row in answer.raw["reply_markup"]["inline_keyboard"] for button in row if "url" in button
    ]
    assert links == [f"https://pay.example/C1/I-C1-{n}" for n in (1, 2, 3, 4, 5)]
    assert "Card: NT$1,200.00" in answer.buttons


async def test_paying_without_a_link_says_where(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/pay")
    assert "open Wallet" in (await anna.hears("1,200.00")).text


# --- Promising -------------------------------------------------------------------------------------------------------


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
    said = await anna.hears("1,200.00")
    assert "Thu, 5 Mar" in said.text
    told = len(reminders(anna))
    await world.pass_time(days=3)
    assert len(reminders(anna)) == told
    assert await promises(world) == [(world.today, 120000, None)]


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


async def test_the_same_day_twice_is_one_promise(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    for _ in range(3):
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
        await anna.hears("taken back")
    anna.say("/promise")
    await anna.hears("moved a few times")


async def test_a_forged_day_is_refused_kindly(world: World, anna: Person) -> None:
    await owing(world, anna, -1)
    ahead = [world.in_days(days) for days in (8, -1, 400)]
    for day in (*ahead, "2026-02-30", "2026-13-45", "0000-00-00"):
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
    anna.press("Take the promise back")
    await anna.hears("taken back")
    await world.pass_time(days=1)
    assert reminders(anna)


async def test_a_plan_is_not_mixed_with_a_promise(world: World, anna: Person, mei: Person) -> None:
    await owing(world, anna, -5)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "/done plan", topic=thread)
    await world.group.hears("overdue rests until", topic=thread)
    anna.press_data(f"promise:{world.in_days(3)}")
    await anna.hears("You have a plan")
    assert await promises(world) == []


# --- Disputing -------------------------------------------------------------------------------------------------------


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


async def test_a_made_up_press_shows_what_can_be_done(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    for data in ("dispute:", "dispute:zz", "dispute:" + "f" * 17, "dispute:1%00", "promise:", "settings:x"):
        anna.press_data(data)
        await anna.hears("I let you know before payments")


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


# --- Settings, policy, privacy ---------------------------------------------------------------------------------------


async def test_settings_turn_reminders_off_and_on(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/settings")
    await anna.hears("Reminders: on")
    anna.press("Turn reminders off")
    await anna.hears("")
    anna.say("/settings")
    await anna.hears("Reminders: off")
    anna.press("Turn reminders on")
    await anna.hears("on again")


async def test_the_policy_names_the_customers_own_currency(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/policy")
    answer = await anna.hears("When we write")
    assert "NT$" in answer.text
    assert "CN¥" not in answer.text


async def test_privacy_says_that_a_person_forgets(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/privacy")
    answer = await anna.hears("How to be forgotten")
    assert "Talk to a person" in answer.buttons
