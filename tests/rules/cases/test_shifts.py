"""Shifts are read as they are written, and what has no clear meaning is refused with the word that is wrong."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.cases.absences import Absence, NoAbsence, read_absence
from bot.rules.cases.shifts import NoShifts, kept_shifts, read_shifts
from bot.rules.policy.rosters import Shifts
from bot.rules.policy.sending_hours import MIDNIGHT

TODAY = date(2026, 11, 29)  # a Sunday


@st.composite
def periods(draw: st.DrawFn) -> tuple[tuple[time, time], ...]:
    ends = sorted(draw(st.sets(st.integers(0, 24 * 60), min_size=2, max_size=6)))
    ends = ends[: len(ends) // 2 * 2]
    at = [MIDNIGHT if end == 24 * 60 else time(*divmod(end, 60)) for end in ends]
    return tuple(zip(at[::2], at[1::2], strict=True))


@given(st.lists(st.just(()) | periods(), min_size=7, max_size=7).filter(any))
def test_what_is_kept_is_read_as_it_was(days: list[tuple[tuple[time, time], ...]]) -> None:
    shifts = Shifts(tuple(days))
    assert kept_shifts(str(shifts)) == read_shifts(str(shifts)) == shifts


def test_who_has_no_shifts_has_none_to_read() -> None:
    assert kept_shifts("") is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mon-fri 9:00-12:30 13:30-18:00", "mon-fri 9:00-12:30 13:30-18:00"),
        ("Mon-Fri 9-18; Sat 10-14", "mon-fri 9:00-18:00; sat 10:00-14:00"),
        ("mon-fri 9-18 sat 10 – 14", "mon-fri 9:00-18:00; sat 10:00-14:00"),
        ("周一至周五 ９：００－１８：００；周六 10.00-14.00", "mon-fri 9:00-18:00; sat 10:00-14:00"),
        ("mon,wed 13:30-18:00 9:00-12:30", "mon 9:00-12:30 13:30-18:00; wed 9:00-12:30 13:30-18:00"),
        ("fri-mon 0-24", "mon 0:00-24:00; fri-sun 0:00-24:00"),
        ("mon 9-12 12-15", "mon 9:00-12:00 12:00-15:00"),
    ],
)
def test_shifts_are_read_as_people_write_them(text: str, kept: str) -> None:
    assert str(read_shifts(text)) == kept


@pytest.mark.parametrize(
    ("text", "fault", "word"),
    [
        ("", "unreadable", ""),
        ("9-17", "unreadable", "9-17"),
        ("mon", "unreadable", ""),
        ("mon tue 9-17", "unreadable", "tue"),
        ("mon sometimes", "unreadable", "sometimes"),
        ("mon 9-25", "unreadable", "9-25"),
        ("mon 9:60-10", "unreadable", "9:60-10"),
        ("mon 9-12 11-15", "overlap", "11-15"),
        ("mon 13-24 14-15", "overlap", "14-15"),
        ("mon 22:00-6:00", "backwards", "22:00-6:00"),
        ("mon 22:00-6:60", "unreadable", "22:00-6:60"),
        ("mon 9-24:01", "unreadable", "9-24:01"),
        ("xyz 9-17", "unreadable", "xyz"),
        ("mon-xyz 9-17", "unreadable", "mon-xyz"),
        ("mon-tue-wed 9-17", "unreadable", "mon-tue-wed"),
        ("mon,mon 9-17", "unreadable", "mon,mon"),
        ("mon-wed,tue 9-17", "unreadable", "mon-wed,tue"),
        ("mon 9-17 tue", "unreadable", ""),
        ("mon 9-9", "backwards", "9-9"),
        ("mon-fri 9-17 fri 18-20", "twice", "fri"),
        ("mon 1-2 3-4 5-6 7-8", "many", "7-8"),
    ],
)
def test_what_has_no_clear_meaning_is_refused(text: str, fault: str, word: str) -> None:
    assert read_shifts(text) == NoShifts(fault, word)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("24 Dec - 2 Jan", (2026, 12, 24), (2027, 1, 2)),
        ("Dec 24 to january 2", (2026, 12, 24), (2027, 1, 2)),
        ("2026-12-24 - 2027-01-02", (2026, 12, 24), (2027, 1, 2)),
        ("12-24 – 01-02", (2026, 12, 24), (2027, 1, 2)),
        ("12月24日到1月2日", (2026, 12, 24), (2027, 1, 2)),
        ("tomorrow - friday", (2026, 11, 30), (2026, 12, 4)),
        ("today", (2026, 11, 29), (2026, 11, 29)),
        ("2026-11-20 - 2026-12-01", (2026, 11, 29), (2026, 12, 1)),
        ("2026-11-20 - 2026-11-29", (2026, 11, 29), (2026, 11, 29)),
        ("2026-12-24 - 2026-12-24", (2026, 12, 24), (2026, 12, 24)),
        ("29 Nov", (2026, 11, 29), (2026, 11, 29)),
        ("28 Nov", (2027, 11, 28), (2027, 11, 28)),
        ("3 Sept - 31 Oct", (2027, 9, 3), (2027, 10, 31)),
        ("2027-11-30", (2027, 11, 30), (2027, 11, 30)),  # 366 days ahead
        ("2026-12-01 - 2027-12-02", (2026, 12, 1), (2027, 12, 2)),  # 366 days after the first
        ("2026-11-28 - 2027-11-29", (2026, 11, 29), (2027, 11, 29)),
    ],
)
def test_an_absence_is_read_as_people_write_it(
    text: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert read_absence(text, TODAY) == Absence(date(*first), date(*last))


def test_an_absence_that_has_begun_is_this_years() -> None:
    assert read_absence("28 Nov - 2 Dec", TODAY) == Absence(TODAY, date(2026, 12, 2))
    assert read_absence("28 Dec - 2 Jan", date(2027, 1, 1)) == Absence(date(2027, 1, 1), date(2027, 1, 2))
    assert read_absence("20 Nov - 28 Nov", TODAY) == Absence(date(2027, 11, 20), date(2027, 11, 28))
    assert read_absence("28 Nov - 29 Nov", TODAY) == Absence(TODAY, TODAY)


def test_an_absence_that_began_longer_ago_or_lasts_longer_is_next_years() -> None:
    assert read_absence("30 Sep - 29 Nov", TODAY) == Absence(TODAY, TODAY)  # sixty days ago, for sixty days
    assert read_absence("29 Sep - 29 Nov", TODAY) == Absence(date(2027, 9, 29), date(2027, 11, 29))
    assert read_absence("2 Oct - 1 Dec", TODAY) == Absence(TODAY, date(2026, 12, 1))
    assert read_absence("1 Oct - 1 Dec", TODAY) == Absence(date(2027, 10, 1), date(2027, 12, 1))


def test_a_leap_day_is_the_next_one() -> None:
    assert read_absence("29 Feb", date(2027, 6, 1)) == Absence(date(2028, 2, 29), date(2028, 2, 29))
    assert read_absence("29 Feb", date(2096, 3, 1)) == NoAbsence("far")  # 2100 has none


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unreadable"),
        ("on holiday", "unreadable"),
        ("24 Foo", "unreadable"),
        ("1 Dec - 2 Dec - 3 Dec", "unreadable"),
        ("2026-12-24 - 2026-12-20", "backwards"),
        ("2026-11-01", "past"),
        ("2028-01-01", "far"),
        ("1 Dec - 2028-01-01", "far"),
        ("2027-12-01", "far"),  # 367 days ahead
        ("2026-12-01 - 2027-12-03", "far"),
        ("28 Nov - 30 Feb", "unreadable"),
        ("30 Feb - 2 Mar", "unreadable"),
        ("tomorrow - soon", "unreadable"),
        ("2026-11-20 - 2026-11-28", "past"),
    ],
)
def test_what_are_no_days_to_be_away_is_refused(text: str, why: str) -> None:
    assert read_absence(text, TODAY) == NoAbsence(why)  # type: ignore[arg-type]
