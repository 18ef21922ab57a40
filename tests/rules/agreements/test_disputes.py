"""What is disputed: what the wallet calls so, and what the customer said is not right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from bot.rules.agreements.disputes import disputes_of, is_disputed
from tests.views.view_facts import instalment

DAY = date(2026, 3, 9)


@dataclass(frozen=True)
class Hold:
    kind: str
    instalment_id: str | None
    until: date = DAY


def test_only_a_dispute_of_one_instalment_disputes_it() -> None:
    holds = [Hold("dispute", "i0001"), Hold("dispute", None), Hold("promise", "i0002")]
    assert disputes_of(holds) == {"i0001": DAY}


@pytest.mark.parametrize(
    ("status", "disputes", "disputed"),
    [("disputed", (), True), ("open", ("i0001",), True), ("open", ("i0002",), False), ("open", (), False)],
)
def test_the_wallet_or_the_customer_disputes(status: str, disputes: tuple[str, ...], disputed: bool) -> None:
    assert is_disputed(instalment(1, status=status), disputes) == disputed
