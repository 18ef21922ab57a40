"""A day's lines are in order, and messages in one case that follow each other are one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.rules.cases.agent_days import Messages, together
from bot.rules.cases.audit_log import Entry

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_messages_that_follow_each_other_are_one_line() -> None:
    claimed, closed = Entry("case", 1, at(0), "claimed", case_id=1), Entry("case", 9, at(4), "closed", case_id=1)
    written = [Messages(at(minute), case_id) for minute, case_id in ((5, 1), (3, 1), (2, 2), (1, 1), (1, 1))]
    others = [Entry("case", 5, at(3), "said", case_id=1), Entry("console", 1, at(0), "signed_in")]
    assert together([closed, *others, claimed], written) == (
        claimed,
        Messages(at(1), 1, 2),
        Messages(at(2), 2),
        Messages(at(3), 1),
        closed,
        Messages(at(5), 1),
    )
