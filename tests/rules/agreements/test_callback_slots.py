"""When a customer can be called."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.agreements.callback_slots import SLOT, is_slot, slots
from bot.rules.policy.desk_terms import Desk
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


@given(
    st.integers(0, 60 * 24 * 370).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from(
        ["Asia/Taipei", "Asia/Kathmandu", "Europe/London", "Australia/Lord_Howe", "Asia/Taipei|Asia/Tokyo"]
    ),
    st.sampled_from([OFFICE, Desk()]),
)
def test_every_slot_is_to_come_inside_both_hours_and_can_be_chosen(now: datetime, zone: str, desk: Desk) -> None:
    for at in slots(CONTACT, zone, desk, now):
        assert at > now
        assert is_slot(CONTACT, zone, desk, at, now)
        for minute in (at, at + SLOT - timedelta(seconds=1)):
            assert is_open(CONTACT, zone, minute)
            assert desk.hours is None or is_open(desk.hours, desk.time_zone, minute)


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
