"""What agents read where something was not agreed: why, and how it is written."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest

from bot.rules.agreements.agreed_terms import NotAgreed, Reason
from bot.rules.facts.money import Money
from bot.views.agreements import agent_agreements as views
from tests.views.view_facts import EN, EVERY_LANGUAGE

FRIDAY, LAST = date(2026, 3, 6), date(2026, 5, 1)
OWED = (Money(120_000, "TWD"),)
BOTH = (*OWED, Money(2_000, "USD"))

SAID = {
    NotAgreed("usage"): "How it is written",
    NotAgreed("amount_unreadable", OWED): "can’t read the amount",
    NotAgreed("amount_decimals", OWED): "more decimals",
    NotAgreed("amount_zero", OWED): "more than nothing",
    NotAgreed("which_currency", BOTH): "There is NT$1,200.00 and US$20.00 to pay",
    NotAgreed("other_currency", OWED): "There is NT$1,200.00 to pay",
    NotAgreed("more_than_owed", OWED): "more than is owed: NT$1,200.00",
    NotAgreed("nothing_owed"): "nothing to pay that isn’t disputed",
    NotAgreed("nothing_due_by", day=FRIDAY): "the next is due 6 Mar 2026",
    NotAgreed("day_unreadable"): "can’t read the day",
    NotAgreed("day_past", day=FRIDAY): "6 Mar 2026 is past",
    NotAgreed("day_too_far", day=LAST): "too far ahead: 1 May 2026 is the last one",
    NotAgreed("plan_exists", day=LAST): "until 1 May 2026. /plan cancel takes it back",
    NotAgreed("parts"): "2 to 24 parts",
    NotAgreed("parts_sum", BOTH): "NT$1,200.00 was written, US$20.00 is owed",
    NotAgreed("too_small", OWED): "NT$1,200.00 can’t be divided",
    NotAgreed("days"): "1 to 60 days",
    NotAgreed("nothing_to_cancel"): "nothing of the kind",
    NotAgreed("no_such_instalment"): "no such instalment",
    NotAgreed("no_such_dispute"): "no such dispute",
    NotAgreed("no_reason"): "Please say why",
    NotAgreed("nothing_to_see"): "no promise of their own",
    NotAgreed("disputed_already"): "looked into already",
    NotAgreed("not_reachable"): "can’t be reached in Telegram to agree",
}


@pytest.mark.parametrize("why", SAID, ids=lambda why: why.reason)
def test_each_reason_is_said_in_words(why: NotAgreed) -> None:
    assert SAID[why] in views.not_agreed(EN, "promise", why).text
    assert len({views.not_agreed(t, "promise", why).text for t in EVERY_LANGUAGE}) == len(EVERY_LANGUAGE)


def test_these_are_all_the_reasons_there_are() -> None:
    assert {why.reason for why in SAID} == set(get_args(Reason))


@pytest.mark.parametrize(
    ("command", "example"), [("promise", "/promise 500 2026-03-20"), ("plan", "/plan 3"), ("hold", "/hold 14")]
)
def test_what_is_written_wrong_is_answered_with_how_it_is_written(command: str, example: str) -> None:
    reasons: tuple[Reason, ...] = ("usage", "day_unreadable", "days")
    for reason in reasons:
        assert example in views.not_agreed(EN, command, NotAgreed(reason)).text
