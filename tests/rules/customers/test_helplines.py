"""The help line named is that of the customer's country; where that is not known, none is."""

from __future__ import annotations

from datetime import date
from zoneinfo import available_timezones

import pytest

from bot.rules.customers.helplines import Helpline, helpline_of, read_helplines
from bot.work.customers.helpline_book import shipped_helplines

LINES = shipped_helplines()


@pytest.mark.parametrize(
    ("phone", "zone", "number"),
    [
        ("+886912345678", "UTC", "1925"),
        ("+8613800000001", "Asia/Taipei", "12356"),
        ("+85261234567", "Asia/Shanghai", "18111"),
        ("+447400123456", "UTC", "116 123"),
        ("+353851234567", "UTC", "116 123"),
        ("+12125550123", "UTC", "988"),
        ("+14165550123", "UTC", "988"),
        (None, "Asia/Taipei", "1925"),
        (None, "America/Indiana/Knox", "988"),
        (None, "Australia/Perth", "13 11 14"),
        ("+4915112345678", "Asia/Taipei", None),
        ("+870773111632", "Asia/Taipei", "1925"),
        (None, "UTC", None),
        (None, "Europe/Berlin", None),
        (None, "Asia/Taipei|Asia/Tokyo", None),
        (None, "Asia/Taipei|Asia/Shanghai", None),
        (None, "Australia/Perth|Australia/Sydney", "13 11 14"),
    ],
)
def test_the_line_of_a_country(phone: str | None, zone: str, number: str | None) -> None:
    line = helpline_of(LINES, phone, zone)
    assert (line.number if line else None) == number


def test_every_line_says_where_it_is_from_and_when_somebody_looked() -> None:
    for country, line in LINES.items():
        assert len(country) == 2 and country.isupper()
        assert line.source.startswith("https://")
        assert date(2026, 1, 1) <= line.reviewed
        assert line.languages
        for zone in line.time_zones:
            assert any(
                known == zone or (zone.endswith("/") and known.startswith(zone)) for known in available_timezones()
            )


def test_no_time_zone_is_of_two_countries() -> None:
    for zone in available_timezones():
        assert sum(line.is_in(zone) for line in LINES.values()) <= 1, zone


def test_lines_are_read_by_country() -> None:
    text = """
    [TW]
    name = "Line"
    number = "1925"
    languages = ["zh"]
    source = "https://example.org"
    reviewed = 2026-03-02
    time_zones = ["Asia/Taipei", "Asia/Taitung", "Taiwan/"]
    """
    line = Helpline(
        "Line", "1925", ("zh",), "https://example.org", date(2026, 3, 2), ("Asia/Taipei", "Asia/Taitung", "Taiwan/")
    )
    lines = read_helplines(text)
    assert lines == {"TW": line}
    assert helpline_of(lines, None, "Asia/Taipei|Asia/Taitung") == line
    assert helpline_of(lines, None, "Asia/Taipei/East") is None
    assert helpline_of(lines, None, "Taiwan/East") == line
