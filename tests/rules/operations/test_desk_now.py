"""The desk at this moment: how many cases each agent has, and how many agents are on duty."""

from __future__ import annotations

import pytest

from bot.rules.operations.desk_now import DeskNow, Load
from bot.rules.operations.desk_statistics import Waiting


def load(in_time: int = 0, late: int = 0, resting: int = 0, *, is_on_duty: bool = False) -> Load:
    return Load(7, "Mei", in_time, late, resting, is_away=False, is_on_duty=is_on_duty)


@pytest.mark.parametrize(
    ("in_time", "late", "resting", "has"), [(0, 0, 0, 0), (5, 0, 0, 5), (0, 3, 0, 3), (0, 0, 2, 2), (5, 3, 2, 10)]
)
def test_an_agent_has_what_is_late_what_is_not_and_what_rests(in_time: int, late: int, resting: int, has: int) -> None:
    assert load(in_time, late, resting).has == has


@pytest.mark.parametrize("on_duty", [[], [False], [True], [True, False, True]])
def test_who_is_on_duty_is_counted_whatever_they_have(on_duty: list[bool]) -> None:
    loads = [load(in_time=9, is_on_duty=is_on_duty) for is_on_duty in on_duty]
    assert DeskNow(Waiting(0, 0, 0, 0), {}, loads).on_duty == on_duty.count(True)
