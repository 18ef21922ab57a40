"""Sending hours: by the customer's clock, on the days clocks change too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.policy.sending_hours import (
    MIDNIGHT,
    SendingHours,
    Window,
    beginning,
    evening,
    is_holiday_country,
    is_open,
    is_zone,
    local_day,
    next_window,
    shown_day,
    window,
    zones,
)

DAYTIME = SendingHours(time(9), time(20))
ALL_DAY = SendingHours(time(0), MIDNIGHT)
ODD_ZONES = [
    "Asia/Taipei",
    "Asia/Shanghai",
    "Asia/Kathmandu",  # UTC+05:45
    "Europe/London",
    "America/New_York",
    "America/Havana",  # clocks change at midnight
    "Africa/Cairo",  # midnight is jumped over
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Kiritimati",  # UTC+14
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Pago_Pago",  # UTC-11
    "Africa/Casablanca",  # summer time is the standard one
    "UTC",
]
# Around each change of clocks, the days Apia and Kiritimati skipped, month ends and leap days.
ODD_DAYS = [
    date(2011, 12, 29),
    date(2011, 12, 30),
    date(1994, 12, 31),
    date(1995, 1, 1),
    date(2028, 2, 29),
    date(2028, 12, 31),
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 4, 24),
    date(2026, 10, 4),
    date(2026, 10, 25),
    date(2026, 10, 29),
    date(2026, 11, 1),
]
zone_names = st.sampled_from(ODD_ZONES)
days = st.sampled_from(ODD_DAYS) | st.dates(date(2024, 1, 1), date(2031, 12, 31))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))
rest_days = st.frozensets(st.integers(0, 6), max_size=3)


@st.composite
def sending_hours(draw: st.DrawFn) -> SendingHours:
    opens, closes = sorted(draw(st.lists(st.integers(0, 24 * 60), min_size=2, max_size=2, unique=True)))
    until = MIDNIGHT if closes == 24 * 60 else time(closes // 60, closes % 60)
    country = draw(st.sampled_from([None, "CN", "TW", "US"]))
    return SendingHours(time(opens // 60, opens % 60), until, draw(rest_days), country)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def moments(of: Window) -> list[datetime]:
    """Instants of a window: its first, its last, and one every quarter of an hour."""
    quarters = int((of.closes - of.opens) / timedelta(minutes=15)) + 1
    inside = [of.opens + n * timedelta(minutes=15) for n in range(quarters)]
    return [at for at in [*inside, of.closes - timedelta(seconds=1)] if at in of]


def test_a_day_in_taipei_is_eight_hours_ahead() -> None:
    assert window(DAYTIME, "Asia/Taipei", date(2026, 2, 28)) == Window(utc(2026, 2, 28, 1), utc(2026, 2, 28, 12))


def test_nothing_is_sent_on_a_rest_day() -> None:
    hours = SendingHours(time(9), time(20), frozenset({6}))
    assert window(hours, "Asia/Taipei", date(2026, 3, 1)) is None
    assert window(hours, "Asia/Taipei", date(2026, 3, 2)) is not None


def test_nothing_is_sent_on_a_public_holiday_of_the_country() -> None:
    hours = SendingHours(time(9), time(20), holidays="CN")
    assert window(hours, "Asia/Shanghai", date(2026, 10, 1)) is None
    assert window(hours, "Asia/Shanghai", date(2026, 9, 30)) is not None


def test_an_observed_holiday_counts_in_the_year_in_which_it_is_observed() -> None:
    hours = SendingHours(time(9), time(20), holidays="US")
    assert window(hours, "America/New_York", date(2021, 12, 31)) is None  # New Year 2022 was a Saturday


def test_a_day_may_be_open_until_midnight() -> None:
    assert window(ALL_DAY, "Asia/Taipei", date(2026, 2, 28)) == Window(utc(2026, 2, 27, 16), utc(2026, 2, 28, 16))


def test_closing_is_not_open_any_more() -> None:
    assert is_open(DAYTIME, "Asia/Taipei", utc(2026, 3, 2, 1))
    assert is_open(DAYTIME, "Asia/Taipei", utc(2026, 3, 2, 11, 59, 59))
    assert not is_open(DAYTIME, "Asia/Taipei", utc(2026, 3, 2, 12))
    assert not is_open(DAYTIME, "Asia/Taipei", utc(2026, 3, 2, 0, 59, 59))


def test_the_day_clocks_go_forward_is_an_hour_shorter() -> None:
    day = window(ALL_DAY, "America/New_York", date(2026, 3, 8))
    assert day is not None
    assert day.closes - day.opens == timedelta(hours=23)


def test_the_day_clocks_go_back_is_half_an_hour_longer_on_lord_howe() -> None:
    day = window(ALL_DAY, "Australia/Lord_Howe", date(2026, 4, 5))
    assert day is not None
    assert day.closes - day.opens == timedelta(hours=24, minutes=30)


def test_hours_that_open_in_the_jumped_hour_open_as_clocks_land() -> None:
    hours = SendingHours(time(2, 30), time(20))
    day = window(hours, "America/New_York", date(2026, 3, 8))
    assert day is not None
    assert day.opens == utc(2026, 3, 8, 7)  # 03:00 summer time


def test_hours_that_close_in_the_jumped_hour_close_as_clocks_leave() -> None:
    hours = SendingHours(time(1), time(2, 30))
    assert window(hours, "America/New_York", date(2026, 3, 8)) == Window(utc(2026, 3, 8, 6), utc(2026, 3, 8, 7))


def test_hours_that_lie_in_the_jumped_hour_do_not_open() -> None:
    assert window(SendingHours(time(2, 10), time(2, 50)), "America/New_York", date(2026, 3, 8)) is None


def test_hours_that_close_in_the_repeated_hour_close_the_first_time() -> None:
    hours = SendingHours(time(0), time(1, 30))
    day = window(hours, "America/New_York", date(2026, 11, 1))
    assert day is not None
    assert day.closes == utc(2026, 11, 1, 5, 30)


def test_hours_that_open_in_the_repeated_hour_open_the_second_time() -> None:
    hours = SendingHours(time(1, 30), time(20))
    day = window(hours, "America/New_York", date(2026, 11, 1))
    assert day is not None
    assert day.opens == utc(2026, 11, 1, 6, 30)


def test_the_day_that_apia_skipped_has_no_hours_and_its_neighbours_have_all() -> None:
    assert window(ALL_DAY, "Pacific/Apia", date(2011, 12, 30)) is None
    for day in (date(2011, 12, 29), date(2011, 12, 31)):
        whole = window(ALL_DAY, "Pacific/Apia", day)
        assert whole is not None
        assert whole.closes - whole.opens == timedelta(hours=24)


def test_of_several_candidate_zones_only_common_hours_remain() -> None:
    day = window(DAYTIME, "Asia/Taipei|Asia/Kolkata", date(2026, 3, 2))
    assert day == Window(utc(2026, 3, 2, 3, 30), utc(2026, 3, 2, 12))


def test_candidates_too_far_apart_leave_nothing_and_the_search_ends() -> None:
    apart = "Pacific/Kiritimati|Pacific/Pago_Pago"
    assert window(DAYTIME, apart, date(2026, 3, 2)) is None
    assert next_window(DAYTIME, apart, utc(2026, 3, 2)) is None


def test_of_several_candidate_zones_the_earliest_day_counts() -> None:
    now = utc(2028, 2, 29, 18)
    assert local_day("Asia/Taipei", now) == date(2028, 3, 1)
    assert local_day("Asia/Taipei|Europe/London", now) == date(2028, 2, 29)


def test_the_day_that_people_are_shown_is_that_of_the_first_candidate() -> None:
    now = utc(2028, 2, 29, 18)
    assert shown_day("Asia/Taipei|Europe/London", now) == shown_day("Asia/Taipei", now) == date(2028, 3, 1)
    assert shown_day("Europe/London|Asia/Taipei", now) == date(2028, 2, 29)
    with pytest.raises(ValueError, match="an instant needs a zone"):
        shown_day("Asia/Taipei", datetime(2026, 3, 2))


def test_kiritimati_is_a_day_ahead_of_pago_pago() -> None:
    now = utc(2027, 12, 31, 10, 30)
    assert local_day("Pacific/Kiritimati", now) == date(2028, 1, 1)
    assert local_day("Pacific/Pago_Pago", now) == date(2027, 12, 30)


def test_in_open_hours_the_next_window_is_the_one_that_is_open() -> None:
    found = next_window(DAYTIME, "Asia/Taipei", utc(2026, 3, 2, 5))
    assert found == Window(utc(2026, 3, 2, 1), utc(2026, 3, 2, 12))


def test_after_closing_the_next_window_is_past_rest_days_and_the_month_end() -> None:
    hours = SendingHours(time(9), time(20), frozenset({5, 6}))
    found = next_window(hours, "Asia/Taipei", utc(2026, 2, 27, 12))  # a Friday, as it closes
    assert found is not None
    assert found.opens == utc(2026, 3, 2, 1)


def test_no_window_is_found_where_every_day_is_a_rest_day() -> None:
    assert next_window(SendingHours(time(9), time(20), frozenset(range(7))), "Asia/Taipei", utc(2026, 3, 2)) is None


def test_the_evening_is_what_is_left_of_the_day_after_its_hours() -> None:
    found = evening(DAYTIME, "Asia/Taipei", date(2026, 3, 2))
    assert found == Window(datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC))


def test_a_day_without_hours_is_all_evening() -> None:
    rests = SendingHours(time(9), time(20), frozenset({0}))  # Mondays
    found = evening(rests, "Asia/Taipei", date(2026, 3, 2))
    assert found == Window(datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC))


def test_hours_that_last_all_day_leave_its_last_five_minutes() -> None:
    found = evening(ALL_DAY, "Asia/Taipei", date(2026, 3, 2))
    assert found == Window(datetime(2026, 3, 2, 15, 55, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC))


@given(
    sending_hours(),
    st.lists(zone_names, min_size=1, max_size=3, unique=True),
    st.dates(date(2024, 1, 1), date(2031, 12, 31)),
)
def test_every_day_has_an_evening_and_is_over_when_it_is(hours: SendingHours, names: list[str], day: date) -> None:
    zone = "|".join(names)
    found = evening(hours, zone, day)
    assert found.closes - found.opens >= timedelta(minutes=5)
    assert local_day(zone, found.closes) >= day + timedelta(days=1)
    assert local_day(zone, found.opens) >= day


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="an instant needs a zone"):
        local_day("Asia/Taipei", datetime(2026, 3, 2))


@pytest.mark.parametrize("name", ["Asia/Taipei", "UTC", "Australia/Lord_Howe", "America/Argentina/Ushuaia"])
def test_names_of_the_zone_database_are_zones(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "..", "/", "Asia", "Asia/", "asia/taipei", "Asia/Taipei ", "Asia/Taipei|Asia/Tokyo"),
        *("../../etc/passwd", "/etc/localtime", "localtime", "Factory", "Etc/Unknown", "right/UTC", "zone.tab", "a\0b"),
        *("\ud800", "x" * 5000),
    ],
)
def test_paths_and_other_text_are_no_zones(name: str) -> None:
    assert not is_zone(name)


def test_an_unknown_zone_is_named_with_what_was_expected() -> None:
    with pytest.raises(ValueError, match="'Mars/Base' is not a time zone; expected an IANA name such as 'Asia/Taipei'"):
        zones("Asia/Taipei|Mars/Base")


def test_a_candidate_named_twice_is_one() -> None:
    assert zones("Asia/Taipei|Asia/Taipei") == (ZoneInfo("Asia/Taipei"),)


def test_only_countries_with_known_holidays_can_be_kept() -> None:
    assert is_holiday_country("CN")
    with pytest.raises(ValueError, match="no holidays are known for 'XX'"):
        SendingHours(time(9), time(20), holidays="XX")


@pytest.mark.parametrize(("opens", "closes"), [(time(20), time(9)), (time(9), time(9))])
def test_hours_over_night_cannot_be_built(opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match="must close later that day"):
        SendingHours(opens, closes)


@pytest.mark.parametrize("hours", [(time(9, tzinfo=UTC), time(20)), (time(9), time(20, tzinfo=UTC))])
def test_hours_are_those_of_the_customers_clock(hours: tuple[time, time]) -> None:
    with pytest.raises(ValueError, match="^sending hours are told by the customer's clock and carry no zone"):
        SendingHours(*hours)


@pytest.mark.parametrize("day", [-1, 7])
def test_rest_days_are_days_of_a_week(day: int) -> None:
    with pytest.raises(ValueError, match=rf"^rest days are 0 \(Monday\) to 6 \(Sunday\), not \[{day}\]"):
        SendingHours(time(9), time(20), frozenset({day}))


def test_a_window_opens_before_it_closes() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert noon in Window(noon, noon + timedelta(seconds=1))
    for closes in (noon, noon - timedelta(seconds=1)):
        with pytest.raises(ValueError, match="a window opens before it closes, not "):
            Window(noon, closes)


def test_an_unknown_zone_is_quoted_with_sixty_characters() -> None:
    with pytest.raises(ValueError, match=f"^'{'x' * 60}' is not a time zone"):
        zones("x" * 80)


@given(st.text(max_size=20))
def test_any_text_is_a_zone_or_not(text: str) -> None:
    assert isinstance(is_zone(text), bool)


@given(sending_hours(), zone_names, days)
def test_every_moment_of_a_window_is_within_that_day_and_its_hours(hours: SendingHours, zone: str, day: date) -> None:
    found = window(hours, zone, day)
    for at in moments(found) if found else []:
        local = at.astimezone(ZoneInfo(zone))
        assert local.date() == day
        assert hours.opens <= local.time()
        assert hours.closes == MIDNIGHT or local.time() < hours.closes
        assert is_open(hours, zone, at)


@given(zone_names, st.dates(date(2024, 1, 1), date(2031, 12, 31)))
def test_whole_days_follow_each_other_without_a_gap(zone: str, day: date) -> None:
    today, tomorrow = window(ALL_DAY, zone, day), window(ALL_DAY, zone, day + timedelta(days=1))
    assert today is not None
    assert tomorrow is not None
    assert timedelta(0) <= tomorrow.opens - today.closes <= timedelta(hours=1)  # Havana's repeated hour after midnight


@given(sending_hours(), st.lists(zone_names, min_size=2, max_size=4, unique=True), days)
def test_common_hours_are_within_the_hours_of_each_zone(hours: SendingHours, names: list[str], day: date) -> None:
    common = window(hours, "|".join(names), day)
    for name in names if common else []:
        own = window(hours, name, day)
        assert common is not None
        assert own is not None
        assert own.opens <= common.opens < common.closes <= own.closes


@given(sending_hours(), zone_names, instants)
def test_the_next_window_is_never_over_yet(hours: SendingHours, zone: str, now: datetime) -> None:
    found = next_window(hours, zone, now)
    assert found is not None
    assert found.closes > now


@given(sending_hours(), zone_names, instants)
def test_hours_are_open_just_when_the_next_window_has_opened(hours: SendingHours, zone: str, now: datetime) -> None:
    found = next_window(hours, zone, now)
    assert is_open(hours, zone, now) == (found is not None and found.opens <= now)


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("UTC", datetime(2026, 3, 2, tzinfo=UTC)),
        ("Asia/Taipei", datetime(2026, 3, 1, 16, tzinfo=UTC)),
        ("Asia/Taipei|Asia/Tokyo", datetime(2026, 3, 1, 16, tzinfo=UTC)),  # where it begins last
    ],
)
def test_a_day_begins_once_it_has_everywhere(zone: str, begins: datetime) -> None:
    assert beginning(zone, date(2026, 3, 2)) == begins
