"""Planning looks at a customer again as the first day begins on which time may bring anything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.policy.sending_hours import local_day
from bot.rules.reminders.next_look import lead_days, next_look

TAIPEI, TODAY = "Asia/Taipei", date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, 16, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("days", [-400, -1, 0, 3, 4])
def test_who_owes_something_soon_or_too_late_is_looked_at_each_day(days: int) -> None:
    assert next_look(TAIPEI, TODAY + days * DAY, held=False, lead=3, now=NOON) == MIDNIGHT


def test_who_owes_something_later_is_looked_at_as_the_first_step_may_begin() -> None:
    assert next_look(TAIPEI, TODAY + 30 * DAY, held=False, lead=3, now=NOON) == MIDNIGHT + 26 * DAY


def test_who_has_a_hold_is_looked_at_each_day() -> None:
    assert next_look(TAIPEI, None, held=True, lead=3, now=NOON) == MIDNIGHT
    assert next_look(TAIPEI, TODAY + 30 * DAY, held=True, lead=3, now=NOON) == MIDNIGHT


def test_who_owes_nothing_is_not_looked_at_again() -> None:
    assert next_look(TAIPEI, None, held=False, lead=3, now=NOON) is None


def test_where_the_zone_is_not_sure_the_day_begins_when_it_has_everywhere() -> None:
    instant = next_look("Asia/Taipei|Asia/Tokyo", TODAY, held=False, lead=3, now=NOON)
    assert instant == MIDNIGHT  # an hour after Tokyo's


def test_where_clocks_go_back_over_midnight_the_day_that_begins_twice_is_looked_at_again() -> None:
    again = datetime(2010, 11, 7, 2, 45, tzinfo=UTC)  # the 7th began a quarter of an hour ago, and it is the 6th again
    assert local_day("America/St_Johns", again) == date(2010, 11, 6)
    assert next_look("America/St_Johns", date(2010, 11, 1), held=False, lead=3, now=again) == again + timedelta(hours=1)


def test_the_lead_is_that_of_the_earliest_step_of_all_policies() -> None:
    humane, strict = load_policy("humane", TODAY), load_policy("strict", TODAY)
    assert lead_days([humane, strict]) == max(-step.day for policy in (humane, strict) for step in policy.steps)
    assert lead_days([]) == 0


@given(
    zone=st.sampled_from(["Asia/Taipei", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia"]),
    now=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    days=st.integers(-50, 50),
)
def test_no_day_begins_unseen_on_which_a_step_may(zone: str, now: datetime, days: int) -> None:
    """Also where clocks go forward, or back over midnight."""
    due, lead = local_day(zone, now) + days * DAY, 5
    instant = next_look(zone, due, held=False, lead=lead, now=now)
    assert instant is not None and now < instant
    before = instant - timedelta(seconds=1)
    assert local_day(zone, before) <= max(local_day(zone, now), due - (lead + 1) * DAY)
