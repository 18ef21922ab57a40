"""Why an evening was not written down, said in English."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.rules.guarantee.unwritten_evenings import NotRun

SINCE, UNTIL = datetime(2026, 2, 17, 10, 0, 7, tzinfo=UTC), datetime(2026, 2, 19, 4, tzinfo=UTC)


def test_a_cause_is_said_to_the_minute() -> None:
    said = "the program did not run from 2026-02-17 10:00 UTC to 2026-02-19 04:00 UTC, and facts have changed since"
    assert str(NotRun(SINCE, UNTIL, "facts_changed")) == said
