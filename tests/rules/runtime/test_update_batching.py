"""Where updates come fast, they are gathered for some milliseconds; where few write, nobody waits."""

from __future__ import annotations

import pytest

from bot.rules.runtime.update_batching import FAST, FAST_S, GATHERED_S, Gathering


def gathering(*came: float) -> Gathering:
    made = Gathering()
    for at in came:
        made.came(at)
    return made


@pytest.mark.parametrize("apart_s", [0.05, 1.0])
def test_where_few_write_or_the_server_is_far_nobody_waits(apart_s: float) -> None:
    came = [number * apart_s for number in range(20)]
    assert gathering().wait_s(0.0) == 0
    assert gathering(*came).wait_s(came[-1]) == 0


def test_where_they_come_one_by_one_and_fast_the_next_are_gathered() -> None:
    came = [number * 0.005 for number in range(FAST)]
    assert gathering(*came[:-1]).wait_s(came[-2]) == 0
    assert gathering(*came).wait_s(came[-1]) == pytest.approx(GATHERED_S)
    assert gathering(*came).wait_s(came[-1] + 0.004) == pytest.approx(GATHERED_S - 0.004)
    assert gathering(*came).wait_s(came[-1] + 0.02) == 0  # handling took longer


def test_they_come_fast_if_so_many_came_within_the_time_however_many_came_before() -> None:
    rush = [1000 + number * 0.005 for number in range(200)]
    assert gathering(*rush).wait_s(rush[-1]) == pytest.approx(GATHERED_S)
    just, not_quite = (0.0, 0.04, 0.08, 0.12, FAST_S), (0.0, 0.04, 0.08, 0.12, FAST_S + 0.001)
    assert gathering(*just).wait_s(just[-1]) == pytest.approx(GATHERED_S)
    assert gathering(*not_quite).wait_s(not_quite[-1]) == 0


def test_who_writes_after_a_rush_does_not_wait() -> None:
    came = [number * 0.005 for number in range(FAST)]
    assert gathering(*came).wait_s(came[-1] + 1) == 0
    assert gathering(*came, 1.0).wait_s(1.0) == 0
