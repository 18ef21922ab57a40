"""The time zone of a customer: the wallet's word, or what their phone number tells."""

from __future__ import annotations

from functools import cache
from importlib import resources
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import timezone as phone_zones

MAX_ZONES = 40  # with more candidates (a number of a whole continent) the zone is unknown


def zone_of(time_zone: str | None, phone: str | None) -> str:
    """The time zone to use: the customer's if the wallet knows it, else the candidates of the phone number, else
    UTC."""
    if time_zone:
        return time_zone
    if not phone:
        return "UTC"
    number = phonenumbers.parse(phone)
    # A number outside the ranges in use still has a country; only the second look-up finds it.
    names = (*phone_zones.time_zones_for_number(number), *phone_zones.time_zones_for_geographical_number(number))
    zones = [name for name in dict.fromkeys(names) if is_zone(name)]
    return "|".join(zones) if 0 < len(zones) <= MAX_ZONES else "UTC"


def is_zone(name: str) -> bool:
    """Whether it is one of the `known_zones`. To find these takes 4 to 16 ms, as all files of zones on the machine are
    looked at; most names are among those that come with the program."""
    return name in _zones_of_the_program() or name in known_zones()


@cache
def _zones_of_the_program() -> frozenset[str]:
    """`tzdata`'s list, which is part of `available_timezones`."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_bytes().decode().split())


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
