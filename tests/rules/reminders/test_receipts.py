"""What has a receipt, and when it may be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.policies import load_policy
from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import Change
from bot.rules.reminders.receipts import EndedPromise, News, Tell, decide, is_news, is_still_so
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


ANNA = Customer("C1", "Anna", "en", "Asia/Taipei")
PAID = News("Card", change(700, came_in=500))
POLICY = load_policy("humane")


def test_only_what_is_news_is_told_and_why_nothing_is() -> None:
    due_later = News("Card", change(1500, more_due=300))
    assert decide(POLICY, ANNA, (due_later, PAID), SUNDAY_NOON, in_distress=False) == Tell((PAID,))
    assert decide(POLICY, ANNA, (due_later,), SUNDAY_NOON, in_distress=False) == Never("nothing_to_tell")


def test_an_expired_pack_tells_nothing() -> None:
    silenced = replace(POLICY, silenced_by=("cn",))
    assert decide(silenced, ANNA, (PAID,), SUNDAY_NOON, in_distress=False) == Never("pack_expired")


def test_where_no_hour_is_allowed_nothing_is_told() -> None:
    nowhere = replace(ANNA, zone="Pacific/Kiritimati|Pacific/Honolulu")  # their hours have nothing in common
    assert decide(POLICY, nowhere, (PAID,), SUNDAY_NOON, in_distress=False) == Never("no_hours")


@pytest.mark.parametrize("seconds", [-1, 0])
def test_it_waits_until_the_very_second_at_which_the_hours_open(seconds: int) -> None:
    opens = datetime(2026, 3, 2, 1, tzinfo=UTC)
    found = decide(POLICY, ANNA, (PAID,), opens + timedelta(seconds=seconds), in_distress=False)
    if seconds:
        assert isinstance(found, NotNow) and (found.window.opens, found.reason) == (opens, "outside_hours")
    else:
        assert found == Tell((PAID,))


def test_holidays_of_the_policy_are_days_like_others() -> None:
    festive = replace(POLICY, sending_hours=replace(POLICY.sending_hours, holidays="TW"))
    new_years_noon = datetime(2026, 1, 1, 4, tzinfo=UTC)
    assert decide(festive, ANNA, (PAID,), new_years_noon, in_distress=False) == Tell((PAID,))


TWD_12 = Money(1200, "TWD")
DEBT = Instalment("I1", "A1", "Card", DUE, TWD_12, Money(0, "TWD"))


@pytest.mark.parametrize(
    ("so", "kept", "came_in", "debt", "changed"),
    [
        (True, True, 1200, None, ()),
        (True, True, 1200, None, (PAID,)),
        (True, True, 1200, None, (News("Card", change(0, waived=700)),)),
        (False, True, 1200, DEBT, (News("Card", change(1200, came_in=-1200)),)),  # taken back
        (True, False, 0, DEBT, ()),
        (True, False, 1199, DEBT, (PAID,)),
        (True, False, None, DEBT, ()),  # of several currencies
        (False, False, 1200, DEBT, ()),  # came in after its day, for another debt
        (False, False, 0, None, ()),  # nothing is owed
        (False, False, 0, replace(DEBT, held=True), ()),  # promised again, disputed, on a plan
        (False, False, 0, replace(DEBT, status="disputed"), ()),
        (False, False, 0, replace(DEBT, due_date=DUE + timedelta(days=1)), ()),  # not what it was about
    ],
)
def test_how_a_promise_ended_is_told_while_it_is_so(
    so: bool, kept: bool, came_in: int | None, debt: Instalment | None, changed: tuple[News, ...]
) -> None:
    facts = CustomerFacts(ANNA, (), () if debt is None else (debt,), SUNDAY_NOON)
    sums = (None, None) if came_in is None else (TWD_12, Money(came_in, "TWD"))
    assert is_still_so(EndedPromise(kept, DUE, *sums), facts, changed) is so


def test_how_a_promise_ended_is_news_by_itself() -> None:
    kept = EndedPromise(True, DUE)
    found = decide(POLICY, ANNA, (), SUNDAY_NOON, in_distress=False, promises=(kept,))
    assert found == Tell((), (kept,))


def test_the_smallest_payment_is_news() -> None:
    assert is_news(change(0, owed=0, came_in=1))
