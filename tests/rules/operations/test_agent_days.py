"""A day's lines are in order, and messages in one case that follow each other are one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.rules.cases.agent_limits import AgentChange
from bot.rules.cases.shifts import read_shifts
from bot.rules.operations.agent_days import Messages, Pause, breaks, together
from bot.rules.operations.audit_log import Entry
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.rosters import Shifts

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_messages_that_follow_each_other_are_one_line() -> None:
    claimed, closed = Entry("case", 1, at(0), "claimed", case_id=1), Entry("case", 9, at(4), "closed", case_id=1)
    written = [Messages(at(minute), case_id) for minute, case_id in ((5, 1), (3, 1), (2, 2), (1, 1), (1, 1))]
    others = [Entry("case", 5, at(3), "said", case_id=1), Entry("console", 1, at(0), "signed_in")]
    assert together([closed, *others, claimed], written) == (
        claimed,
        Messages(at(1), 1, 2),
        Messages(at(2), 2),
        Messages(at(3), 1),
        closed,
        Messages(at(5), 1),
    )


def test_messages_are_added_to_the_last_line_alone_also_where_others_are_before_it() -> None:
    claimed, closed = Entry("case", 1, at(0), "claimed", case_id=1), Entry("case", 2, at(9), "closed", case_id=2)
    written = [Messages(at(minute), case_id, count) for minute, case_id, count in ((1, 1, 2), (3, 2, 1), (4, 2, 5))]
    expected = (claimed, Messages(at(1), 1, 2), Messages(at(3), 2, 6), closed)
    assert together([claimed, closed], written) == expected
    assert together([], written[1:]) == (Messages(at(3), 2, 6),)


def test_of_one_instant_what_was_done_comes_by_its_number_and_then_what_was_written() -> None:
    second, first = (Entry("case", number, NINE, "note", case_id=1) for number in (8, 7))
    assert together([second, first], [Messages(NINE, 1)]) == (first, second, Messages(NINE, 1))


def test_breaks_are_between_the_periods_of_that_day() -> None:
    shifts = read_shifts("mon-fri 9:00-12:30 13:30-18:00")
    assert isinstance(shifts, Shifts)
    desk = Desk(time_zone="UTC")
    day = NINE.replace(hour=0)
    lunch = Pause(NINE.replace(hour=12, minute=30), NINE.replace(hour=13, minute=30))
    end, later = day + timedelta(days=1), day + timedelta(days=9)
    assert breaks(desk, shifts, day, end, later) == (lunch,)
    assert breaks(desk, shifts, day, end, lunch.at - timedelta(seconds=1)) == (), "it has not begun"
    assert breaks(desk, shifts, day, end, lunch.at) == (lunch,), "it is not over"
    assert breaks(desk, shifts, day + timedelta(days=5), day + timedelta(days=6), later) == (), "a Saturday"
    assert breaks(desk, shifts, day, lunch.until, later) == (), "there is no work after it"
    assert breaks(desk, shifts, lunch.at - timedelta(minutes=1), end, later) == (lunch,)
    assert breaks(desk, shifts, lunch.at, end, later) == (), "there is no work before it"
    gone, back = AgentChange(at(1), "away"), AgentChange(at(200), "back")
    wrote = Messages(at(30), 1)
    assert together([], [wrote], [lunch, gone, back]) == (gone, wrote, back, lunch)


def test_there_is_no_break_at_midnight_where_work_goes_on() -> None:
    nights = read_shifts("mon 18:00-24:00; tue 0:00-2:00 3:00-6:00")
    assert isinstance(nights, Shifts)
    noon = NINE.replace(hour=12)
    rest = Pause(noon + timedelta(hours=14), noon + timedelta(hours=15))
    next_noon = noon + timedelta(days=1)
    assert breaks(Desk(time_zone="UTC"), nights, noon, next_noon, next_noon) == (rest,)
    assert breaks(Desk(time_zone="UTC"), None, noon, next_noon, next_noon) == ()
