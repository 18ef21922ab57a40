"""Debts that are late, and terms by which they are charged: by hand and at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from bot.policies import load_policy
from bot.rules.agreements.late_fees import Overdue
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.terms import Charges, Policy

DUE = date(2026, 3, 2)
DAY = timedelta(days=1)
HUMANE = load_policy("humane")


def terms(late_fee: int = 0, rate: str = "0", cap: str = "0.36", currency: str = "TWD") -> Charges:
    return Charges({currency: Money(late_fee, currency)} if late_fee else {}, Decimal(rate), Decimal(cap))


def policy(of: Charges | None, grace: int = 3) -> Policy:
    return replace(HUMANE, charges=of, grace_days=grace)


def instalment(amount: int = 100_000, fees: int | None = None, paid: int = 0) -> Instalment:
    money = Money(amount, "TWD")
    return Instalment(
        "I1", "A1", "Card", DUE, money, Money(paid, "TWD"), fees=None if fees is None else Money(fees, "TWD")
    )


def after(days: int) -> date:
    return DUE + timedelta(days=days)


CURRENCIES = st.sampled_from(["JPY", "TWD", "KWD"])
DATES = st.dates(date(1990, 1, 1), date(2090, 12, 31))
SHARES = st.decimals(0, 1, places=5)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Overdue, Charges, int]:
    currency, due = draw(CURRENCIES), draw(DATES)
    changes = draw(st.lists(st.integers(1, 900), max_size=3, unique=True).map(sorted))
    amounts = sorted(draw(st.lists(st.integers(0, 10**9), min_size=len(changes) + 1, max_size=len(changes) + 1)))
    since = [due, *(due + timedelta(days=n) for n in changes)]
    balances = tuple(zip(since, reversed(amounts), strict=True))
    fee = draw(st.integers(0, 10**6))
    of = Charges({currency: Money(fee, currency)}, draw(SHARES), draw(st.decimals(0, 10, places=3)))
    return Overdue(currency, due, balances), of, draw(st.integers(0, 30))
