"""How long customers and cases wait at most, by why a case was opened."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from bot.rules.policy.desk_terms import Break, Desk, Weights

HOUR = timedelta(hours=1)


def test_a_reason_that_is_named_has_its_own_time_and_others_that_of_other() -> None:
    desk = Desk(first_answer={"asked": HOUR, "other": 3 * HOUR}, next_action={"dispute": HOUR, "other": 5 * HOUR})
    assert [desk.first_answer_within(reason) for reason in ("asked", "overdue")] == [HOUR, 3 * HOUR]
    assert [desk.next_action_within(reason) for reason in ("dispute", "overdue")] == [HOUR, 5 * HOUR]


def test_where_the_policy_says_nothing_it_is_eight_hours_and_a_day() -> None:
    assert Desk().first_answer_within("overdue") == 8 * HOUR
    assert Desk().next_action_within("overdue") == 24 * HOUR


def test_waiting_always_weighs_something() -> None:
    assert Weights(hour_waiting=1)
    with pytest.raises(ValueError, match="^waiting weighs at least a point an hour, or the least urgent"):
        Weights(hour_waiting=0)


def test_a_break_begins_before_it_ends() -> None:
    assert Break(time(12), time(12, 1))
    for ends in (time(12), time(11, 59)):
        with pytest.raises(ValueError, match=f"^a break begins before it ends, not 12:00:00 to {ends}$"):
            Break(time(12), ends)
