"""Somebody is there when the desk is open and an agent is on duty: by shifts, absences, and clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.cases.shifts import kept_shifts
from bot.rules.policy.desk_hours import desk_is_open, opens_at
from bot.rules.policy.desk_terms import Break, Desk
from bot.rules.policy.rosters import Agent, shift_windows, somebody_from, somebody_is_there, staffed
from bot.rules.policy.sending_hours import SendingHours, Window

HOUR = timedelta(hours=1)
OFFICE = Desk("Asia/Taipei", SendingHours(time(9), time(18), frozenset({5, 6})), pause=Break(time(12), time(13)))
DESKS = (OFFICE, Desk("Europe/London"), Desk("America/New_York", SendingHours(time(1), time(22), holidays="US")))
SHIFTS = ("mon-fri 9:00-12:30 13:30-18:00", "sat-sun 0:00-24:00", "mon 1:30-2:30; sun 1:30-2:30 2:45-4:00", "wed 22-24")
instants = st.datetimes(datetime(2026, 3, 1), datetime(2028, 3, 3)).map(lambda at: at.replace(tzinfo=UTC))
absences = st.builds(lambda at, days: Window(at, at + timedelta(days=days)), instants, st.integers(1, 40))
people = st.builds(
    lambda text, away: Agent(kept_shifts(text), tuple(away)),
    st.sampled_from(("", *SHIFTS)),
    st.lists(absences, max_size=2),
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def is_on_duty(agent: Agent, zone: str, at: datetime) -> bool:
    """The same, asked for one instant alone."""
    if any(at in absence for absence in agent.absences):
        return False
    return agent.shifts is None or at in next(shift_windows(agent.shifts, zone, at))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(DESKS), st.lists(people, min_size=1, max_size=2), instants)
def test_somebody_is_there_when_the_desk_is_open_and_one_is_on_duty(
    desk: Desk, roster: list[Agent], at: datetime
) -> None:
    one = any(is_on_duty(agent, desk.time_zone, at) for agent in roster)
    assert somebody_is_there(desk, roster, at) == (desk_is_open(desk, at) and one)
    opens = somebody_from(desk, roster, at)
    assert opens >= at
    assert (opens == at) >= somebody_is_there(desk, roster, at)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(DESKS), st.lists(people, min_size=1, max_size=2), instants)
def test_the_times_follow_each_other(desk: Desk, roster: list[Agent], since: datetime) -> None:
    found = list(islice(staffed(desk, roster, since), 12))
    assert all(window.closes > since for window in found)
    assert all(one.closes <= two.opens for one, two in pairwise(found))


def test_an_agent_without_shifts_is_there_whenever_the_desk_is() -> None:
    late = [Agent(kept_shifts("wed 16-18")), Agent()]
    monday = utc(2026, 3, 2, 1)
    assert somebody_is_there(OFFICE, late, monday)
    assert somebody_from(OFFICE, late[:1], monday) == utc(2026, 3, 4, 8)


def test_a_desk_that_nobody_is_named_for_has_its_hours() -> None:
    assert somebody_from(OFFICE, (), utc(2026, 3, 1, 3)) == utc(2026, 3, 2, 1)
    assert next(staffed(OFFICE, (), utc(2026, 3, 1, 3))) == Window(utc(2026, 3, 2, 1), utc(2026, 3, 2, 4))


@pytest.mark.parametrize("second", ["mon 10-12", "mon 11-12"])
def test_a_colleague_takes_over_without_a_gap(second: str) -> None:
    two = [Agent(kept_shifts("mon 9-11")), Agent(kept_shifts(second))]
    assert next(staffed(OFFICE, two, utc(2026, 3, 2, 1))) == Window(utc(2026, 3, 2, 1), utc(2026, 3, 2, 4))


def test_a_time_that_ends_now_is_over() -> None:
    one = [Agent(kept_shifts("mon 9-11; tue 9-11"))]
    assert next(staffed(OFFICE, one, utc(2026, 3, 2, 3))) == Window(utc(2026, 3, 3, 1), utc(2026, 3, 3, 3))


def test_an_absence_from_the_beginning_or_to_the_end_leaves_no_empty_time() -> None:
    next_week = Window(utc(2026, 3, 9), utc(2026, 3, 10))
    begins, ends = (Window(utc(2026, 3, 2, hour), utc(2026, 3, 2, hour + 1)) for hour in (1, 3))
    for absences in ((begins,), (ends,), (begins, next_week), (ends, next_week)):
        found = list(islice(staffed(OFFICE, [Agent(absences=absences)], utc(2026, 3, 2, 0)), 3))
        assert all(window.opens < window.closes for window in found)
        assert found[1] == Window(utc(2026, 3, 2, 5), utc(2026, 3, 2, 10))


def test_an_absence_cuts_a_shift() -> None:
    ill = [Agent(absences=(Window(utc(2026, 3, 2, 2), utc(2026, 3, 2, 3)),))]
    found = list(islice(staffed(OFFICE, ill, utc(2026, 3, 2, 1)), 2))
    assert found == [Window(utc(2026, 3, 2, 1), utc(2026, 3, 2, 2)), Window(utc(2026, 3, 2, 3), utc(2026, 3, 2, 4))]


def test_if_nobody_comes_within_a_year_the_desks_hours_are_told() -> None:
    never = [Agent(kept_shifts("sun 10-12"))]
    assert somebody_from(OFFICE, never, utc(2026, 3, 1, 3)) == opens_at(OFFICE, utc(2026, 3, 1, 3))


@pytest.mark.parametrize(
    ("since", "opens", "closes"),
    [
        (utc(2026, 3, 29), utc(2026, 3, 29, 1), utc(2026, 3, 29, 1, 30)),  # 1:00 becomes 2:00: 1:30 is jumped over
        (utc(2026, 10, 25), utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 2, 30)),  # 1:30 comes twice: the second one
    ],
)
def test_a_shift_begins_when_the_clock_is_past_it(since: datetime, opens: datetime, closes: datetime) -> None:
    night = kept_shifts("sun 1:30-2:30")
    assert night is not None
    assert next(shift_windows(night, "Europe/London", since)) == Window(opens, closes)
