"""How often a customer may be called: the limits of a day and of seven days, the quiet days after a talk, the hours."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_pack, load_policy
from bot.rules.cases.call_limits import RESULTS, Allowed, Call, TooMany, days_that_count, may_call, over, read_call
from bot.rules.policy.packs import MostCalls, requirements, tighten
from bot.rules.policy.sending_hours import SendingHours, is_open, zones

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # a Monday, noon in Taipei
TAIPEI = "Asia/Taipei"
HOURS = SendingHours(time(9), time(20))
CN, US = (requirements(tighten(load_policy("humane"), [load_pack(name)], None)).calls for name in ("cn", "us"))


def calls(*ago: tuple[float, str]) -> list[Call]:
    """Calls so many hours ago, with their results."""
    return [Call(NOON - timedelta(hours=hours), result) for hours, result in ago]  # type: ignore[arg-type]


def test_without_a_pack_nothing_is_counted() -> None:
    assert may_call(None, HOURS, calls(*[(1, "reached")] * 50), TAIPEI, NOON) == Allowed()


def test_outside_the_hours_one_hears_when_they_open() -> None:
    night = NOON + timedelta(hours=10)
    assert may_call(None, HOURS, [], TAIPEI, night) == Allowed(opens=datetime(2026, 3, 3, 1, tzinfo=UTC))


def test_at_the_very_opening_one_may_call() -> None:
    assert may_call(None, HOURS, [], TAIPEI, datetime(2026, 3, 3, 1, tzinfo=UTC)) == Allowed()


@pytest.mark.parametrize(
    ("limits", "days"),
    [
        (None, 9),
        (MostCalls(per_day=1), 9),
        (MostCalls(quiet_days_after_talk=30), 32),
        (MostCalls(quiet_days_after_talk=7), 9),
    ],
)
def test_a_week_counts_or_the_quiet_after_a_talk_and_a_day_on_either_side(limits: MostCalls | None, days: int) -> None:
    assert days_that_count(limits) == days


def test_a_long_quiet_is_told_to_its_end() -> None:
    quiet = MostCalls(quiet_days_after_talk=30)
    until = datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert may_call(quiet, HOURS, calls((1, "reached")), TAIPEI, NOON) == TooMany("talk", until)


def test_where_no_call_is_ever_allowed_no_day_is_told() -> None:
    assert may_call(MostCalls(per_day=0), HOURS, [], TAIPEI, NOON) == TooMany("day", None)


def test_where_hours_never_meet_nobody_is_called() -> None:
    noon_only = SendingHours(time(12), time(13))
    assert may_call(None, noon_only, [], "Asia/Taipei|America/New_York", NOON) == Allowed(never=True)


def test_china_three_talks_a_day_and_no_more_until_midnight() -> None:
    assert may_call(CN, HOURS, calls((3, "reached"), (2, "reached")), TAIPEI, NOON) == Allowed()
    midnight = datetime(2026, 3, 2, 16, tzinfo=UTC)
    three = calls((3, "reached"), (2, "reached"), (1, "reached"))
    assert may_call(CN, HOURS, three, TAIPEI, NOON) == TooMany("day", midnight)


def test_china_six_tries_a_day() -> None:
    six = calls(*[(n, "no_answer") for n in range(6)])
    assert may_call(CN, HOURS, six[1:], TAIPEI, NOON) == Allowed()
    assert may_call(CN, HOURS, six, TAIPEI, NOON) == TooMany("attempts", datetime(2026, 3, 2, 16, tzinfo=UTC))


def test_yesterdays_talks_do_not_count_in_china() -> None:
    assert may_call(CN, HOURS, calls(*[(13, "reached")] * 3), TAIPEI, NOON) == Allowed()


def test_america_seven_calls_in_seven_days_of_whatever_kind() -> None:
    six = calls(*[(24 * n, "no_answer") for n in range(6)])
    assert may_call(US, HOURS, six, TAIPEI, NOON) == Allowed()
    seven = [*six, *calls((24 * 6, "wrong_number"))]
    assert may_call(US, HOURS, seven, TAIPEI, NOON) == TooMany("week", datetime(2026, 3, 2, 16, tzinfo=UTC))
    assert may_call(US, HOURS, [*six, *calls((24 * 7, "no_answer"))], TAIPEI, NOON) == Allowed()


def test_america_no_call_for_seven_days_after_a_talk() -> None:
    talk = calls((1, "reached"))
    assert may_call(US, HOURS, talk, TAIPEI, NOON) == TooMany("talk", datetime(2026, 3, 8, 16, tzinfo=UTC))
    assert may_call(US, HOURS, talk, TAIPEI, NOON + timedelta(days=6, hours=11)) == TooMany(
        "talk", datetime(2026, 3, 8, 16, tzinfo=UTC)
    )
    assert may_call(US, HOURS, talk, TAIPEI, NOON + timedelta(days=7)) == Allowed()


ZONES = st.sampled_from(
    ["Asia/Taipei", "America/New_York", "Pacific/Apia|Pacific/Pago_Pago", "Europe/London|Asia/Tokyo"]
)
LIMITS = st.builds(
    MostCalls,
    per_day=st.none() | st.integers(1, 4),
    attempts_per_day=st.none() | st.integers(1, 6),
    per_7_days=st.none() | st.integers(1, 9),
    quiet_days_after_talk=st.none() | st.integers(1, 10),
)
MADE = st.lists(
    st.builds(
        Call,
        at=st.integers(0, 20 * 24 * 60).map(lambda minutes: NOON - timedelta(minutes=minutes)),
        result=st.sampled_from(RESULTS),
    ),
    max_size=12,
)


@given(LIMITS, MADE, ZONES)
def test_when_it_says_until_then_a_call_breaks_nothing(limits: MostCalls, made: list[Call], zone: str) -> None:
    verdict = may_call(limits, HOURS, made, zone, NOON)
    if isinstance(verdict, TooMany):
        assert verdict.until is not None
        assert over(limits, made, zone, verdict.until) is None
        assert over(limits, made, zone, verdict.until - timedelta(seconds=1)) is not None


@given(LIMITS, MADE, ZONES)
def test_a_call_that_was_allowed_keeps_every_number_in_every_zone(
    limits: MostCalls, made: list[Call], zone: str
) -> None:
    if over(limits, made, zone, NOON) is not None:
        return
    for place in zones(zone):
        today = NOON.astimezone(place).date()
        days = [((today - call.at.astimezone(place).date()).days, call.result) for call in made]
        assert limits.per_day is None or sum(d == 0 and r == "reached" for d, r in days) < limits.per_day
        assert limits.per_7_days is None or sum(d < 7 for d, _ in days) < limits.per_7_days
        quiet = limits.quiet_days_after_talk or 0
        assert not any(r == "reached" and d < quiet for d, r in days)


@given(LIMITS, MADE, ZONES)
def test_what_is_older_than_counts_changes_nothing(limits: MostCalls, made: list[Call], zone: str) -> None:
    since = NOON - timedelta(days=days_that_count(limits))
    assert over(limits, made, zone, NOON) == over(limits, [call for call in made if call.at >= since], zone, NOON)


@given(LIMITS, MADE, ZONES)
def test_one_call_more_never_allows_what_was_forbidden(limits: MostCalls, made: list[Call], zone: str) -> None:
    if over(limits, made[1:], zone, NOON) is not None:
        assert over(limits, made, zone, NOON) is not None


@given(MADE, ZONES, st.integers(0, 14 * 24))
def test_allowed_now_is_within_the_hours(made: list[Call], zone: str, hours: int) -> None:
    now = NOON + timedelta(hours=hours)
    verdict = may_call(None, HOURS, made, zone, now)
    assert isinstance(verdict, Allowed)
    assert (verdict.opens is None and not verdict.never) == is_open(HOURS, zone, now)


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("reached", ("reached", "")),
        ("Reached will pay on Friday", ("reached", "will pay on Friday")),
        ("no_answer  rang twice ", ("no_answer", "rang twice")),
        (" wrong_number", ("wrong_number", "")),
        ("", None),
        ("maybe", None),
        ("reach", None),
        ("no answer", None),
    ],
)
def test_what_came_of_a_call_is_its_first_word(words: str, read: tuple[str, str] | None) -> None:
    assert read_call(words) == read
