"""What paying a sum would change is asked in a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.customers.what_if_parsing import said_if_paid
from bot.rules.facts.money import Money

OWED = {"TWD": Money(120_000, "TWD")}


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("what if I pay 500 today", 50_000),
        ("How much do I save if I pay NT$300.50 now?", 30_050),
        ("今天还500会怎样", 50_000),
        ("如果我先还三百呢", 30_000),
        ("今天繳1,200可以省多少", 120_000),
        ("why is there a fee of 300", None),
        ("what if I pay 5000 today", None),
        ("what if I pay USD 50", None),
        ("what if I am late", None),
        ("what if I pay 50 every week", None),
        ("每月还500会怎样", None),
        ("I can pay 500 today", None),
        ("what if I pay 0", None),
    ],
)
def test_the_sum_is_read_where_a_payment_is_supposed(said: str, amount: int | None) -> None:
    assert said_if_paid(said, date(2026, 3, 2), OWED) == (None if amount is None else Money(amount, "TWD"))
