"""The time zone of a customer, by the wallet's word or by their phone number."""

from __future__ import annotations

import pytest

from bot.rules.customers import phone_zones
from bot.rules.customers.phone_zones import MAX_ZONES, is_zone, known_zones, zone_of


@pytest.mark.parametrize(
    ("time_zone", "phone", "zone"),
    [
        ("Asia/Tokyo", "+886912345678", "Asia/Tokyo"),
        (None, "+886912345678", "Asia/Taipei"),
        ("", "+14155550123", "America/Los_Angeles"),
        (None, "+12345", "America/New_York"),  # outside the ranges in use
        (None, "+18005551234", "UTC"),  # of all North America
        (None, "+870772001234", "UTC"),  # of a ship
        (None, None, "UTC"),
        (None, "", "UTC"),
    ],
)
def test_a_zone_is_the_wallets_or_the_phones_or_none(time_zone: str | None, phone: str | None, zone: str) -> None:
    assert zone_of(time_zone, phone) == zone


def test_a_number_of_a_large_country_has_each_of_its_zones_once() -> None:
    zones = zone_of(None, "+61412345678").split("|")
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones) <= known_zones()
    assert len(set(zones)) == len(zones) <= MAX_ZONES


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Asia/Taipei", True),
        ("UTC", True),
        ("asia/taipei", False),
        ("Asia/Taipeh", False),
        ("Asia", False),
        ("", False),
    ],
)
def test_a_zone_is_known_by_its_exact_name(name: str, is_one: bool) -> None:
    assert is_zone(name) == (name in known_zones()) == is_one


def test_all_zones_that_come_with_the_program_are_known() -> None:
    assert all(is_zone(name) for name in known_zones())
    assert phone_zones._zones_of_the_program() <= known_zones()


def test_a_zone_that_only_the_machine_has_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone_zones, "known_zones", lambda: frozenset({"Asia/New"}))
    assert is_zone("Asia/New")


def test_with_more_zones_than_the_most_none_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    zones = zone_of(None, "+61412345678")
    monkeypatch.setattr(phone_zones, "MAX_ZONES", zones.count("|") + 1)
    assert zone_of(None, "+61412345678") == zones
    monkeypatch.setattr(phone_zones, "MAX_ZONES", zones.count("|"))
    assert zone_of(None, "+61412345678") == "UTC"
