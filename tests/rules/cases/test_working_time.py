"""Working time passes while the desk is open, and at no other time: over nights, holidays, and clocks that change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case import Case, Due
from bot.rules.cases.deadlines import due_after_snooze, due_now, due_of, is_over, remind_until, with_due
from bot.rules.cases.working_time import later_by, worked, working_days_later
from bot.rules.policy.desk_hours import desk_is_open, opens_at
from bot.rules.policy.desk_terms import Break, Desk
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours

HOUR = timedelta(hours=1)
OFFICE = SendingHours(time(9), time(18), frozenset({5, 6}))
ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
lengths = st.integers(0, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def desks(draw: st.DrawFn) -> Desk:
    """Desks of all kinds, round the clock too."""
    zone = draw(st.sampled_from(ZONES))
    if draw(st.booleans()) and draw(st.booleans()):
        return Desk(time_zone=zone)
    opens = draw(st.integers(0, 22))
    closes = draw(st.integers(opens + 1, 24))
    rest = draw(st.frozensets(st.integers(0, 6), max_size=6))
    until = MIDNIGHT if closes == 24 else time(closes)
    hours = SendingHours(time(opens), until, rest, draw(st.sampled_from((None, "CN", "US"))))
    if closes - opens > 2 and draw(st.booleans()):
        lunch = draw(st.integers(opens + 1, closes - 2))
        return Desk(time_zone=zone, hours=hours, pause=Break(time(lunch), time(lunch, draw(st.integers(1, 59)))))
    return Desk(time_zone=zone, hours=hours)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (datetime(2026, 3, 2, 4, tzinfo=UTC), 1, datetime(2026, 3, 3, 10, tzinfo=UTC)),  # Monday noon
        (datetime(2026, 3, 2, 4, tzinfo=UTC), 5, datetime(2026, 3, 9, 10, tzinfo=UTC)),  # over a weekend
        (datetime(2026, 3, 2, 15, tzinfo=UTC), 1, datetime(2026, 3, 3, 10, tzinfo=UTC)),  # Monday night
        (datetime(2026, 3, 1, 17, tzinfo=UTC), 1, datetime(2026, 3, 3, 10, tzinfo=UTC)),  # 1:00 on Monday
        (datetime(2026, 3, 7, 4, tzinfo=UTC), 1, datetime(2026, 3, 9, 10, tzinfo=UTC)),  # Saturday
    ],
)
def test_an_answer_comes_before_the_desk_closes_on_its_last_working_day(
    start: datetime, days: int, end: datetime
) -> None:
    assert working_days_later(Desk(time_zone="Asia/Shanghai", hours=OFFICE), start, days) == end


def test_a_working_day_is_one_where_the_desk_is() -> None:
    desk = Desk(time_zone="Pacific/Auckland", hours=OFFICE)  # opens at eight in the evening before, in UTC
    assert working_days_later(desk, datetime(2026, 3, 1, 21, tzinfo=UTC), 1) == datetime(2026, 3, 3, 5, tzinfo=UTC)


def test_a_desk_that_never_closes_works_every_day() -> None:
    start = datetime(2026, 3, 7, 4, tzinfo=UTC)
    assert working_days_later(Desk(), start, 5) == start + timedelta(days=5)


@given(desks(), instants, lengths)
def test_so_much_has_passed_as_was_added(desk: Desk, start: datetime, length: timedelta) -> None:
    end = later_by(desk, start, length)
    assert end >= start
    assert worked(desk, start, end) == length


@given(desks(), instants, lengths, lengths)
def test_one_after_the_other_is_both_together(desk: Desk, start: datetime, one: timedelta, two: timedelta) -> None:
    assert worked(desk, start, later_by(desk, later_by(desk, start, one), two)) == one + two


@given(desks(), instants, lengths)
def test_what_is_due_is_due_in_working_hours(desk: Desk, start: datetime, length: timedelta) -> None:
    end = later_by(desk, start, length + timedelta(minutes=1))
    assert desk_is_open(desk, end - timedelta(seconds=1))


@given(desks(), instants)
def test_a_desk_is_open_when_it_opens(desk: Desk, now: datetime) -> None:
    opens = opens_at(desk, now)
    assert opens >= now
    assert desk_is_open(desk, opens)
    assert (opens == now) == desk_is_open(desk, now)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (utc(2026, 3, 2, 1), 4, utc(2026, 3, 2, 5)),  # Monday, 9:00 to 13:00
        (utc(2026, 3, 2, 1), 9, utc(2026, 3, 2, 10)),  # to the end of the day
        (utc(2026, 3, 2, 9), 2, utc(2026, 3, 3, 2)),  # over night
        (utc(2026, 3, 6, 9), 2, utc(2026, 3, 9, 2)),  # over the weekend
        (utc(2026, 3, 1, 3), 1, utc(2026, 3, 2, 2)),  # from a Sunday
    ],
)
def test_an_office_in_shanghai(start: datetime, hours: int, end: datetime) -> None:
    assert later_by(Desk(time_zone="Asia/Shanghai", hours=OFFICE), start, hours * HOUR) == end


LUNCH = Desk(time_zone="Asia/Shanghai", hours=OFFICE, pause=Break(time(12, 30), time(13, 30)))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (utc(2026, 3, 2, 4), 1, utc(2026, 3, 2, 6)),  # Monday noon: half an hour before lunch, half an hour after it
        (utc(2026, 3, 2, 5), 1, utc(2026, 3, 2, 6, 30)),  # at lunch
        (utc(2026, 3, 2, 1), 8, utc(2026, 3, 2, 10)),  # the whole day has eight hours
        (utc(2026, 3, 6, 9), 5, utc(2026, 3, 9, 6)),  # over the weekend and lunch
        (utc(2028, 2, 28, 1), 9, utc(2028, 2, 29, 2)),  # to a leap day
    ],
)
def test_lunch_is_no_working_time(start: datetime, hours: int, end: datetime) -> None:
    assert later_by(LUNCH, start, hours * HOUR) == end


def test_nobody_is_there_at_lunch() -> None:
    assert opens_at(LUNCH, utc(2026, 3, 2, 4, 30)) == utc(2026, 3, 2, 5, 30)
    assert desk_is_open(LUNCH, utc(2026, 3, 2, 4, 29, 59))
    assert not desk_is_open(LUNCH, utc(2026, 3, 2, 5, 29, 59))


@pytest.mark.parametrize("days", [1, 2, 5])
def test_a_day_with_lunch_is_one_working_day(days: int) -> None:
    whole = replace(LUNCH, pause=None)
    for hour in (1, 4, 5, 6, 15):
        start = utc(2026, 3, 2, hour)
        assert working_days_later(LUNCH, start, days) == working_days_later(whole, start, days)


@pytest.mark.parametrize("pause", [Break(time(9), time(10)), Break(time(17), time(18)), Break(time(6), time(7))])
def test_a_break_lies_within_the_hours(pause: Break) -> None:
    with pytest.raises(ValueError, match="within the desk's hours"):
        replace(LUNCH, pause=pause)


def test_holidays_are_left_out() -> None:
    desk = Desk(time_zone="Asia/Shanghai", hours=SendingHours(time(9), time(18), holidays="CN"))
    assert later_by(desk, utc(2026, 9, 30, 9), 2 * HOUR) == utc(2026, 10, 4, 2)  # three days of National Day


@pytest.mark.parametrize(
    ("day", "passed"), [(utc(2026, 3, 8, 5), 23), (utc(2026, 11, 1, 4), 25), (utc(2026, 6, 1, 4), 24)]
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: datetime, passed: int) -> None:
    desk = Desk(time_zone="America/New_York", hours=SendingHours(time(0), MIDNIGHT))
    assert worked(desk, day, day + 30 * HOUR) == 30 * HOUR
    night = Desk(
        time_zone="America/New_York", hours=SendingHours(time(0), MIDNIGHT, frozenset({(day.weekday() + 1) % 7}))
    )
    assert worked(night, day, day + 26 * HOUR) == passed * HOUR


def test_a_desk_that_never_opens_puts_nothing_off_for_ever() -> None:
    never = Desk(time_zone="UTC", hours=SendingHours(time(9), time(18), frozenset(range(7))))
    assert later_by(never, utc(2026, 3, 2), HOUR) == utc(2026, 3, 2, 1)
    assert opens_at(never, utc(2026, 3, 2)) == utc(2026, 3, 2)


# --- What is due -----------------------------------------------------------------------------------------------------

DESK = Desk(first_answer={"asked": HOUR, "other": 8 * HOUR}, next_action={"other": 24 * HOUR})
OPENED = utc(2026, 3, 2, 4)


def case(**more: object) -> Case:
    return Case(1, "C1", "asked", "waiting", OPENED, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "due"),
    [
        ({}, Due(OPENED + HOUR, "first_answer")),
        ({"waits_since": OPENED + 3 * HOUR, "worked_at": OPENED + 2 * HOUR}, Due(OPENED + 4 * HOUR, "first_answer")),
        ({"worked_at": OPENED + 2 * HOUR}, Due(OPENED + 26 * HOUR, "next_action")),
        ({"worked_at": OPENED, "call_at": OPENED + 30 * HOUR}, Due(OPENED + 30 * HOUR, "call_back")),
        ({"waits_since": OPENED, "call_at": OPENED + 30 * HOUR}, Due(OPENED + HOUR, "first_answer")),
        ({"waits_since": OPENED, "call_at": OPENED + HOUR / 2}, Due(OPENED + HOUR / 2, "call_back")),
    ],
)
def test_what_is_due_next(more: dict[str, object], due: Due) -> None:
    assert due_of(DESK, case(**more), OPENED) == due


def test_how_long_a_case_may_lie_goes_by_why_it_was_opened() -> None:
    desk = Desk(next_action={"asked": 2 * HOUR, "other": 24 * HOUR})
    assert due_of(desk, case(worked_at=OPENED), OPENED) == Due(OPENED + 2 * HOUR, "next_action")


def test_a_call_at_the_very_time_of_the_answer_is_told_as_the_answer() -> None:
    assert due_of(DESK, case(waits_since=OPENED, call_at=OPENED + HOUR), OPENED) == Due(OPENED + HOUR, "first_answer")


def test_what_is_due_is_told_as_stored_until_something_happens() -> None:
    stored = case(due_at=OPENED + 5 * HOUR, due_kind="next_action")
    assert due_now(DESK, stored, OPENED) == Due(OPENED + 5 * HOUR, "next_action")
    assert due_now(DESK, case(due_at=OPENED), OPENED) == Due(OPENED + HOUR, "first_answer")


@pytest.mark.parametrize("more", [{}, {"worked_at": OPENED + HOUR}])
def test_where_nobody_waits_a_deadline_is_not_past_when_it_is_worked_out_again(more: dict[str, object]) -> None:
    now, later = OPENED + 60 * HOUR, case(due_at=OPENED + 25 * HOUR, **more)
    assert due_of(DESK, later, now) == Due(now + HOUR, "next_action" if more else "first_answer")
    assert due_of(DESK, replace(later, due_at=OPENED), now).at < now, "a new case that was seen late is late"
    over = due_of(DESK, replace(later, due_at=OPENED), now).at
    assert due_of(DESK, later, over).at == over + HOUR, "at the very deadline"
    assert due_of(DESK, later, over - HOUR / 2).at == over


@pytest.mark.parametrize("more", [{"waits_since": OPENED}, {"call_at": OPENED + 2 * HOUR}])
def test_who_waits_has_waited_whoever_has_the_case(more: dict[str, object]) -> None:
    assert due_of(DESK, case(due_at=OPENED + HOUR, **more), OPENED + 60 * HOUR).at <= OPENED + 2 * HOUR


def test_after_a_rest_there_is_time_for_a_first_answer() -> None:
    ended = OPENED + 48 * HOUR
    assert due_after_snooze(DESK, case(due_at=OPENED, due_kind="next_action"), ended) == Due(
        ended + HOUR, "next_action"
    )
    later = case(due_at=ended + 20 * HOUR, due_kind="next_action")
    assert due_after_snooze(DESK, later, ended) == Due(ended + 20 * HOUR, "next_action")


def test_what_was_due_at_the_end_of_a_rest_has_its_time_from_then() -> None:
    ended = OPENED + 48 * HOUR
    assert due_after_snooze(DESK, case(due_at=ended, due_kind="call_back"), ended) == Due(ended + HOUR, "next_action")


def test_who_waits_after_a_rest_is_answered() -> None:
    ended = OPENED + 48 * HOUR
    assert due_after_snooze(DESK, case(waits_since=OPENED), ended) == Due(ended + HOUR, "first_answer")
    assert due_after_snooze(DESK, case(call_at=ended + HOUR / 2), ended) == Due(ended + HOUR / 2, "call_back")


def test_a_reminder_comes_in_working_time_before() -> None:
    office = Desk(time_zone="Asia/Shanghai", hours=OFFICE, remind_before=timedelta(minutes=30))
    assert remind_until(office, utc(2026, 3, 6, 9, 45)) == utc(2026, 3, 9, 1, 15)  # Friday 17:45, Monday 9:15


def test_a_lease_is_over_once_its_time_is() -> None:
    assert not is_over(OPENED, HOUR, DESK, OPENED + HOUR - timedelta(seconds=1))
    assert is_over(OPENED, HOUR, DESK, OPENED + HOUR)


@given(desks(), instants, st.sampled_from(list(CaseReason)), st.booleans())
def test_what_is_due_when_a_case_opens_is_never_past_and_falls_into_the_hours(
    desk: Desk, opened: datetime, reason: CaseReason, asked: bool
) -> None:
    """Late in the day, on a rest day and by a clock that changes: as a new case is stored, due at once."""
    new = Case(1, "C1", reason, "waiting", opened, waits_since=opened if asked else None, due_at=opened)
    shown = with_due(desk, new, opened)
    assert shown.due_at is not None
    assert (shown.due_kind, shown.due_at > opened) == ("first_answer", True)
    moment = timedelta(microseconds=1)
    assert desk_is_open(desk, shown.due_at - moment)
    assert worked(desk, opened, shown.due_at) == desk.first_answer_within(reason)
    assert with_due(desk, shown, opened) == shown


def test_a_case_that_rests_or_is_closed_has_nothing_due() -> None:
    for left in (case(due_at=OPENED, snoozed_until=OPENED + HOUR), replace(case(due_at=OPENED), state="closed")):
        assert with_due(DESK, left, OPENED) == left
