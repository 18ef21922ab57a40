"""The reasons of cases are one closed list, and what is stored of them stays as it was released."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from bot.rules.case_reasons import CaseReason, first_answer_of, reasons_for
from bot.rules.guarantee.states import Cause
from bot.rules.policy.desk_terms import Desk

RELEASED = (
    *("overdue", "asked", "dispute", "distress", "hardship", "wrong_person", "broken_promise"),
    *("unreachable", "not_reached", "no_sign_of_life"),
)


def test_what_was_released_is_kept() -> None:
    assert tuple(str(reason) for reason in CaseReason) == RELEASED


def test_each_cause_of_silence_is_a_reason() -> None:
    assert {"unreachable" if cause == "no_channel" else cause for cause in get_args(Cause)} <= set(CaseReason)


def test_somebody_in_danger_comes_first_and_who_asks_has_points() -> None:
    assert reasons_for("distress") == (CaseReason.DISTRESS,)
    assert reasons_for("asked") == (CaseReason.ASKED,)


@pytest.mark.parametrize(
    ("reason", "within"),
    [("distress", 15), ("asked", 120), ("dispute", 120), ("moved_abroad", 120)],
)
def test_the_first_answer_to_somebody_in_danger_is_soon_whatever_the_policy_says_of_others(
    reason: str, within: int
) -> None:
    desk = Desk(first_answer={"other": timedelta(hours=2)})
    assert desk.first_answer_within(reason) == timedelta(minutes=within)


def test_a_policy_may_name_the_first_answer_to_somebody_in_danger() -> None:
    desk = Desk(first_answer={"distress": timedelta(minutes=5)})
    assert desk.first_answer_within(CaseReason.DISTRESS) == timedelta(minutes=5)
    assert first_answer_of("moved_abroad") is None
