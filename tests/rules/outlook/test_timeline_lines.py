"""A line of a timeline as data."""

from __future__ import annotations

from datetime import date

from bot.rules.outlook.timeline_lines import Line, Slug, line


def test_a_line_says_its_sentence_with_its_values_and_has_no_additions() -> None:
    day, way = date(2026, 3, 2), Slug("way", "payload")
    assert line("linked", day=day, way=way) == Line("linked", {"day": day, "way": way})
    assert line("unlinked") == Line("unlinked", {})
