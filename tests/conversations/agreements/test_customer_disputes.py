"""A customer says that something is not right."""

from __future__ import annotations

from sqlalchemy import select

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.policies import load_policy
from bot.sandbox import Person
from bot.work.agreements.disputes import key_of
from storage.schema import case_events, cases, contacts, holds
from tests.conversations.agreements.owing import owing, promises, reasons_of_cases, reminders
from tests.conversations.conftest import World


async def restart(world: World) -> None:
    """The program ends and another begins."""
    await world.app.stop()
    limiter = RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)
    world.app = App(world.app.settings, load_policy("humane"), world.clock, limiter=limiter)
    await world.app.start()


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


async def test_what_is_wrong_is_said_by_a_button_and_an_answer_by_a_day(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/dispute")
    await anna.hears("Which one")
    anna.press("Card: NT$1,200.00, Tue, 3 Mar")
    noted = await anna.hears("A person will answer you by Mon, 9 Mar")  # five working days
    assert "What isn’t right?" in noted.text and "It’s right after all" in noted.buttons
    await restart(world)  # each button has all that it needs
    anna.press("The amount is wrong")
    await anna.hears("What should it be")
    thread = (await world.topic_of()).thread_id
    await world.group.hears(
        "What the customer says about Card, 2026-03-03 \\(I-C1-0\\): the amount is wrong", topic=thread
    )
    anna.say("It should be 900")
    await world.group.hears("It should be 900", topic=thread)
    await world.app.catch_up()
    await world.group.hears(
        "Says that something isn’t right; rests until 1 Apr 2026 · answer by 9 Mar 2026", topic=thread
    )
    await world.app.stop()


async def test_photos_files_and_albums_are_evidence_for_the_person(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.press_data(f"dispute:{key_of('I-C1-0')}:paid")  # of a dispute that is not there
    await anna.hears("can’t find that one")
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await anna.hears("A person will look into")
    thread = (await world.topic_of()).thread_id
    anna.send_photo(b"x" * 20 * 2**20, "the receipt")  # 20 MB: only Telegram's number of the file is passed on
    await world.group.hears("the receipt", topic=thread)
    anna.send_document(b"pdf", "contract.pdf", "the contract")
    await world.group.hears("the contract", topic=thread)
    anna.send_album(("photo", b"1", "page one"), ("photo", b"2", "page two"))
    await world.group.hears("page one", topic=thread)
    await world.group.hears("page two", topic=thread)
    async with world.db.read() as conn:
        kinds = list((await conn.execute(select(contacts.c.kind).where(contacts.c.direction == "in"))).scalars())
    assert kinds.count("media") == 4


async def test_a_dispute_is_taken_back_and_reminders_go_on(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await anna.hears("A person will look into")
    anna.say("/dispute")
    offered = await anna.hears("nothing open right now")
    assert any(label.startswith("Being looked into: Card") for label in offered.buttons)
    anna.press("Being looked into: Card: NT$1,200.00, Tue, 3 Mar")
    await anna.hears("You’ve told us about this one")
    anna.press("It’s right after all")
    await anna.hears("counts as right again")
    thread = (await world.topic_of()).thread_id
    await world.group.hears("right after all: Card", topic=thread)
    anna.press_data(f"dispute:{key_of('I-C1-0')}:back")  # an old button, on a second phone
    await anna.hears("can’t find that one")
    await world.pass_time(days=1)
    assert reminders(anna)


async def test_an_agent_answers_and_the_customer_reads_why(world: World, anna: Person, mei: Person) -> None:
    await owing(world, anna, 1, 2)
    for number in (0, 1):
        anna.press_data(f"dispute:{key_of(f'I-C1-{number}')}")
        await anna.hears("A person will look into")
    thread = (await world.topic_of()).thread_id
    for wrong, said in (
        ("/dispute reject", "Please say why"),
        ("/dispute reject it is right", "If there are several, say which"),
        ("/dispute reject 7 it is right", "There is no such dispute"),
    ):
        mei.say_in(world.group, wrong, topic=thread)
        await world.group.hears(said, topic=thread)
    mei.say_in(world.group, "/dispute reject 1 The contract of May has this sum.", topic=thread)
    told = await anna.hears("Mei has looked into it and found it to be right")
    assert "Tue, 3 Mar" in told.text and "The contract of May has this sum." in told.text
    await world.group.hears("is right. Its reminders go on", topic=thread)
    mei.say_in(world.group, "/dispute accept It was booked twice.", topic=thread)
    told = await anna.hears("Mei has looked into it, and you’re right")
    assert "Wed, 4 Mar" in told.text and "It was booked twice." in told.text
    await world.group.hears("is wrong. It rests", topic=thread)
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds).order_by(holds.c.hold_id))).all()
    assert [(row.ended_why, row.alarm_at) for row in rows] == [("rejected", None), (None, None)]
    before = len(anna.inbox)
    mei.say_in(world.group, "/dispute accept It was booked twice.", topic=thread)  # as when it was cut off
    await world.group.hears("is wrong. It rests", topic=thread)
    assert len(anna.inbox) == before
    anna.press_data(f"dispute:{key_of('I-C1-1')}")
    assert "will answer you by" not in (await anna.hears("You’ve told us about this one")).text


async def test_an_answer_that_is_late_makes_its_case_due(world: World, anna: Person, mei: Person) -> None:
    await owing(world, anna, 1)
    anna.press_data(f"dispute:{key_of('I-C1-0')}")
    await anna.hears("A person will answer you by Mon, 9 Mar")
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "/done dispute", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.pass_time(days=7, hours=5.5)  # Monday, 17:30 in Shanghai, is soon before the desk closes
    assert await reasons_of_cases(world) == ["dispute"]
    await world.pass_time(minutes=20)
    assert await reasons_of_cases(world) == ["dispute", "dispute"]
    async with world.db.read() as conn:
        case = (await conn.execute(select(cases).order_by(cases.c.case_id.desc()).limit(1))).one()
    assert case.due_kind == "dispute_answer"
    await world.group.hears("was promised an answer by 9 Mar 2026", topic=(await world.topic_of()).thread_id)


async def test_each_step_of_a_dispute_is_said_in_the_customers_language(world: World, ming: Person) -> None:
    await owing(world, ming, 1, language="zh-Hans")
    ming.say("这一笔不对")
    await ming.hears("哪一笔")
    ming.press_data(f"dispute:{key_of('I-C1-0')}")
    await ming.hears("客服最迟在 3月9日")
    ming.press("金额不对")
    await ming.hears("应该是多少")
    ming.press("其实没有问题")
    await ming.hears("提醒照常")


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
