"""The dunning ladder: which message is true on a day, and what comes next."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.policy.dunning_ladder import escalation_windows, message_windows, next_step, step_for
from bot.rules.policy.policy import Policy, Step
from bot.rules.policy.terms import in_order

HUMANE = load_policy("humane").for_wish("usual")
DAYS = st.integers(-60, 120)


def ladder(*steps: Step) -> Policy:
    return replace(HUMANE, steps=tuple(in_order(steps)))


def says(day: int, message: str | None = None) -> Step:
    message = message or ("upcoming" if day < 0 else "due_today" if day == 0 else "overdue")
    return Step(f"say-{day}", day, message, None, ("telegram",))


def calls(day: int) -> Step:
    return Step(f"call-{day}", day, None, "overdue")


@st.composite
def ladders(draw: st.DrawFn) -> Policy:
    said = draw(st.sets(st.integers(-30, 60), min_size=1, max_size=8))
    called = draw(st.sets(st.integers(-5, 60), max_size=3))
    return ladder(*map(says, said), *map(calls, called))


def id_on(policy: Policy, day: int) -> str | None:
    step = step_for(policy, day)
    return step.id if step else None


def test_humane_tells_each_day_the_step_that_is_true() -> None:
    told = [id_on(HUMANE, day) for day in range(-4, 7)]
    before, after_1, after_3 = ["before-3"] * 3, ["after-1"] * 2, ["after-3"] * 2
    assert told == [None, *before, "due", *after_1, *after_3, None, None]


def test_three_days_left_is_not_said_on_the_due_date() -> None:
    policy = ladder(says(-3), says(4))
    assert id_on(policy, -1) == "say--3"
    assert id_on(policy, 0) is None


def test_due_today_is_said_on_the_due_date_only() -> None:
    policy = ladder(says(0), says(5))
    assert id_on(policy, 0) == "say-0"
    assert id_on(policy, 1) is None


def test_a_missed_message_is_current_until_the_day_before_the_next_step() -> None:
    policy = ladder(says(1), says(9))
    assert [id_on(policy, day) for day in (0, 1, 8, 9)] == [None, "say-1", "say-1", "say-9"]


def test_the_last_message_lasts_seven_days() -> None:
    policy = ladder(says(3))
    assert [id_on(policy, day) for day in (2, 3, 9, 10)] == [None, "say-3", "say-3", None]


def test_the_last_message_before_the_due_date_does_not_last_past_the_day_before() -> None:
    (window,) = message_windows(ladder(says(-2)))
    assert (window.first_day, window.last_day) == (-2, -1)


def test_an_escalation_ends_the_message_before_it() -> None:
    (window,) = message_windows(ladder(says(3), calls(5)))
    assert (window.first_day, window.last_day) == (3, 4)


def test_a_message_and_a_person_on_one_day_do_not_end_each_other() -> None:
    policy = ladder(says(5), calls(5), says(8))
    assert id_on(policy, 5) == "say-5"
    assert id_on(policy, 7) == "say-5"


def test_an_escalation_is_current_for_ever() -> None:
    (window,) = escalation_windows(ladder(says(1), calls(5), says(9)))
    assert window.step == calls(5)
    assert (window.first_day, window.last_day) == (5, None)
    assert 4 not in window
    assert 10_000 in window


@pytest.mark.parametrize(
    ("day", "expected"), [(-9, "before-3"), (-3, "due"), (3, "after-5"), (4, "after-5"), (5, None)]
)
def test_what_comes_next_is_the_first_step_of_a_later_day(day: int, expected: str | None) -> None:
    step = next_step(HUMANE, day)
    assert (step.id if step else None) == expected


def test_of_two_steps_on_the_next_day_the_message_is_told_first() -> None:
    step = next_step(ladder(calls(5), says(5)), 4)
    assert step is not None
    assert step.id == "say-5"


@given(ladders(), DAYS)
def test_on_no_day_is_more_than_one_message_current(policy: Policy, day: int) -> None:
    assert sum(day in window for window in message_windows(policy)) <= 1


@given(ladders())
def test_every_step_has_its_own_day_at_least(policy: Policy) -> None:
    for window in message_windows(policy):
        assert step_for(policy, window.step.day) == window.step
        assert window.last_day is not None
        assert window.first_day <= window.last_day


@given(ladders(), DAYS)
def test_nothing_said_before_the_due_date_is_said_after_it(policy: Policy, day: int) -> None:
    step = step_for(policy, day)
    assert step is None or (step.day < 0) == (day < 0)


@given(ladders(), DAYS)
def test_what_comes_next_is_never_current_yet(policy: Policy, day: int) -> None:
    step = next_step(policy, day)
    assert step is None or (step.day > day and step_for(policy, day) != step)
