"""What has a receipt, and when it may be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.settling import Change
from bot.rules.reminders.receipts import News, Tell, decide, is_news
from bot.rules.reminders.send_check import Never, NotNow

DUE = date(2026, 3, 5)
SUNDAY_NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)  # in Taipei


def change(left: int, owed: int = 1200, **what: object) -> Change:
    return Change("I1", "TWD", left, due=DUE, owed=owed, **what)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "changed"),
    [
        (True, change(700, came_in=500)),
        (True, change(0, came_in=1200)),
        (True, change(0, waived=1200)),
        (True, change(900, more_due=-300)),
        (True, change(1200, moved_to=date(2026, 4, 5))),
        (True, change(0, taken_off=1200)),
        (True, change(1200, owed=0, came_in=-1200)),  # taken back after the thanks
        (True, change(0, owed=0, came_in=50)),  # paid too much
        (False, change(1500, more_due=300)),  # more is owed: said when it is due
        (False, change(0, owed=0, moved_to=date(2026, 4, 5))),
        (False, change(0, owed=0, came_in=-100, more_due=-100)),
        (False, change(0, owed=0, waived=100)),
    ],
)
def test_what_has_a_receipt(told: bool, changed: Change) -> None:
    assert is_news(changed) is told


@pytest.mark.parametrize(
    ("after", "customer", "in_distress", "verdict"),
    [
        (0, Customer("C1", "Anna", "en", "Asia/Taipei"), False, Tell),  # a rest day of the policy
        (9, Customer("C1", "Anna", "en", "Asia/Taipei"), False, NotNow),
        (0, Customer("C1", "Anna", "en", "Asia/Taipei", stopped=True), False, "stopped"),
        (0, Customer("C1", "Anna", "en", "Asia/Taipei", forgotten=True), False, "forgotten"),
        (0, Customer("C1", "Anna", "en", "Asia/Taipei"), True, "on_hold"),
    ],
)
def test_when_it_is_sent(after: int, customer: Customer, in_distress: bool, verdict: type | str) -> None:
    news = (News("Card", change(700, came_in=500)),)
    now = SUNDAY_NOON + timedelta(hours=after)
    policy = load_policy("humane")
    policy = replace(policy, sending_hours=replace(policy.sending_hours, rest_days=frozenset({6})))
    found = decide(policy, customer, news, now, in_distress=in_distress)
    assert found == Never(verdict) if isinstance(verdict, str) else isinstance(found, verdict)
    if isinstance(found, NotNow):
        assert found.window.opens == datetime(2026, 3, 2, 1, tzinfo=UTC)  # Monday, 9:00
