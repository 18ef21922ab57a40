"""The doctor: what it finds in order, and what is wrong with the settings, policies and replies."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.clock import ManualClock
from bot.settings import Settings
from bot.work.operations.health_checks import examine
from bot.work.operations.own_words_checks import check_own_words
from storage.runtime.engine import Database
from tests.rules.reminders.survey_texts import SURVEY
from tests.work.operations.health import TOKEN, found_in, one, settings

pytestmark = pytest.mark.postgresql_one_in(3)


async def test_all_is_well(healthy: Database, clock: ManualClock) -> None:
    found = await found_in(healthy, clock)
    assert all(finding.ok for finding in found), found
    assert [f.what for f in found] == [
        *("settings", "policy", "replies", "database", "customers", "facts", "agents", "planner", "waiting")
    ]


async def test_no_secret_is_ever_said(clock: ManualClock, tmp_path: Path) -> None:
    db = Database("postgresql://user:hunter2@127.0.0.1:1/wallet?password=hunter3")
    said = repr(await examine(settings(webhook_secret=SecretStr("hunter4")), db, None, clock))
    await db.close()
    assert "hunter" not in said
    assert TOKEN.partition(":")[2] not in said


async def test_a_missing_token_is_wrong(healthy: Database, clock: ManualClock) -> None:
    finding = await one(healthy, clock, token=None)
    assert (finding.ok, finding.mend) == (False, "set DUEBOT_TOKEN to the one that @BotFather gives")


async def test_a_missing_agents_group_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    finding = await one(healthy, clock, agent_chat=None)
    assert finding.ok is None
    assert "escalations wait in the queue" in finding.words


async def test_an_unknown_policy_is_wrong(healthy: Database, clock: ManualClock) -> None:
    finding = await one(healthy, clock, policy="nowhere.toml")
    assert (finding.what, finding.ok) == ("policy", False)


async def test_a_faulty_policy_is_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("grace_days = -1")
    finding = await one(healthy, clock, policy=str(tmp_path / "mine.toml"))
    assert (finding.what, finding.ok) == ("policy", False)
    assert "grace_days" in finding.words


async def test_faulty_guard_words_are_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "guard.toml").write_text("threat = 1")
    finding = await one(healthy, clock, guard_words=str(tmp_path / "guard.toml"))
    assert (finding.what, finding.ok, finding.mend) == (
        *("guard words", False),
        "fix the file that DUEBOT_GUARD_WORDS names",
    )
    assert "line 1: threat is not text" in finding.words


async def test_a_faulty_survey_is_named_with_its_line_before_a_supervisor_finds_it(
    healthy: Database, clock: ManualClock, tmp_path: Path
) -> None:
    (tmp_path / "good.toml").write_text(SURVEY, "utf-8")
    (tmp_path / "spring.toml").write_text(SURVEY.replace('"score"', '"marks"'), "utf-8")
    finding = await one(healthy, clock, surveys=str(tmp_path))
    assert (finding.what, finding.ok) == ("surveys", None)
    told = "spring.toml, line 11: question 'clear': kind: \"marks\" given, expected one of score, choice, words"
    assert finding.words == told
    (tmp_path / "spring.toml").unlink()
    assert check_own_words(Settings(_env_file=None, surveys=str(tmp_path))).good == (
        f"{tmp_path}: surveys without faults: spring",
    )
    [fault] = check_own_words(Settings(_env_file=None, surveys=str(tmp_path / "gone"))).faults
    assert "cannot be read: No such file or directory; expected a folder of survey files" in fault


async def test_a_policy_that_loses_people_is_wrong(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[[step]]\nid = "due"\nday = 0\nmessage = "due_today"')
    finding = await one(healthy, clock, policy=str(tmp_path / "mine.toml"))
    assert (finding.what, finding.ok) == ("policy", False)
    assert "ends without a person" in finding.words


async def test_a_week_of_holidays_is_a_warning(healthy: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        'sending_hours = { from = "09:00", to = "20:00", holidays = "CN", rest_days = ["sat", "sun"] }\n'
        '[[step]]\nid = "due"\nday = 0\nmessage = "due_today"\n[[step]]\nid = "a"\nday = 5\nescalate = "overdue"\n'
    )
    finding = await one(healthy, clock, policy=str(tmp_path / "mine.toml"))
    assert (finding.what, finding.ok) == ("policy", None)
    assert "nothing is sent from 2026-" in finding.words


async def test_a_faulty_file_of_replies_is_told_with_its_line(
    healthy: Database, clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "replies.toml"
    file.write_text("[hello]\nen = 'Hi {nme}'\n", encoding="utf-8")
    found = await examine(settings(replies=str(file)), healthy, None, clock)
    [finding] = [f for f in found if f.what == "replies"]
    assert finding.ok is False
    assert "line 2: [hello] en: there is no placeholder {nme}; expected {name}" in finding.words
