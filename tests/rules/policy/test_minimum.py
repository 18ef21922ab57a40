"""What is too little to speak of, by all that is owed in a currency."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.minimum import currencies_worth_it, worth_it
from bot.rules.policy.policy import read_policy
from tests.rules.policy.policy_texts import LADDER

POLICY = read_policy('minimum_amount = { TWD = "30", CNY = "5" }' + LADDER, "mine.toml")


def owed(amount: int, currency: str = "TWD", paid: int = 0) -> Instalment:
    return Instalment("I1", "A1", "Card", date(2026, 3, 2), Money(amount, currency), Money(paid, currency))


@pytest.mark.parametrize(("amount", "enough"), [(2999, False), (3000, True), (3001, True)])
def test_what_is_at_the_minimum_is_enough(amount: int, enough: bool) -> None:
    assert currencies_worth_it(POLICY, {"TWD": amount}) == ({"TWD"} if enough else frozenset())


def test_a_currency_without_a_minimum_has_none() -> None:
    assert currencies_worth_it(POLICY, {"JPY": 1, "CNY": 499}) == {"JPY"}


def test_what_is_owed_in_one_currency_counts_together() -> None:
    little = (owed(1000), replace(owed(2000), instalment_id="I2"))
    assert worth_it(POLICY, little) == little
    assert worth_it(POLICY, little[:1]) == ()


def test_what_is_paid_does_not_count() -> None:
    assert worth_it(POLICY, [owed(3500, paid=600)]) == ()


def test_one_currency_does_not_help_another() -> None:
    dollars, yuan = owed(2999), owed(10_000, "CNY")
    assert worth_it(POLICY, [dollars, yuan]) == (yuan,)
