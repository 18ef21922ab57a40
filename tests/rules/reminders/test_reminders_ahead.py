"""What comes to a customer on the coming days, from the rules of planning and of the last check, one day after the
other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import NO_WISHES, Wishes
from bot.rules.policy.policy import Policy, read_policy
from bot.rules.policy.sending_hours import local_day
from bot.rules.reminders.due_today import Told
from bot.rules.reminders.reminders_ahead import Ahead, Outlook, Terms, Waiting, reminders_ahead

POLICY = read_policy(
    """
name = "ahead"
grace_days = 3
minimum_amount = { TWD = "30" }
sending_hours = { from = "09:00", to = "20:00" }
max_per_day = 1
max_per_week = 2

[[step]]
id = "before-3"
day = -3
message = "upcoming"

[[step]]
id = "due"
day = 0
message = "due_today"
channels = ["telegram", "email"]

[[step]]
id = "after-1"
day = 1
message = "overdue"

[[step]]
id = "after-5"
day = 5
escalate = "overdue"
""",
    "ahead.toml",
)
EARLIER = read_policy(
    """
name = "earlier"
grace_days = 3
sending_hours = { from = "11:00", to = "20:00" }

[[step]]
id = "later-2"
day = 2
message = "overdue"
channels = ["telegram"]
""",
    "earlier.toml",
)
TODAY = date(2026, 3, 2)
REACHED = {"telegram": ""}


def taipei(day: int, hour: int = 9) -> datetime:
    """An hour of a day in March."""
    return datetime(2026, 3, day, hour, tzinfo=UTC) - timedelta(hours=8)


NOW = taipei(2, 12)


def debt(due: int, instalment_id: str = "I1", amount: int = 120_000, **more: object) -> Instalment:
    """A debt that is due on a day of March, in the customer's calendar."""
    one = Instalment(instalment_id, "A1", "Card", date(2026, 3, due), Money(amount, "TWD"), Money(0, "TWD"))
    return replace(one, **more)  # type: ignore[arg-type]  # fields by their names


def ahead(
    *owed: Instalment,
    now: datetime = NOW,
    days: int = 20,
    told: Sequence[Told] = (),
    waiting: Waiting | None = None,
    unreached: Mapping[str, str] = REACHED,
    accepted_at: Sequence[datetime] = (),
    began_under: Mapping[str, str] | None = None,
    held_until: Mapping[str, date] | None = None,
    stopped: bool = False,
    wishes: Wishes = NO_WISHES,
    policies: Sequence[Policy] = (POLICY, EARLIER),
) -> Mapping[str, Ahead]:
    customer = Customer("C1", "Anna", "en", "Asia/Taipei", stopped=stopped, wishes=wishes)
    terms = Terms(policies[0], {policy.version: policy for policy in policies})
    looked_at = [TODAY + timedelta(days=n) for n in range(days)]
    outlook = Outlook(
        facts=CustomerFacts(customer, (), owed, now),
        terms_on=dict.fromkeys([*looked_at, local_day(customer.zone, now)], terms).__getitem__,
        began_under=began_under or {},
        held_until=held_until or {},
        told=told,
        waiting=waiting,
        unreached=unreached,
        accepted_at=accepted_at,
    )
    return reminders_ahead(outlook, looked_at, now)


def comes(step_id: str, day: date, at: datetime | None, reason: str = "", notice_id: int | None = None) -> Ahead:
    """What comes by Telegram, unless it does not come."""
    return Ahead(step_id, day, at, reason, notice_id, "telegram" if at else None)


def planned(step_id: str, due: int, instalment_id: str = "I1", version: str = POLICY.version) -> Told:
    """An item of the notice 7, which waits since today."""
    return Told(7, instalment_id, step_id, date(2026, 3, due), "planned", None, TODAY, version)


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
