"""Where a valid policy would lose people all the same."""

from datetime import date

import pytest

from bot.policies import load_policy
from bot.rules.policy import find_holes, read_policy
from tests.rules.policy_texts import LADDER, PROMISED


def holes(text: str, today: date | None = None) -> list[str]:
    return [str(hole) for hole in find_holes(read_policy(text, "mine.toml"), today)]


@pytest.mark.parametrize("name", ["humane", "strict"])
def test_the_shipped_policies_have_no_holes(name: str) -> None:
    assert find_holes(load_policy(name), date(2026, 11, 24)) == []


def test_the_promised_example_calls_trusted_customers_within_their_grace() -> None:
    assert holes(PROMISED) == [
        "segment 'trusted': step 'after-5': calls a person on day 5, within grace; expected after day 5"
    ]


def test_a_ladder_without_a_person_is_a_hole() -> None:
    (hole,) = holes(LADDER[: LADDER.index('[[step]]\nid = "person"')])
    assert hole.startswith("step: the ladder ends without a person")


def test_a_long_silence_between_steps_is_a_hole() -> None:
    assert holes(LADDER.replace("day = 5", "day = 14")) == []
    assert holes(LADDER.replace("day = 5", "day = 15")) == [
        "step 'due': nothing for 15 days after it; expected a step every 14"
    ]


def test_a_step_that_the_weekly_cap_leaves_no_room_for_is_a_hole() -> None:
    week = "".join(f'[[step]]\nid = "d{day}"\nday = {day}\nmessage = "overdue"\n' for day in (1, 2, 3, 4))
    assert holes("max_per_week = 5" + LADDER + week) == []
    assert holes("max_per_week = 4" + LADDER + week) == [
        "step 'd4': can never be sent: earlier steps use up max_per_week, which is 4"
    ]


def test_a_step_that_only_waits_for_room_is_no_hole() -> None:
    humane = load_policy("humane")
    assert humane.max_per_week == 3
    assert find_holes(humane) == []


def test_no_message_by_the_day_that_is_guaranteed_is_a_hole() -> None:
    late = LADDER.replace("day = 0", "day = 2").replace("due_today", "overdue")
    (hole,) = holes(late)
    assert hole.startswith("guarantee: sent_by_day: no step says anything by day 1")


def test_a_currency_with_a_minimum_and_no_fee_or_the_reverse_is_a_hole() -> None:
    keys = 'minimum_amount = { CNY = "5", TWD = "30" }\ncharges = { cap = "0.1", late_fee = { CNY = "1", USD = "1" } }'
    assert [hole.split(";")[0] for hole in holes(keys + LADDER)] == [
        "charges: late_fee: TWD has a minimum_amount and no late_fee",
        "minimum_amount: USD has a late_fee and no minimum_amount",
    ]


def test_without_charges_no_currency_needs_a_fee() -> None:
    assert holes('minimum_amount = { CNY = "5" }' + LADDER) == []


def test_seven_rest_days_are_a_hole() -> None:
    all_days = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
    hours = f'sending_hours = {{ from = "09:00", to = "20:00", rest_days = {all_days} }}'
    assert holes(hours + LADDER) == ["sending_hours: rest_days: every day is a rest day, so nothing is ever sent"]


def test_a_holiday_week_is_a_hole_in_the_year_that_has_one() -> None:
    hours = 'sending_hours = { from = "09:00", to = "20:00", rest_days = ["sat", "sun"], holidays = "CN" }'
    assert holes(hours + LADDER) == []
    (hole,) = holes(hours + LADDER, date(2026, 9, 1))[:1]
    assert hole.startswith("sending_hours: holidays: nothing is sent from ")
    assert holes(hours.replace("CN", "GB") + LADDER, date(2026, 9, 1)) == []
