"""The contact guarantee: every overdue customer is in exactly one state, and only silence is a fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.guarantee.states import STATES, Evidence, person_from, state
from bot.rules.policy.terms import Guarantee

HUMANE = load_policy("humane", date(2026, 3, 1))
LATER = replace(HUMANE, guarantee=Guarantee(sent_by_day=6, seen_by_day=9))  # than the days of grace, which are three
TODAY = date(2026, 3, 20)
TOLD = datetime(2026, 3, 10, tzinfo=UTC)


def evidence(
    days: int | None, told: bool = True, signed: bool = False, case: bool = False, reachable: bool = True
) -> Evidence:
    return Evidence(
        oldest_due=None if days is None else TODAY - timedelta(days=days),
        open_case=case,
        told_at=TOLD if told else None,
        sign_at=TOLD + timedelta(hours=1) if signed else None,
        reachable=reachable,
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (evidence(1, told=False), ("in_grace", None)),
        (evidence(3, told=False), ("in_grace", None)),
        (evidence(4, told=False), ("silent", "not_reached")),
        (evidence(4, told=False, reachable=False), ("silent", "no_channel")),
        (evidence(4), ("reached", None)),
        (evidence(6), ("reached", None)),
        (evidence(7), ("silent", "no_sign_of_life")),
        (evidence(7, signed=True), ("reached", None)),
        (evidence(90, signed=True), ("reached", None)),
        (evidence(90, told=False, case=True), ("in_queue", None)),
        (evidence(None), ("on_hold", None)),
        (evidence(None, case=True), ("in_queue", None)),
    ],
)
def test_each_is_in_one_state(known: Evidence, expected: tuple[str, str | None]) -> None:
    assert state(HUMANE, known, TODAY) == expected


def test_a_sign_from_before_they_were_told_does_not_count() -> None:
    before = Evidence(TODAY - timedelta(days=9), False, TOLD, TOLD - timedelta(seconds=1), True)
    assert state(HUMANE, before, TODAY) == ("silent", "no_sign_of_life")


def test_a_person_comes_after_grace_and_never_later_than_promised() -> None:
    assert person_from(HUMANE) == 4
    assert person_from(LATER) == 6


@pytest.mark.parametrize(("days", "expected"), [(5, ("in_grace", None)), (6, ("silent", "not_reached"))])
def test_a_promise_that_is_later_than_grace_is_waited_for(days: int, expected: tuple[str, str | None]) -> None:
    assert state(LATER, evidence(days, told=False), TODAY) == expected


def test_a_sign_of_the_same_instant_counts() -> None:
    at_once = Evidence(TODAY - timedelta(days=9), False, TOLD, TOLD, True)
    assert state(HUMANE, at_once, TODAY) == ("reached", None)


@given(st.integers(1, 400), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_silence_has_a_cause_and_nothing_else_has(
    days: int, told: bool, signed: bool, case: bool, reachable: bool
) -> None:
    found, cause = state(HUMANE, evidence(days, told, signed, case, reachable), TODAY)
    assert found in STATES
    assert (cause is not None) == (found == "silent")


@given(st.integers(1, 400), st.booleans(), st.booleans(), st.booleans())
def test_an_open_case_is_never_silence(days: int, told: bool, signed: bool, reachable: bool) -> None:
    assert state(HUMANE, evidence(days, told, signed, True, reachable), TODAY)[0] == "in_queue"
