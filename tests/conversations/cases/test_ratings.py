"""Ratings: the question comes with the good-bye, a button answers it, and a comment may follow."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Row, select

from bot.sandbox import Person
from bot.sandbox.messages import Message
from storage.schema import ratings
from tests.conversations.cases.test_closing_messages import talking
from tests.conversations.conftest import World


async def rated(world: World) -> list[Row]:  # type: ignore[type-arg]
    async with world.db.read() as conn:
        return list((await conn.execute(select(ratings))).all())


async def asked(world: World, anna: Person, mei: Person, outcome: str = "other") -> Message:
    """Mei has talked with Anna and closed the case: the good-bye."""
    thread = await talking(world, anna, mei)
    mei.say_in(world.group, f"/done {outcome}", topic=thread)
    return await anna.hears("This conversation has ended")


async def test_the_good_bye_asks_how_it_went_in_one_message(world: World, anna: Person, mei: Person) -> None:
    goodbye = await asked(world, anna, mei)
    assert "How did we do?" in goodbye.text
    assert goodbye.buttons == ["Bad", "Poor", "OK", "Good", "Great", "Talk to a person"]
    seen = len(anna.inbox)
    world.clock.move(timedelta(minutes=30))
    await world.app.catch_up()
    assert len(anna.inbox) == seen
    assert [(r.state, r.message_id) for r in await rated(world)] == [("asked", goodbye.message_id)]


async def test_it_is_asked_in_the_customers_language(world: World, ming: Person, mei: Person) -> None:
    await world.customer("C1", name="小明", language="zh-Hant")
    await world.owes("C1", "I1", days=-5)
    await world.link("C1", ming)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "您好", topic=thread)
    await ming.hears("您好")
    mei.say_in(world.group, "/done promised", topic=thread)
    goodbye = await ming.hears("您對這次的服務滿意嗎")
    assert "非常滿意" in goodbye.buttons


async def test_a_score_and_a_word_are_kept(world: World, anna: Person, mei: Person) -> None:
    await asked(world, anna, mei)
    anna.press("Great")
    await anna.hears("Thank you. If you’d like to say why")
    anna.say("Mei was <b>kind</b>")
    await anna.hears("kept that with your answer")
    ((row),) = await rated(world)
    assert (row.score, row.words, row.agent_id) == (5, "Mei was <b>kind</b>", mei.user_id)


async def test_words_that_answer_the_question_are_kept_without_a_score(world: World, anna: Person, mei: Person) -> None:
    goodbye = await asked(world, anna, mei)
    anna.reply(goodbye.message_id, "it was fine")
    await anna.hears("kept that with your answer")
    assert [(r.score, r.words) for r in await rated(world)] == [(None, "it was fine")]


async def test_words_long_after_a_score_are_for_nobodys_drawer(world: World, anna: Person, mei: Person) -> None:
    await asked(world, anna, mei)
    anna.press("OK")
    await anna.hears("If you’d like to say why")
    world.clock.move(timedelta(minutes=11))
    anna.say("I have a question")
    await anna.hears("no person has seen this message")
    assert [r.words for r in await rated(world)] == [None]


async def test_words_with_a_score_come_along_when_a_person_is_asked_for(
    world: World, anna: Person, mei: Person
) -> None:
    await asked(world, anna, mei)
    anna.press("Bad")
    await anna.hears("If you’d like to say why")
    anna.say("I still cannot pay")
    await anna.hears("kept that with your answer")
    anna.press("Talk to a person")
    await anna.hears("")
    await world.group.hears("I still cannot pay")


async def test_the_last_press_counts_and_an_old_one_does_not(world: World, anna: Person, mei: Person) -> None:
    goodbye = await asked(world, anna, mei)
    actions = [button["callback_data"] for row in goodbye.rows for button in row]
    for action in (actions[0], actions[3]):
        anna.press_data(action)
        await anna.hears("If you’d like to say why")
        anna.say("/help")
        await anna.hears("automated assistant")
    world.clock.move(timedelta(days=2))
    anna.press_data(actions[0])
    await anna.hears("This question is closed")
    assert [r.score for r in await rated(world)] == [4]


async def test_somebody_elses_press_changes_nothing(
    world: World, anna: Person, ming: Person, mei: Person, stranger: Person
) -> None:
    await asked(world, anna, mei)
    await world.customer("C2", name="Ming")
    await world.link("C2", ming)
    ming.press_data("rate:1:1")
    await ming.hears("This question is closed")
    stranger.press_data("rate:1:1")
    await world.app.catch_up()
    for forged in ("rate:1:6", "rate:1:0", "rate::5", "rate:1:5:1", "rate:9999999999999999:5"):
        anna.press_data(forged)
    await world.app.catch_up()
    assert [r.score for r in await rated(world)] == [None]


async def test_thanks_for_paying_ask_as_well(world: World, anna: Person, mei: Person) -> None:
    await talking(world, anna, mei)
    await world.pays("P1", "I1", "1200.00")
    await world.app.catch_up()
    thanks = await anna.hears("Your payment has arrived")
    assert "How did we do?" in thanks.text


async def test_the_wrong_person_is_not_asked(world: World, anna: Person, mei: Person) -> None:
    thread = await talking(world, anna, mei)
    mei.say_in(world.group, "/done wrong_person", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.app.catch_up()
    assert await rated(world) == []


async def test_at_night_the_good_bye_goes_alone_and_the_question_waits_for_the_morning(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await talking(world, anna, mei)
    world.clock.move(timedelta(hours=9))
    mei.say_in(world.group, "/done other", topic=thread)
    goodbye = await anna.hears("This conversation has ended")
    assert "How did we do" not in goodbye.text
    world.clock.move(timedelta(hours=12, minutes=1))
    await world.app.bot_side.finish_talks()
    question = await anna.hears("How did we do?")
    assert "ended" not in question.text
