"""The time zone of a customer, by the wallet's word or by their phone number."""

from __future__ import annotations

import pytest

from bot.rules.customers import phone_zones
from bot.rules.customers.phone_zones import MAX_ZONES, known_zones, zone_of


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


def test_with_more_zones_than_the_most_none_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    zones = zone_of(None, "+61412345678")
    monkeypatch.setattr(phone_zones, "MAX_ZONES", zones.count("|") + 1)
    assert zone_of(None, "+61412345678") == zones
    monkeypatch.setattr(phone_zones, "MAX_ZONES", zones.count("|"))
    assert zone_of(None, "+61412345678") == "UTC"
