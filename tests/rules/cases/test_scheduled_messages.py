"""When words for later leave: a time alone is the next one, by the customer's clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.rules.cases.scheduled_messages import ForLater, read_later
from bot.rules.cases.snoozes import NoDay

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # Monday noon in Taipei


@pytest.mark.parametrize(
    ("said", "at", "text"),
    [
        ("15:30 Hello", "2026-03-02T07:30", "Hello"),
        ("9:00 Good morning,\nAnna", "2026-03-03T01:00", "Good morning,\nAnna"),
        ("tomorrow 9:00 Hello", "2026-03-03T01:00", "Hello"),
        ("明天 您好", "2026-03-03T01:00", "您好"),
        ("friday Hello 9:00", "2026-03-06T01:00", "Hello 9:00"),
        ("2026-03-09 20:15  Hello", "2026-03-09T12:15", "Hello"),
        ("３d １０:00 hi", "2026-03-05T02:00", "hi"),
        ("12:01 Hello", "2026-03-02T04:01", "Hello"),
        ("12:00 Hello", "2026-03-03T04:00", "Hello"),  # it is noon: the next one
        ("today 12:01 Hello", "2026-03-02T04:01", "Hello"),
        ("tomorrow 0:00 Hello", "2026-03-02T16:00", "Hello"),
        ("60d Hello", "2026-05-01T01:00", "Hello"),
        (" \n tomorrow \n 8:30 \n Hello,\n\n  Anna \n", "2026-03-03T00:30", "Hello,\n\n  Anna"),
    ],
)
def test_a_time_or_a_day_and_a_time(said: str, at: str, text: str) -> None:
    assert read_later(said, "Asia/Taipei", NOW) == ForLater(datetime.fromisoformat(at).replace(tzinfo=UTC), text)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "unreadable"),
        ("Hello", "unreadable"),
        ("9:00", "unreadable"),
        ("tomorrow 9:00 ", "unreadable"),
        ("25:00 Hello", "unreadable"),
        ("today 9:00 Hello", "past"),
        ("today 12:00 Hello", "past"),
        ("61d Hello", "far"),
        ("61d", "far"),
        ("tomorrow", "unreadable"),
        ("2027-03-09 Hello", "far"),
    ],
)
def test_what_cannot_be_read_is_refused(said: str, why: str) -> None:
    assert read_later(said, "Asia/Taipei", NOW) == NoDay(why)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("tomorrow 9:00 Hello", "2026-03-03T01:00"),  # a Tuesday in Taipei
        ("today 10:00 Hello", "2026-03-02T02:00"),
        ("10:00 Hello", "2026-03-02T02:00"),
        ("60d 9:00 Hello", "2026-05-01T01:00"),
    ],
)
def test_of_two_zones_the_day_is_by_the_clock_that_is_shown(said: str, at: str) -> None:
    """In New York it is still Sunday: a day by one clock with a time by the other would be past, or far."""
    now = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    later = ForLater(datetime.fromisoformat(at).replace(tzinfo=UTC), "Hello")
    assert read_later(said, "Asia/Taipei|America/New_York", now) == later


def test_of_two_zones_the_first_one_counts() -> None:
    at = datetime(2026, 3, 3, 1, tzinfo=UTC)
    assert read_later("2026-03-03 Hello", "Asia/Taipei|America/New_York", NOW) == ForLater(at, "Hello")
