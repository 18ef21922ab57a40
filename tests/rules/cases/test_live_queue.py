"""When the pinned queue is empty, may be edited again, and which of its cases are late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.cases.case import Case
from bot.rules.cases.live_queue import CHANGED_EVERY, LiveQueue, is_late, may_change

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
CASE = Case(1, "C1", "asked", "claimed", NOW)


@pytest.mark.parametrize("counted", [{"waiting_count": 1}, {"claimed_count": 1}, {"snoozed_count": 1}])
def test_it_is_empty_where_no_case_is_open(counted: dict[str, int]) -> None:
    assert LiveQueue(NOW).is_empty is True
    assert not replace(LiveQueue(NOW), **counted).is_empty  # type: ignore[arg-type]


def test_a_case_is_late_once_its_deadline_is_past_unless_it_rests() -> None:
    assert not is_late(CASE, NOW)
    due = replace(CASE, due_at=NOW, due_kind="next_action")
    late = replace(due, due_at=NOW - MOMENT)
    assert not is_late(due, NOW)
    assert is_late(late, NOW)
    assert not is_late(replace(late, snoozed_until=NOW + MOMENT), NOW)
    assert not is_late(replace(late, due_kind=None), NOW), "it has just opened"


def test_it_is_edited_at_most_so_often_also_where_the_clock_was_set_back() -> None:
    assert may_change(None, NOW)
    for ahead in (1, -1):
        assert may_change(NOW - ahead * CHANGED_EVERY, NOW)
        assert not may_change(NOW - ahead * (CHANGED_EVERY - MOMENT), NOW)
