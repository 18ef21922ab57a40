"""The ladder of a plan's parts: which step is current, and what may not be said any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.wishes import Wishes
from bot.rules.policy.plan_terms import Plans
from bot.rules.policy.policy import read_policy
from bot.rules.reminders.part_reminders import PartToPay, Speak, decide, step_today
from bot.rules.reminders.send_check import Never, NotNow
from tests.rules.policy.policy_texts import LADDER

DUE = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
ANNA = Customer("C1", "Anna", "en", "UTC")
POLICY = replace(read_policy(LADDER, "test"), plans=Plans("none"))


@pytest.mark.parametrize(
    ("days", "step"), [(-4, None), (-3, -3), (-2, -3), (-1, -3), (0, 0), (1, None), (-400, None), (9, None)]
)
def test_a_step_is_current_until_the_next_and_never_after_the_day(days: int, step: int | None) -> None:
    assert step_today((-3, 0), DUE, DUE + timedelta(days=days)) == step


@given(st.lists(st.integers(-14, 0), min_size=1), st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(-20, 5))
def test_the_latest_step_that_has_come_is_current(remind: list[int], due: date, ahead: int) -> None:
    today = due + timedelta(days=ahead)
    come = [day for day in sorted(remind) if day <= ahead]
    assert step_today(remind, due, today) == (come[-1] if come and ahead <= 0 else None)


def verdict(customer: Customer = ANNA, due: date | None = DUE, left: int = 100, now: datetime = NOON, **more: object):  # type: ignore[no-untyped-def]
    given_ = {"accepted_at": (), "in_distress": False, "policy": POLICY, "step": 0} | more
    policy, step, accepted_at = given_["policy"], given_["step"], given_["accepted_at"]
    in_distress = given_["in_distress"]
    part = None if due is None else PartToPay(due, left)
    return decide(policy, customer, part, step, accepted_at, now, in_distress=in_distress)  # type: ignore[arg-type]


def test_what_may_be_said_and_what_may_not() -> None:
    assert verdict() == Speak()
    assert verdict(replace(ANNA, stopped=True)) == Never("stopped")
    assert verdict(replace(ANNA, forgotten=True)) == Never("forgotten")
    assert verdict(in_distress=True) == Never("on_hold")
    assert verdict(due=None) == Never("no_longer_true")
    assert verdict(left=0) == Never("paid")
    assert verdict(step=-3) == Never("no_longer_true")
    assert verdict(policy=replace(POLICY, plans=None)) == Never("no_longer_true")
    assert verdict(policy=replace(POLICY, silenced_by=("cn",))) == Never("pack_expired")
    early = verdict(now=NOON - timedelta(hours=6))
    assert isinstance(early, NotNow) and early.reason == "outside_hours"
    later = verdict(replace(ANNA, wishes=Wishes(hour=15)))
    assert isinstance(later, NotNow) and (later.reason, later.window.opens.hour) == ("chosen_hour", 15)
    assert verdict(replace(ANNA, wishes=Wishes(paused_until=DUE))) == Never("paused")
    assert verdict(replace(ANNA, wishes=Wishes(paused_until=DUE - timedelta(days=1)))) == Speak()
    assert verdict(now=NOON.replace(hour=9)) == Speak()  # as the hours open
    closed = replace(POLICY.sending_hours, rest_days=frozenset(range(7)))
    assert verdict(policy=replace(POLICY, sending_hours=closed)) == Never("no_hours")
    capped = verdict(accepted_at=(NOON - timedelta(hours=1),))
    assert isinstance(capped, NotNow) and capped.reason == "day_cap"
    assert capped.window.opens == NOON.replace(day=1, month=4, hour=9)  # the next morning
    assert verdict(policy=replace(POLICY, max_per_day=0)) == Never("day_cap")
