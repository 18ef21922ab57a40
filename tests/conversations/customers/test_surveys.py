"""A survey from its start to its end: asked by day, answered in place and in words, left, skipped, and gone back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from bot.sandbox import Person
from bot.work.facts.forgetting import forget
from bot.work.reminders import surveys as work
from bot.work.reminders.surveys import NobodyToAsk, SurveyExists, Whom
from storage.schema import customers, notices, survey_answers, survey_invitations
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World
from tests.rules.reminders.survey_texts import SURVEY


async def started(world: World, whom: Whom = Whom(), text: str = SURVEY) -> work.Started:  # noqa: B008  it is frozen
    policy = world.app.parts.policies.current
    return await work.start(world.db, policy, text, "spring.toml", whom, world.clock.now())


async def answers(world: World) -> dict[str, Any]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(survey_answers))).all()
    return {row.question: row.answer or row.words for row in rows}


async def outcome(world: World) -> list[tuple[str, str | None]]:
    async with world.db.read() as conn:
        rows = (
            await conn.execute(select(notices).where(notices.c.kind == "survey").order_by(notices.c.notice_id))
        ).all()
    return [(row.state, row.reason) for row in rows]


async def asked(world: World, person: Person) -> None:
    await owing(world, person, 20)
    await started(world)
    await world.pass_time(minutes=2)
    await person.hears("Were the messages clear?")


async def test_a_survey_is_answered_by_buttons_and_in_words(world: World, anna: Person) -> None:
    await asked(world, anna)
    before = len(anna.inbox)
    anna.press("4")
    await anna.hears("What would help most?")
    anna.press("Back")
    await anna.hears("Were the messages clear?")
    anna.press("5")
    await anna.hears("What would help most?")
    anna.press("Fewer reminders")
    await anna.hears("What else?")
    assert len(anna.inbox) == before  # all in one message so far
    anna.say("write a little earlier in the week")
    await anna.hears("that was all")
    assert await answers(world) == {"clear": "5", "wish": "fewer", "why": "write a little earlier in the week"}
    assert await outcome(world) == [("accepted", None)]


async def test_each_question_can_be_skipped_and_the_survey_left(world: World, anna: Person) -> None:
    await asked(world, anna)
    anna.press("Skip")
    await anna.hears("What would help most?")
    anna.press("Stop the survey")
    await anna.hears("no more questions")
    assert await answers(world) == {}
    anna.say("what do I owe?")  # a question of theirs, not an answer
    await anna.hears("1,200.00")
    assert await answers(world) == {}


async def test_words_that_stop_are_no_answer(world: World, anna: Person) -> None:
    await asked(world, anna)
    anna.press("Skip")
    await anna.hears("What would help most?")
    anna.press("Skip")
    await anna.hears("What else?")
    anna.say("stop sending me messages")
    await anna.hears("won’t send you any more reminders")
    assert await answers(world) == {}


@pytest.mark.parametrize("why", ["overdue", "stopped", "paused"])
async def test_who_may_not_be_asked_is_not_and_the_record_says_why(world: World, anna: Person, why: str) -> None:
    await owing(world, anna, -2 if why == "overdue" else 20)
    changes = {"stopped": {"stopped_at": world.clock.now()}, "paused": {"paused_until": world.today}}.get(why)
    if changes:
        async with world.db.write() as conn:
            await conn.execute(update(customers).values(**changes))
    await started(world)
    await world.pass_time(minutes=2)
    assert await outcome(world) == [("not_sent", why)]
    assert not [m for m in anna.inbox if "Were the messages clear?" in m.text]


async def test_at_night_it_waits_for_the_morning(world: World, anna: Person) -> None:
    await owing(world, anna, 20)
    await world.pass_time(hours=10)  # from noon to ten in the evening
    await started(world)
    await world.pass_time(minutes=2)
    assert await outcome(world) == [("planned", "outside_hours")]
    await world.pass_time(hours=12)
    await anna.hears("Were the messages clear?")


async def test_nobody_is_asked_twice_in_a_quarter(world: World, anna: Person) -> None:
    await asked(world, anna)
    await started(world, text=SURVEY.replace('name = "spring"', 'name = "again"'))
    await world.pass_time(minutes=2)
    assert await outcome(world) == [("accepted", None), ("not_sent", "asked_lately")]


async def test_a_survey_to_nobody_says_so_and_leaves_nothing(world: World, anna: Person) -> None:
    await owing(world, anna, 20)
    with pytest.raises(NobodyToAsk, match="no customer is among segment gold; nothing was started"):
        await started(world, Whom("gold"))
    assert await work.all_surveys(world.db) == []
    await started(world)
    with pytest.raises(SurveyExists, match="there is a survey 'spring' already"):
        await started(world)


async def test_after_its_end_and_after_forgetting_nothing_is_taken(world: World, anna: Person) -> None:
    await asked(world, anna)
    anna.press("4")
    await anna.hears("What would help most?")
    await forget(world.db, "C1", world.clock.now())
    async with world.db.read() as conn:
        assert (await conn.execute(select(survey_answers))).all() == []
        assert (await conn.execute(select(survey_invitations))).all() == []
    await owing(world, anna, 20, customer="C2")
    anna.press("Earlier reminders")
    await anna.hears("")
    assert await answers(world) == {}


async def test_an_ended_survey_says_so(world: World, anna: Person) -> None:
    await asked(world, anna)
    await work.end(world.db, "spring", world.clock.now())
    anna.press("4")
    await anna.hears("This survey is over")


async def test_the_customers_own_history_calls_it_a_survey(world: World, anna: Person) -> None:
    await asked(world, anna)
    await started(world, text=SURVEY.replace('name = "spring"', 'name = "again"'))
    await world.pass_time(minutes=2)  # not sent, so no part of it
    anna.say("/history")
    assert (await anna.hears("Question of a survey")).text.count("survey") == 1
