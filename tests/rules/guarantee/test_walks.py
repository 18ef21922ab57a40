"""The guard comes to everybody at least once an hour and in each evening, a bounded part of them a minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.rules.guarantee.walks import AT_ONCE, LASTS, LEAST, ROUND, Walk, begins, part
from bot.rules.policy.sending_hours import Window

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MANY = 60_000


def walk(began: datetime = NOON, walked: int = 0, *, done: bool = False, customers: int = MANY) -> Walk:
    return Walk("Asia/Taipei", began, None if done else "C1", customers, walked, NOON - HOUR)


def evening(opens: datetime, lasts: timedelta) -> Window:
    return Window(opens, opens + lasts)


def walk_on(since: datetime, until: datetime, evenings: list[Window]) -> list[tuple[datetime, int]]:
    """What the rounds of each minute look at, from a first walk on."""
    one, rounds, now = walk(since), [], since
    while now < until:
        if begins(one, evenings, is_small=False, now=now):
            one = walk(now)
        wanted = 0 if one.is_done else part(one, evenings, is_small=False, now=now)
        looked_at = one.customers - one.walked if wanted is None else wanted
        one = one.after(None if one.walked + looked_at >= one.customers else "C2", looked_at)
        rounds.append((now, looked_at))
        now += MINUTE
    return rounds


def test_in_each_hour_everybody_is_looked_at_and_in_no_minute_too_many() -> None:
    rounds = walk_on(NOON, NOON + 6 * HOUR, [])
    for hour in range(5):
        within = [looked_at for at, looked_at in rounds if NOON + hour * HOUR <= at < NOON + (hour + 1) * HOUR]
        assert sum(within) >= MANY
    assert max(looked_at for _, looked_at in rounds) <= 2 * MANY / 50


@pytest.mark.parametrize("lasts", [timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=3)])
def test_a_walk_begins_with_the_evening_and_ends_before_it(lasts: timedelta) -> None:
    opens = NOON + timedelta(minutes=17)
    rounds = walk_on(NOON, opens + lasts, [evening(opens, lasts)])
    assert sum(looked_at for at, looked_at in rounds if at >= opens) >= MANY


def test_a_small_wallet_is_walked_through_in_every_round() -> None:
    assert begins(walk(done=True, customers=AT_ONCE), [], is_small=True, now=NOON + MINUTE)
    assert part(walk(customers=AT_ONCE), [], is_small=True, now=NOON) is None


def test_a_walk_that_is_done_is_followed_by_another_in_time() -> None:
    assert not begins(walk(done=True), [], is_small=False, now=NOON + LASTS - MINUTE)
    assert begins(walk(done=True), [], is_small=False, now=NOON + LASTS)
    assert not begins(walk(done=True), [], is_small=False, now=NOON)


def test_a_walk_that_was_interrupted_for_long_begins_from_the_start() -> None:
    assert not begins(walk(), [], is_small=False, now=NOON + LASTS + MINUTE)
    assert begins(walk(), [], is_small=False, now=NOON + 2 * LASTS)


def test_a_walk_that_is_late_is_finished_at_once() -> None:
    assert part(walk(walked=10), [], is_small=False, now=NOON + LASTS) is None


def test_after_the_clock_was_set_back_a_walk_begins() -> None:
    assert begins(walk(), [], is_small=False, now=NOON - MINUTE)


def test_an_evening_has_one_walk_and_no_second_for_its_sake() -> None:
    evenings = [evening(NOON - HOUR, 3 * HOUR)]
    assert begins(walk(NOON - HOUR - MINUTE, done=True), evenings, is_small=False, now=NOON - HOUR)
    assert not begins(walk(NOON - HOUR, done=True), evenings, is_small=False, now=NOON - HOUR + MINUTE)
    assert begins(walk(NOON - 2 * HOUR, done=True), evenings, is_small=False, now=NOON)
    assert not begins(walk(NOON - HOUR + MINUTE, done=True), evenings, is_small=False, now=NOON - HOUR + 2 * MINUTE)


def test_a_small_part_waits_for_the_next_round() -> None:
    few = walk(customers=LEAST)
    assert part(few, [], is_small=False, now=NOON) == 0
    assert part(few, [], is_small=False, now=NOON + LASTS - ROUND) is None


def test_a_part_of_just_the_least_is_looked_at() -> None:
    assert part(walk(customers=2 * LEAST), [], is_small=False, now=NOON + 24 * MINUTE) == LEAST


def test_a_part_is_as_large_as_the_evening_asks_from_its_first_minute_to_its_last() -> None:
    evenings = [evening(NOON, 20 * MINUTE)]
    assert part(walk(), evenings, is_small=False, now=NOON) == 3158  # 60,000 in 19 minutes
    assert part(walk(), evenings, is_small=False, now=NOON + 20 * MINUTE) == 25_200  # it is over


def test_a_walk_that_ends_settles_the_evenings_before_it_began() -> None:
    assert walk().after("C9", 5).settled_at == NOON - HOUR
    ended = walk(walked=7).after(None, 5)
    assert (ended.is_done, ended.walked, ended.settled_at) == (True, 12, NOON)
