"""When a customer can be called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.callback_slots import SLOT, is_slot, slots
from bot.rules.policy.desk_hours import desk_is_open
from bot.rules.policy.desk_terms import Break, Desk
from bot.rules.policy.sending_hours import SendingHours, is_open

CONTACT = SendingHours(time(9), time(20))
OFFICE = Desk(time_zone="Asia/Taipei", hours=SendingHours(time(10), time(18), frozenset({5, 6})))
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # Monday in Taipei


def local(instants: tuple[datetime, ...], zone: str) -> list[str]:
    return [f"{at.astimezone(ZoneInfo(zone)):%a %H:%M}" for at in instants]


def test_two_half_hours_on_each_of_three_days_by_the_customers_clock() -> None:
    offered = local(slots(CONTACT, "Asia/Taipei", OFFICE, NOON), "Asia/Taipei")
    assert offered == ["Mon 12:30", "Mon 15:00", "Tue 10:00", "Tue 14:00", "Wed 10:00", "Wed 14:00"]


def test_only_while_somebody_is_at_the_desk_far_away() -> None:
    offered = local(slots(CONTACT, "Europe/Paris", OFFICE, NOON), "Europe/Paris")
    assert offered[0] == "Mon 09:00"  # 16:00 in Taipei
    assert all("09:00" <= slot[4:] <= "10:30" for slot in offered)


def test_where_the_hours_never_meet_nothing_is_offered() -> None:
    assert slots(CONTACT, "America/New_York", OFFICE, NOON) == ()


def test_rest_days_are_passed_over() -> None:
    friday_evening = datetime(2026, 3, 6, 10, tzinfo=UTC)
    offered = local(slots(CONTACT, "Asia/Taipei", OFFICE, friday_evening), "Asia/Taipei")
    assert offered[:2] == ["Mon 10:00", "Mon 14:00"]


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (NOON, "12:30"),
        (NOON + timedelta(seconds=1), "13:00"),
        (NOON + timedelta(microseconds=1), "13:00"),
        (NOON + timedelta(minutes=12, seconds=34), "13:00"),
        (NOON + timedelta(minutes=30), "13:00"),
        (NOON + timedelta(minutes=31), "13:30"),
    ],
)
def test_the_first_is_half_an_hour_ahead_at_least_and_at_a_full_or_half_hour(now: datetime, first: str) -> None:
    assert local(slots(CONTACT, "Asia/Taipei", OFFICE, now), "Asia/Taipei")[0] == f"Mon {first}"


def test_half_hours_are_those_of_the_customers_clock() -> None:
    now = datetime(2026, 3, 2, 6, 40, tzinfo=UTC)  # 12:25 in Kathmandu, 07:40 in Paris
    assert local(slots(CONTACT, "Asia/Kathmandu", Desk(), now), "Asia/Kathmandu")[0] == "Mon 13:00"


def test_a_desk_without_hours_is_there_round_the_clock() -> None:
    offered = local(slots(CONTACT, "Asia/Taipei", Desk(), NOON), "Asia/Taipei")
    assert offered == ["Mon 12:30", "Mon 16:00", "Tue 09:00", "Tue 14:30", "Wed 09:00", "Wed 14:30"]


def test_nobody_is_called_at_lunch() -> None:
    lunch = replace(OFFICE, pause=Break(time(12, 30), time(14)))
    assert local(slots(CONTACT, "Asia/Taipei", lunch, NOON), "Asia/Taipei")[0] == "Mon 14:00"


def test_a_desk_where_it_is_still_the_day_before() -> None:
    night = Desk(time_zone="America/New_York", hours=SendingHours(time(20), time(23, 59), frozenset({6})))
    offered = local(slots(CONTACT, "Asia/Taipei", night, NOON), "Asia/Taipei")
    assert offered[:2] == ["Tue 09:00", "Tue 10:30"]


@pytest.mark.parametrize(("closes", "offered"), [(time(12, 59), 0), (time(13), 1), (time(13, 30), 2), (time(14), 2)])
def test_of_a_short_day_one_half_hour_is_offered_and_of_a_longer_one_two(closes: time, offered: int) -> None:
    hours = SendingHours(time(9), closes)
    assert (
        len([s for s in local(slots(hours, "Asia/Taipei", Desk(), NOON), "Asia/Taipei") if s[:3] == "Mon"]) == offered
    )


def test_a_call_is_promised_for_two_weeks_ahead_and_no_more() -> None:
    assert is_slot(CONTACT, "Asia/Taipei", Desk(), NOON + timedelta(days=13), NOON)
    assert not is_slot(CONTACT, "Asia/Taipei", Desk(), NOON + timedelta(days=14), NOON)


@given(
    st.integers(0, 60 * 24 * 370).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from(
        ["Asia/Taipei", "Asia/Kathmandu", "Europe/London", "Australia/Lord_Howe", "Asia/Taipei|Asia/Tokyo"]
    ),
    st.sampled_from([OFFICE, replace(OFFICE, pause=Break(time(12, 15), time(13, 45))), Desk()]),
)
def test_every_slot_is_to_come_inside_both_hours_and_can_be_chosen(now: datetime, zone: str, desk: Desk) -> None:
    for at in slots(CONTACT, zone, desk, now):
        assert at > now
        assert is_slot(CONTACT, zone, desk, at, now)
        for minute in (at, at + SLOT - timedelta(seconds=1)):
            assert is_open(CONTACT, zone, minute)
            assert desk_is_open(desk, minute)


@pytest.mark.parametrize(
    "at",
    [
        NOON - timedelta(hours=1),
        NOON,
        NOON + timedelta(minutes=31),
        NOON + timedelta(hours=12),
        NOON + timedelta(days=40),
    ],
)
def test_nothing_else_can_be_chosen(at: datetime) -> None:
    assert not is_slot(CONTACT, "Asia/Taipei", OFFICE, at, NOON)
