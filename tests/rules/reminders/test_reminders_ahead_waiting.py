"""What comes to a customer who has had enough messages for a day or a week, and what becomes of reminders that are
planned already."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.rules.facts.wishes import Wishes
from bot.rules.reminders.reminders_ahead import Waiting
from tests.rules.reminders.coming_reminders import EARLIER, NOW, POLICY, TODAY, ahead, comes, debt, planned, taipei

# --- Caps ------------------------------------------------------------------------------------------------------------


def test_after_a_message_today_the_next_is_sent_tomorrow() -> None:
    found = ahead(debt(1), accepted_at=[taipei(2, 10)])
    assert found == {"I1": comes("after-1", date(2026, 3, 3), taipei(3), "day_cap")}


def test_what_waits_for_a_day_that_is_not_looked_at_is_neither_sent_nor_lost() -> None:
    assert ahead(debt(1), accepted_at=[taipei(2, 10)], days=1) == {}


def test_what_waits_beyond_these_days_is_not_lost_though_another_channel_is_out_of_reach() -> None:
    reached_by_one = {"telegram": "", "email": "no_address"}
    assert ahead(debt(2), accepted_at=[taipei(2, 10)], days=1, unreached=reached_by_one) == {}


def test_a_full_week_delays() -> None:
    found = ahead(debt(1), accepted_at=[taipei(1) - timedelta(days=3), taipei(1)])
    assert found == {"I1": comes("after-1", date(2026, 3, 5), taipei(5), "week_cap")}


def test_what_waits_until_it_is_no_longer_true_is_not_sent_for_the_reason_why_it_waited() -> None:
    found = ahead(debt(1), accepted_at=[taipei(1), taipei(1)])
    assert found == {"I1": comes("after-1", date(2026, 3, 8), None, "week_cap")}


def test_a_step_that_comes_while_another_waits_is_sent_in_its_place() -> None:
    found = ahead(debt(2), accepted_at=[taipei(1) - timedelta(days=3), taipei(1)])
    assert found == {"I1": comes("after-1", date(2026, 3, 5), taipei(5), "week_cap")}


def test_what_was_sent_is_not_sent_again_and_fills_no_week() -> None:
    found = ahead(debt(1), debt(8, "I2"))
    assert found == {"I1": comes("after-1", TODAY, NOW), "I2": comes("before-3", date(2026, 3, 5), taipei(5))}


def test_messages_on_the_way_fill_the_week_too() -> None:
    """Of three that come on three days, the third is too many for its week."""
    found = ahead(debt(2), debt(6, "I2"), debt(7, "I3"), days=25)
    assert {id_: (one.step_id, one.day.day, one.reason) for id_, one in found.items()} == {
        "I1": ("due", 2, ""),
        "I2": ("before-3", 3, ""),
        "I3": ("after-1", 9, "week_cap"),
    }


# --- What is planned already -----------------------------------------------------------------------------------------


def test_a_notice_that_waits_comes_at_its_instant() -> None:
    found = ahead(debt(1), told=[planned("after-1", 1)], waiting=Waiting(7, taipei(2, 15), "flood"))
    assert found == {"I1": comes("after-1", TODAY, taipei(2, 15), "flood", 7)}


def test_a_notice_of_an_earlier_version_is_judged_by_that_version() -> None:
    told = planned("later-2", 1, version=EARLIER.version)
    found = ahead(
        debt(1), now=taipei(3, 12), told=[told], waiting=Waiting(7, taipei(3, 12)), began_under={"I1": EARLIER.version}
    )
    assert found == {"I1": comes("later-2", date(2026, 3, 3), taipei(3, 12), "", 7)}


def test_a_new_item_joins_the_notice_that_waits() -> None:
    found = ahead(debt(1), debt(2, "I2"), told=[planned("after-1", 1)], waiting=Waiting(7, taipei(2, 15)))
    assert found["I2"] == comes("due", TODAY, taipei(2, 15), "", 7)


def test_what_is_on_its_way_gets_no_new_item() -> None:
    found = ahead(
        debt(1), debt(2, "I2"), told=[planned("after-1", 1)], waiting=Waiting(7, NOW, "due_now", on_its_way=True)
    )
    assert found == {
        "I1": comes("after-1", TODAY, NOW, "due_now", 7),
        "I2": comes("after-1", date(2026, 3, 3), taipei(3), "day_cap"),
    }


def test_what_is_on_its_way_changes_nothing_for_the_others() -> None:
    """What was not sent before for a reason that may end is sent as soon as there is room for it."""
    before = replace(planned("after-1", 1, "I2"), notice_id=3, state="not_sent", reason="blocked")
    found = ahead(
        debt(1), debt(1, "I2"), told=[planned("after-1", 1), before], waiting=Waiting(7, NOW, on_its_way=True)
    )
    assert found["I2"] == comes("after-1", date(2026, 3, 3), taipei(3), "day_cap")


@pytest.mark.parametrize(
    ("why", "day", "at"), [("no_address", 3, taipei(3)), ("blocked", 2, NOW)], ids=["tomorrow", "today"]
)
def test_what_was_on_its_way_without_a_channel_is_planned_again(why: str, day: int, at: datetime) -> None:
    """Planned yesterday under a policy whose channel does not reach them: today is over for it, unless what is in the
    way may end today."""
    (step,) = (step for step in POLICY.steps if step.id == "after-1")
    by_mail = replace(POLICY, version="by mail", steps=(replace(step, channels=("email",)),))
    told = replace(planned("after-1", 1, version="by mail"), local_day=TODAY - timedelta(days=1))
    found = ahead(
        debt(1),
        told=[told],
        waiting=Waiting(7, NOW, on_its_way=True),
        unreached={"telegram": "", "email": why},
        policies=(POLICY, by_mail),
    )
    assert found == {"I1": comes("after-1", date(2026, 3, day), at)}


def test_a_planned_notice_that_is_not_sent_says_why_and_which() -> None:
    told = [replace(planned("after-1", 1), notice_id=1)]
    found = ahead(debt(1), told=told, waiting=Waiting(1, NOW, "day_cap"), stopped=True)
    assert found == {"I1": comes("after-1", TODAY, None, "stopped", 1)}


def test_a_planned_notice_that_a_hold_ends_today_comes_when_the_hold_is_over() -> None:
    told = [planned("after-1", 1)]
    found = ahead(debt(1), told=told, waiting=Waiting(7, NOW), held_until={"I1": TODAY})
    assert found == {"I1": comes("after-1", date(2026, 3, 3), taipei(3))}


def test_after_the_last_day_of_a_pause_it_comes() -> None:
    pauses = Wishes(paused_until=TODAY)
    assert ahead(debt(1), wishes=pauses, days=1) == {"I1": comes("after-1", TODAY, None, "paused")}
    assert ahead(debt(1), wishes=pauses) == {"I1": comes("after-1", date(2026, 3, 3), taipei(3))}


def test_who_chose_an_hour_gets_it_then() -> None:
    assert ahead(debt(1), wishes=Wishes(hour=18)) == {"I1": comes("after-1", TODAY, taipei(2, 18))}


def test_a_planned_notice_that_nothing_delivers_any_more_says_why() -> None:
    found = ahead(debt(1), told=[planned("after-1", 1)], waiting=Waiting(7, NOW), unreached={"telegram": "blocked"})
    assert found == {"I1": comes("after-1", TODAY, None, "blocked", 7)}


def test_what_a_notice_leaves_out_is_told_on_another_day() -> None:
    """The debt was moved to another day since its reminder was planned: the rest of the notice is sent without it."""
    told = [planned("after-1", 1), planned("due", 2, "I2")]
    found = ahead(debt(1), debt(6, "I2"), told=told, waiting=Waiting(7, NOW, "due_now"))
    assert found["I1"] == comes("after-1", TODAY, NOW, "due_now", 7)
    assert (found["I2"].step_id, found["I2"].day) == ("before-3", date(2026, 3, 3))
