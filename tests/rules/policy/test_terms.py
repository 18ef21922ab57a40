"""Terms that cannot be: they are refused where they are built."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.policies import load_policy
from bot.rules.facts.money import Money
from bot.rules.policy.policy import Guarantee, Step

HUMANE = load_policy("humane")


def test_a_message_is_sent_before_it_is_seen_or_on_the_same_day() -> None:
    assert Guarantee(3, 3)
    with pytest.raises(ValueError, match=r"^a message is sent \(day 4\) before it is seen \(day 3\)$"):
        Guarantee(4, 3)


@pytest.mark.parametrize(("message", "escalate"), [(None, None), ("overdue", "overdue")])
def test_a_step_says_something_or_calls_a_person(message: str | None, escalate: str | None) -> None:
    with pytest.raises(ValueError, match="^step 'x' needs either a message or an escalation, and not both$"):
        Step("x", 1, message, escalate)


def test_steps_are_in_order_of_day_messages_first() -> None:
    with pytest.raises(ValueError, match="^the steps of policy 'humane' are not in order of day$"):
        replace(HUMANE, steps=tuple(reversed(HUMANE.steps)))
    person, message = Step("a", 5, escalate="overdue"), Step("b", 5, "overdue")
    assert replace(HUMANE, steps=(message, person))
    with pytest.raises(ValueError, match="not in order of day"):
        replace(HUMANE, steps=(person, message))


def test_a_segment_that_nobody_knows_has_the_policy_of_all() -> None:
    own = replace(HUMANE, grace_days=9)
    policy = replace(HUMANE, segments={"own": own})
    assert [policy.for_segment(segment) for segment in (None, "own", "other")] == [policy, own, policy]


def test_a_currency_that_the_policy_does_not_name_has_no_minimum() -> None:
    policy = replace(HUMANE, minimum_amount={"TWD": Money(3000, "TWD")})
    assert [policy.minimum(currency) for currency in ("TWD", "JPY")] == [Money(3000, "TWD"), Money(0, "JPY")]
