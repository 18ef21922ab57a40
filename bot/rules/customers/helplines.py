"""Help lines for people in danger, by country, read from a TOML file; and which country a customer is in.

Where the country is not known, or has no line in the file, none is invented.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.rules.customers.phones import country_of


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line: its name and number as they are dialled there, the languages (base tags) it is answered in, where that
    is written, and when somebody last looked there. `time_zones` are IANA names; one that ends in / is all below it."""

    name: str
    number: str
    languages: tuple[str, ...]
    source: str
    reviewed: date
    time_zones: tuple[str, ...]

    def is_in(self, zone: str) -> bool:
        return any(zone.startswith(known) if known.endswith("/") else zone == known for known in self.time_zones)


Helplines = Mapping[str, Helpline]


def read_helplines(text: str) -> Helplines:
    """The lines of a file by country (ISO 3166). Raises ValueError, KeyError or TypeError where it is no such file."""
    return {country: _line(table) for country, table in tomllib.loads(text).items()}


def _line(table: dict[str, Any]) -> Helpline:
    lists = {key: tuple(table[key]) for key in ("languages", "time_zones")}
    return Helpline(**{**table, **lists})


def helpline_of(lines: Helplines, phone: str | None, zone: str) -> Helpline | None:
    """The line of the customer's country: that of their phone number, else of their time zone ("Asia/Taipei", or
    several with | between them, which have to agree)."""
    country = country_of(phone) if phone else None
    if country is not None:
        return lines.get(country)
    found = {_country_of_zone(lines, name) for name in zone.split("|")}
    only = next(iter(found)) if len(found) == 1 else None
    return None if only is None else lines[only]


def _country_of_zone(lines: Helplines, zone: str) -> str | None:
    return next((country for country, line in lines.items() if line.is_in(zone)), None)
