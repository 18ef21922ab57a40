"""While the database is unavailable, the log has a line for each cause, and not one for each try."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.rules.runtime.retries import Retries
from storage.runtime.write_retry import Outage, persist


def trouble(code: int = sqlite3.SQLITE_BUSY) -> OperationalError:
    error = sqlite3.OperationalError("Anna")
    error.sqlite_errorcode = code
    return OperationalError("SELECT 'Anna'", {}, error)


def test_many_tries_are_one_line_a_minute() -> None:
    now = 0.0
    outage = Outage(lambda: now)
    with capture_logs() as lines:
        for _ in range(1000):
            assert outage.noticed(trouble())
            now += 0.1
    assert [(line["why"], line["tries"]) for line in lines] == [
        ("somebody else has locked it", 1),
        ("somebody else has locked it", 601),
    ]


def test_each_thing_that_is_the_matter_has_its_line_and_its_end_has_one() -> None:
    now = 0.0
    outage = Outage(lambda: now)
    with capture_logs() as lines:
        for code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL):
            outage.noticed(trouble(code))
            now += 1.0
            outage.worked()
        now += 10.0
        outage.worked()
        outage.worked()
    said = [line.get("why", line["event"]) for line in lines]
    assert said == ["somebody else has locked it", "its disk is full", "the database is back"]


def test_what_does_not_pass_is_not_noticed() -> None:
    with capture_logs() as lines:
        assert not Outage().noticed(trouble(sqlite3.SQLITE_ERROR))
        assert not Outage().noticed(ValueError("Anna"))
    assert lines == []


async def test_what_was_done_outside_is_written_down_once_it_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.runtime.write_retry.AGAIN", Retries((0.0,)))
    left = [trouble(), trouble(sqlite3.SQLITE_FULL)]

    async def write() -> str:
        if left:
            raise left.pop()
        return "written"

    assert await persist(write) == "written"
