"""What comes to a customer on the coming days, from the rules of planning and of the last check, one day after the
other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.wishes import Wishes
from bot.rules.reminders.due_today import Told
from tests.rules.reminders.coming_reminders import EARLIER, NOW, POLICY, TODAY, ahead, comes, debt, planned, taipei


def test_the_next_step_is_sent_when_the_hours_of_its_day_open() -> None:
    assert ahead(debt(20)) == {"I1": comes("before-3", date(2026, 3, 17), taipei(17))}


def test_what_is_current_now_is_sent_at_once() -> None:
    assert ahead(debt(2)) == {"I1": comes("due", TODAY, NOW)}


@pytest.mark.parametrize(("hour", "day", "at"), [(8, 2, taipei(2)), (19, 2, taipei(2, 19)), (20, 3, taipei(3))])
def test_it_is_sent_within_hours(hour: int, day: int, at: datetime) -> None:
    assert ahead(debt(1), now=taipei(2, hour)) == {"I1": comes("after-1", date(2026, 3, day), at)}


def test_each_debt_has_its_own() -> None:
    found = ahead(debt(2), debt(20, "I2"), debt(2, "I3"))
    assert {id_: (one.step_id, one.day.day) for id_, one in found.items()} == {
        "I1": ("due", 2),
        "I2": ("before-3", 17),
        "I3": ("due", 2),
    }


def test_only_these_days_are_looked_at() -> None:
    assert ahead(debt(20), days=15) == {}
    assert ahead(debt(20), days=16) != {}


def test_at_the_end_of_the_ladder_nothing_comes() -> None:
    told = replace(planned("after-1", 1), state="accepted", notice_id=3)
    assert ahead(debt(1), told=[told]) == {}


def test_what_was_told_with_another_due_date_is_told_again() -> None:
    told = replace(planned("after-1", 1), state="accepted", notice_id=3, due_date=date(2026, 2, 28))
    assert ahead(debt(1), told=[told]) == {"I1": comes("after-1", TODAY, NOW)}


# --- Ladders, each under its version ---------------------------------------------------------------------------------


def test_a_ladder_goes_on_under_the_version_under_which_it_began() -> None:
    found = ahead(debt(2), began_under={"I1": EARLIER.version})
    assert found == {"I1": comes("later-2", date(2026, 3, 4), taipei(4, 11))}


def test_a_ladder_whose_version_is_no_longer_used_has_no_step() -> None:
    assert ahead(debt(2), began_under={"I1": EARLIER.version}, policies=[POLICY]) == {}


def test_two_ladders_of_one_day_are_one_message() -> None:
    found = ahead(debt(2, "I1"), debt(4, "I2"), now=taipei(3, 21), began_under={"I1": EARLIER.version})
    assert found == {
        "I1": comes("later-2", date(2026, 3, 4), taipei(4)),
        "I2": comes("due", date(2026, 3, 4), taipei(4)),
    }


def test_a_pack_that_has_expired_says_so() -> None:
    silenced = replace(POLICY, silenced_by=("cn",))
    assert ahead(debt(2), policies=[silenced]) == {"I1": comes("due", TODAY, None, "pack_expired")}


# --- Holds -----------------------------------------------------------------------------------------------------------


def test_after_the_last_day_of_a_hold_it_comes() -> None:
    found = ahead(debt(1, held=True), held_until={"I1": date(2026, 3, 4)})
    assert found == {"I1": comes("after-1", date(2026, 3, 5), taipei(5))}


def test_a_hold_until_the_end_of_the_ladder_leaves_nothing() -> None:
    assert ahead(debt(1, held=True), held_until={"I1": date(2026, 3, 5)}) == {}


def test_the_hold_of_another_debt_holds_nothing() -> None:
    assert ahead(debt(1), held_until={"I2": date(2026, 3, 9)}) == {"I1": comes("after-1", TODAY, NOW)}


def test_a_dispute_of_the_wallet_has_no_end() -> None:
    assert ahead(debt(1, status="disputed", held=True)) == {}


# --- Why nothing comes -----------------------------------------------------------------------------------------------


def test_who_turned_reminders_off_gets_none() -> None:
    assert ahead(debt(2), stopped=True) == {"I1": comes("due", TODAY, None, "stopped")}


def test_too_little_is_not_worth_a_reminder() -> None:
    assert ahead(debt(2, amount=2999)) == {"I1": comes("due", TODAY, None, "below_minimum")}
    assert ahead(debt(2, amount=3000)) == {"I1": comes("due", TODAY, NOW)}


def test_little_is_worth_a_reminder_together_with_another() -> None:
    found = ahead(debt(1, amount=2000), debt(4, "I2", amount=2000))
    assert found["I1"] == comes("after-1", TODAY, NOW)


@pytest.mark.parametrize(
    ("unreached", "why"),
    [
        ({"telegram": "not_linked"}, "not_linked"),
        ({"telegram": "blocked", "push": ""}, "blocked"),  # push is no channel of the step
        ({"telegram": "blocked", "email": "no_address"}, "no_channel"),
    ],
)
def test_why_no_channel_of_the_step_reaches_them(unreached: Mapping[str, str], why: str) -> None:
    assert ahead(debt(2), unreached=unreached) == {"I1": comes("due", TODAY, None, why)}


def test_one_channel_of_the_step_is_enough() -> None:
    found = ahead(debt(2), unreached={"telegram": "blocked", "email": ""})
    assert found == {"I1": replace(comes("due", TODAY, NOW), channel="email")}


def test_it_comes_first_by_the_channel_that_they_want_most() -> None:
    both, wish = {"telegram": "", "email": ""}, Wishes(channels=("sms", "email", "telegram"))
    assert ahead(debt(2), unreached=both)["I1"].channel == "telegram"
    assert ahead(debt(2), unreached=both, wishes=wish)["I1"].channel == "email"
    assert ahead(debt(1), unreached=both, wishes=wish)["I1"].channel == "telegram", "the step has no other"
    assert {one.channel for one in ahead(debt(1), debt(2, "I2"), unreached=both, wishes=wish).values()} == {"email"}


def test_a_step_without_a_channel_that_is_set_up_is_no_step() -> None:
    found = ahead(debt(3), unreached={"email": ""})  # `before-3` has Telegram only
    assert found == {"I1": replace(comes("due", date(2026, 3, 3), taipei(3)), channel="email")}


def test_a_later_step_that_reaches_them_counts_more_than_one_that_does_not() -> None:
    found = ahead(debt(3), unreached={"telegram": "blocked", "email": ""})
    assert found == {"I1": replace(comes("due", date(2026, 3, 3), taipei(3)), channel="email")}


def test_of_several_that_are_not_sent_the_first_is_named() -> None:
    found = ahead(debt(3), unreached={"telegram": "blocked"})
    assert found == {"I1": comes("before-3", TODAY, None, "blocked")}


@pytest.mark.parametrize(
    ("other", "told", "began_under"),
    [
        (debt(1), [], {"I1": "no longer used"}),
        (debt(20), [], {}),
        (debt(1), [replace(planned("after-1", 1), state="accepted")], {}),
    ],
    ids=["has a ladder of a version that is gone", "is on no step", "was told"],
)
def test_why_one_is_not_sent_is_known_beside_one_that(
    other: Instalment, told: list[Told], began_under: dict[str, str]
) -> None:
    found = ahead(other, debt(1, "I2"), days=1, told=told, began_under=began_under, unreached={"telegram": "blocked"})
    assert found == {"I2": comes("after-1", TODAY, None, "blocked")}


@pytest.mark.parametrize(
    ("reason", "day", "at"),
    [("stopped", 2, NOW), ("on_hold", 2, NOW), ("day_cap", 3, taipei(3)), ("in_doubt", 3, taipei(3))],
)
def test_what_was_not_sent_today_comes_today_only_if_its_reason_may_end_today(
    reason: str, day: int, at: datetime
) -> None:
    told = replace(planned("after-1", 1), notice_id=3, state="not_sent", reason=reason)
    assert ahead(debt(1), told=[told]) == {"I1": comes("after-1", date(2026, 3, day), at)}
