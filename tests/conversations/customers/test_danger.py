"""One who may be in danger is told where to find help, and a person comes at once; one in a hard time gets ways out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases, holds, notices
from tests.conversations.conftest import World

MONEY = ("1,200", "TWD", "pay", "due", "owe", "還", "还", "繳", "款", "元")


async def linked(world: World, person: Person, language: str = "en", phone: str = "+886912345678") -> None:
    await world.customer("C1", language=language, phone=phone)
    await world.owes("C1", "I1", days=-4, amount="1200.00")
    await world.link("C1", person)


async def reasons(world: World) -> list[str]:
    async with world.db.read() as conn:
        return list((await conn.execute(select(cases.c.reason).order_by(cases.c.case_id))).scalars())


@pytest.mark.parametrize(
    ("language", "sentence", "first"),
    [
        ("en", "i dont want to live anymore", "so sorry"),
        ("zh-Hans", "我不想活了", "1925"),
        ("zh-Hant", "好想死", "1925"),
    ],
)
async def test_danger_is_answered_with_help_and_no_word_of_money(
    world: World, anna: Person, mei: Person, language: str, sentence: str, first: str
) -> None:
    await world.agent(mei, "Mei", role="supervisor")
    mei.say("/start")
    await mei.hears("")
    await linked(world, anna, language)
    anna.say(sentence)
    answer = await anna.hears(first)
    assert "1925" in answer.text
    assert not answer.buttons
    assert not any(word in answer.text for word in MONEY)
    await world.app.catch_up()
    assert await reasons(world) == ["distress"]
    alert = await mei.hears("may be in danger")
    assert sentence not in alert.text
    topic = (await world.topic_of()).thread_id
    await world.group.hears(sentence, topic=topic)


async def test_nothing_is_sent_until_a_person_ends_that(world: World, anna: Person, mei: Person) -> None:
    await world.agent(mei, "Mei")
    await linked(world, anna)
    await world.owes("C1", "I2", days=4)
    anna.say("i want to die")
    await anna.hears("so sorry")
    await world.pass_time(days=6)
    await world.pays("P1", "I1", "1200.00")  # not even a payment ends it
    await world.pass_time(days=6)
    async with world.db.read() as conn:
        sent = (await conn.execute(select(notices.c.state).where(notices.c.state == "accepted"))).all()
        held = (await conn.execute(select(holds.c.ended_at).where(holds.c.kind == "distress"))).scalar_one()
        state = (await conn.execute(select(cases.c.state))).scalar_one()
    assert (sent, held, state) == ([], None, "waiting")
    topic = (await world.topic_of()).thread_id
    mei.say_in(world.group, "/done other", topic=topic)
    await world.app.catch_up()
    async with world.db.read() as conn:
        rows = (await conn.execute(select(holds.c.kind, holds.c.until, holds.c.ended_at))).all()
    assert [row.kind for row in rows if row.ended_at is None] == ["hold"]
    assert next(row.until for row in rows if row.kind == "hold").isoformat() == world.in_days(30)


async def test_an_agent_can_end_the_rest_and_keep_the_case(world: World, anna: Person, mei: Person) -> None:
    await world.agent(mei, "Mei")
    await linked(world, anna)
    anna.say("kms")
    await anna.hears("so sorry")
    await world.app.catch_up()
    topic = (await world.topic_of()).thread_id
    mei.say_in(world.group, "/hold cancel", topic=topic)
    await world.group.hears("Reminders go on", topic=topic)
    async with world.db.read() as conn:
        assert (await conn.execute(select(holds.c.kind).where(holds.c.ended_at.is_(None)))).all() == []
        assert (await conn.execute(select(cases.c.state))).scalar_one() != "closed"


async def test_an_open_case_is_raised_and_its_agent_is_told_though_they_talk(
    world: World, anna: Person, mei: Person
) -> None:
    await world.agent(mei, "Mei")
    mei.say("/start")
    await mei.hears("")
    await linked(world, anna)
    anna.say("/agent")
    await anna.hears("I’ve asked a person")
    await world.app.catch_up()
    topic = (await world.topic_of()).thread_id
    mei.say_in(world.group, "Hello Anna, how can I help?", topic=topic)
    await anna.hears("how can I help")
    anna.say("theres no point in living")
    answer = await anna.hears("so sorry")
    assert not any(word in answer.text for word in MONEY)
    await world.app.catch_up()
    await mei.hears("may be in danger")
    await world.group.hears("The customer may be in danger", topic=topic)
    assert await reasons(world) == ["distress"]


async def test_who_is_not_linked_is_told_where_to_find_help_and_no_number_is_invented(
    world: World, anna: Person
) -> None:
    anna.say("i want to kill myself")
    answer = await anna.hears("so sorry")
    assert "your local emergency number" in answer.text
    assert not any(sign.isdigit() for sign in answer.text)
    assert await reasons(world) == []


async def test_danger_is_heard_in_the_caption_of_a_picture_and_in_place_of_a_rating(
    world: World, anna: Person, mei: Person
) -> None:
    await world.agent(mei, "Mei")
    await linked(world, anna)
    anna.say("/agent")
    await anna.hears("I’ve asked a person")
    await world.app.catch_up()
    topic = (await world.topic_of()).thread_id
    mei.say_in(world.group, "Hello Anna", topic=topic)
    await anna.hears("Hello Anna")
    mei.say_in(world.group, "/done other", topic=topic)
    await anna.hears("This conversation has ended")
    anna.press("Bad")
    await anna.hears("say why")
    anna.say("nothing helps, i want to die")
    await anna.hears("so sorry")
    assert await reasons(world) == ["asked", "distress"]


@pytest.mark.parametrize(
    ("language", "sentence", "first"),
    [
        ("en", "i got laid off last week", "sounds hard"),
        ("zh-Hans", "我被裁员了", "不容易"),
        ("zh-Hant", "我被資遣了", "不容易"),
    ],
)
async def test_a_hard_time_is_a_case_with_what_was_said_and_ways_out(
    world: World, anna: Person, language: str, sentence: str, first: str
) -> None:
    await linked(world, anna, language)
    anna.say(sentence)
    answer = await anna.hears(first)
    assert len(answer.buttons) == 3
    await world.app.catch_up()
    assert await reasons(world) == ["hardship"]
    topic = (await world.topic_of()).thread_id
    await world.group.hears(sentence, topic=topic)
