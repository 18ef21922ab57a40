"""`/survey`: a supervisor starts a survey from a file, reads what may be told, and ends it, in private."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.sandbox import LocalTelegram, Person
from storage.schema import survey_invitations, surveys
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World
from tests.rules.reminders.survey_texts import SURVEY
from tests.work.reminders.test_surveys import answered


@pytest.fixture
async def sue(world: World, telegram: LocalTelegram, tmp_path: Path) -> Person:
    person = telegram.person(3003, "Sue", "en")
    await world.agent(person, "Sue", role="supervisor")
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "spring.toml").write_text(SURVEY, encoding="utf-8")
    (folder / "wrong.toml").write_text(SURVEY.replace('kind = "score"', 'kind = "scale"'), encoding="utf-8")
    world.app.settings.surveys = str(folder)
    return person


async def test_a_survey_is_started_shown_and_ended(world: World, sue: Person, anna: Person) -> None:
    await owing(world, anna, 20)
    sue.say("/survey")
    shown = await sue.hears("Surveys")
    assert shown.buttons == ["Start spring"] and "wrong.toml" in shown.text and "line" in shown.text
    sue.press("Start spring")
    assert (await sue.hears("Whom shall I ask “spring”")).buttons[:2] == [
        "Everybody",
        "A tenth of everybody, by chance",
    ]
    sue.press("Everybody")
    await sue.hears("Everybody; 3 questions, to be answered within 14 days")
    sue.press("Yes, start it")
    await sue.hears("“spring” has begun: 1 customer is asked")
    sue.press("Yes, start it")  # a second tap, or the same after a kill
    await sue.hears("answered fewer than 5, came to the end fewer than 5")
    await world.pass_time(minutes=2)
    await anna.hears("Were the messages clear?")
    sue.say("/survey")
    await sue.hears("Surveys")
    sue.press("spring")
    assert "It can be answered until 16 Mar 2026" in (await sue.hears("Asked 1, answered fewer than 5")).text
    sue.press("End it now")
    await sue.hears("End “spring”?")
    sue.press("Yes, end the survey")
    await sue.hears("“spring” has ended")
    sue.press("All surveys")
    assert (await sue.hears("Surveys")).buttons == ["spring (over)"]
    async with world.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(survey_invitations))).scalar() == 1


async def test_what_may_be_told_comes_with_a_picture(world: World, sue: Person) -> None:
    await answered(world.db, world.clock, 6)
    sue.press_data("surveys:show:1", sue.say("/survey"))
    told = (await sue.hears("answered 6, came to the end 6")).text
    assert "Not asked: not linked to Telegram 1 and their turn is still to come 6" in told
    assert "Earlier reminders: 6, 100% (61%–100%)" in told and "“words 3”" in told
    assert any("photo" in message.raw for message in sue.inbox)


async def test_nobody_and_old_buttons_are_answered_kindly(world: World, sue: Person) -> None:
    sue.say("/survey")
    await sue.hears("Surveys")
    sue.press("Start spring")
    await sue.hears("Whom shall I ask")
    sue.press("A tenth of everybody")
    await sue.hears("Start “spring”?")
    sue.press("Yes, start it")
    await sue.hears("nothing was started")
    for old in ("file:0123456789ab", "whom:0123456789ab:all", "start:0123456789ab:tenth", "show:9", "stop:9:sure"):
        sue.press_data(f"surveys:{old}")
        await sue.hears("not there any more")
    async with world.db.read() as conn:
        assert (await conn.execute(select(surveys))).all() == []


async def test_to_anybody_else_it_is_an_unknown_command(world: World, sue: Person, mei: Person) -> None:
    mei.say("/survey")
    await mei.hears("")
    sue.say("/survey")
    await sue.hears("Surveys")
    before = len(mei.inbox)
    mei.press_data("surveys:all")
    await world.app.catch_up()
    assert len(mei.inbox) == before
    assert "Surveys" not in {message.text for message in mei.inbox}


async def test_an_empty_folder_says_where_files_belong(world: World, sue: Person) -> None:
    world.app.settings.surveys = ""
    sue.say("/survey")
    await sue.hears("DUEBOT_SURVEYS")
