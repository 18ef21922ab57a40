"""What a customer is to be told today, of what they owe and of what was planned before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.policy import Policy
from bot.rules.reminders.due_today import (
    MENDED_AT_ANY_TIME,
    DueToday,
    Told,
    due_today,
    is_over_for_today,
    may_be_planned,
    may_be_told,
    on_a_step,
)
from bot.rules.reminders.send_check import PlannedItem

TODAY = date(2026, 3, 2)
YESTERDAY = TODAY - timedelta(days=1)
HUMANE = load_policy("humane", TODAY)
OTHER = replace(HUMANE, version="other")
OWED = Instalment("I1", "A1", "Card", YESTERDAY, Money(120_000, "TWD"), Money(0, "TWD"))
TOLD = Told(1, "I1", "after-1", YESTERDAY, "not_sent", "cap", TODAY)
ITEM = PlannedItem("I1", "after-1", YESTERDAY, HUMANE.version)


def due(
    *owed: Instalment, told: Sequence[Told] = (), reached_by: Sequence[str] = ("telegram",), stopped: bool = False
) -> DueToday:
    customer = Customer("C1", "Anna", "en", "Asia/Taipei", stopped=stopped)
    facts = CustomerFacts(customer, (), owed or (OWED,), datetime(2026, 3, 2, 4, tzinfo=UTC))
    return due_today(lambda _: HUMANE, facts, told, reached_by, TODAY)


def test_a_debt_on_a_step_is_planned() -> None:
    assert due() == DueToday(to_plan=(ITEM,))


def test_each_debt_that_is_out_of_reach_is_told() -> None:
    other = replace(OWED, instalment_id="I2")
    assert due(OWED, other, reached_by=()) == DueToday(out_of_reach=(ITEM, replace(ITEM, instalment_id="I2")))


@pytest.mark.parametrize("reached_by", [(), ("pigeon",)])
def test_where_no_channel_of_the_step_reaches_them_that_is_told(reached_by: Sequence[str]) -> None:
    assert due(reached_by=reached_by) == DueToday(out_of_reach=(ITEM,))


def test_one_channel_of_the_step_is_enough() -> None:
    assert due(reached_by=("sms",)) == DueToday(to_plan=(ITEM,))


def test_who_turned_reminders_off_is_told_nothing() -> None:
    assert due(stopped=True) == DueToday()


def test_who_cannot_be_reached_and_was_planned_for_is_not_counted_again() -> None:
    assert due(told=[TOLD], reached_by=()) == DueToday()
    assert due(told=[replace(TOLD, due_date=TODAY)], reached_by=()) == DueToday(out_of_reach=(ITEM,))


@pytest.mark.parametrize(
    ("told", "planned"),
    [
        (TOLD, False),
        (replace(TOLD, local_day=YESTERDAY), True),
        (replace(TOLD, reason="on_hold"), True),  # that may end at any time
        (replace(TOLD, state="accepted"), False),
        (replace(TOLD, state="accepted", local_day=YESTERDAY), False),
        (replace(TOLD, state="planned"), False),
        (replace(TOLD, state="planned", due_date=TODAY), False),  # it comes to its end first
        (replace(TOLD, state="accepted", due_date=TODAY), True),  # it was due on another day then
        (replace(TOLD, state="planned", step_id="due"), True),
        (replace(TOLD, state="planned", instalment_id="I2"), True),
    ],
)
def test_what_was_planned_before_is_planned_again_or_not(told: Told, planned: bool) -> None:
    assert due(told=[told]) == DueToday(to_plan=(ITEM,) if planned else ())


def test_each_debt_is_planned_by_what_was_told_of_itself() -> None:
    other = replace(OWED, instalment_id="I2")
    assert due(OWED, other, told=[TOLD]) == DueToday(to_plan=(replace(ITEM, instalment_id="I2"),))


@pytest.mark.parametrize("reason", MENDED_AT_ANY_TIME)
def test_what_may_be_mended_today_is_not_over(reason: str) -> None:
    assert not is_over_for_today(replace(TOLD, reason=reason), TODAY)


def test_what_was_not_sent_today_for_another_reason_is_over() -> None:
    assert is_over_for_today(TOLD, TODAY)
    assert not is_over_for_today(TOLD, TODAY + timedelta(days=1))
    assert not is_over_for_today(replace(TOLD, state="accepted"), TODAY)


def test_one_of_all_that_was_planned_is_enough_to_keep_it_from_being_planned() -> None:
    assert may_be_planned([], TODAY)
    assert may_be_planned([replace(TOLD, local_day=YESTERDAY)] * 2, TODAY)
    assert not may_be_planned([replace(TOLD, local_day=YESTERDAY), TOLD], TODAY)


@pytest.mark.parametrize(
    ("what", "told"),
    [({}, True), ({"held": True}, False), ({"status": "disputed"}, False), ({"paid": Money(120_000, "TWD")}, False)],
)
def test_only_what_is_owed_and_neither_disputed_nor_on_hold_is_told(what: dict[str, object], told: bool) -> None:
    assert may_be_told(replace(OWED, **what)) == told  # type: ignore[arg-type]


# --- On a step -------------------------------------------------------------------------------------------------------


def on(*owed: Instalment, policies: dict[str, Policy | None] | None = None) -> list[tuple[str, str, str]]:
    """Instalment, step and version of each that is on one; all under one policy unless another is named."""
    found = on_a_step(lambda i: (policies or {}).get(i.instalment_id, HUMANE), owed, TODAY)
    return [(instalment.instalment_id, step.id, policy.version) for instalment, step, policy in found]


def test_a_debt_is_on_the_step_of_its_day() -> None:
    soon = replace(OWED, instalment_id="I2", due_date=TODAY + timedelta(days=2))
    far = replace(OWED, instalment_id="I3", due_date=TODAY + timedelta(days=9))
    assert on(OWED, soon, far) == [("I1", "after-1", HUMANE.version), ("I2", "before-3", HUMANE.version)]


def test_on_a_ladder_that_nobody_is_on_any_more_nothing_is_told() -> None:
    assert on(OWED, replace(OWED, instalment_id="I2"), policies={"I1": None}) == [("I2", "after-1", HUMANE.version)]


def test_what_is_held_does_not_make_the_rest_enough() -> None:
    little = replace(OWED, amount_due=Money(100, "TWD"))
    assert on(little, replace(OWED, instalment_id="I2", held=True)) == []
    assert on(little, replace(OWED, instalment_id="I2")) != []


def test_whether_it_is_enough_is_judged_for_each_policy_apart() -> None:
    little, much = replace(OWED, amount_due=Money(100, "TWD")), replace(OWED, instalment_id="I2")
    assert on(little, much, policies={"I2": OTHER}) == [("I2", "after-1", "other")]


def test_debts_under_each_policy_are_found() -> None:
    other = replace(OWED, instalment_id="I2")
    assert [found[0] for found in on(OWED, other, policies={"I2": OTHER})] == ["I1", "I2"]


def test_a_debt_that_is_on_no_step_makes_nothing_enough() -> None:
    little = replace(OWED, amount_due=Money(100, "TWD"))
    assert on(little, replace(OWED, instalment_id="I2", due_date=TODAY + timedelta(days=9))) == []
