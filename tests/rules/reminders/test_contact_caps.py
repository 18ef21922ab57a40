"""Contact caps: how many reminders there are in a day and in any seven days of the customer's calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.policies import load_policy
from bot.rules.reminders.contact_caps import after_cap, over_cap

POLICY = replace(load_policy("humane", date(2026, 3, 1)), max_per_day=1, max_per_week=3)
ZONE = "Asia/Taipei"
NOON = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo(ZONE))


def test_a_day_is_the_customers() -> None:
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)  # in Taipei
    assert over_cap(POLICY, ZONE, [midnight], NOON) == "day_cap"
    assert over_cap(POLICY, ZONE, [midnight - timedelta(seconds=1)], NOON) is None


def test_a_week_is_any_seven_days_today_among_them() -> None:
    assert over_cap(POLICY, ZONE, [NOON - timedelta(days=days) for days in (6, 4, 2)], NOON) == "week_cap"
    assert over_cap(POLICY, ZONE, [NOON - timedelta(days=days) for days in (7, 4, 2)], NOON) is None


def test_the_next_window_is_the_first_in_which_no_cap_is_exceeded() -> None:
    tomorrow = after_cap(POLICY, ZONE, [NOON], NOON)
    assert tomorrow is not None and tomorrow.opens == datetime(2026, 3, 3, 1, tzinfo=UTC)
    in_two_days = after_cap(POLICY, ZONE, [NOON - timedelta(days=days) for days in (5, 4, 2)], NOON)
    assert in_two_days is not None and in_two_days.opens == datetime(2026, 3, 4, 1, tzinfo=UTC)


def test_a_cap_of_none_never_ends() -> None:
    assert after_cap(replace(POLICY, max_per_day=0), ZONE, [], NOON) is None
