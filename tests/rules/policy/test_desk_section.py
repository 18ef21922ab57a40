"""The agents' desk as a policy file has it: what is read, what is meant where nothing is said, and what is wrong."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest

from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Break, Desk, Weights
from bot.rules.policy.policy import PolicyFaulty, read_policy
from bot.rules.policy.sending_hours import SendingHours
from tests.rules.policy.policy_texts import LADDER

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def desk(keys: str) -> Desk:
    return read_policy(f"{LADDER}\n[desk]\n{keys}\n", "mine.toml").desk


def faults(keys: str) -> list[str]:
    """What is wrong, without the line."""
    with pytest.raises(PolicyFaulty) as refusal:
        desk(keys)
    return [str(fault).partition(": ")[2] for fault in refusal.value.faults]


def test_where_a_file_says_nothing_the_desk_is_the_usual_one() -> None:
    assert read_policy(LADDER, "mine.toml").desk == desk("") == Desk()


def test_every_key_is_read() -> None:
    assert desk(
        """
time_zone = "Asia/Taipei"
hours = { from = "09:00", to = "18:00", break = { from = "12:30", to = "13:30" }, rest_days = ["sun"], holidays = "TW" }
lease = "45m"
away_return = "2h"
first_answer = { asked = "30m", other = "8h" }
next_action = { other = "48h" }
remind_before = "5m"
promise_tolerance = "0.05"
promise_days = 2
promise_ahead = 21
promise_moves = 0
promise_smallest = "0.1"
dispute_days = 3
ask_how_it_went = false
reveals_hour = 5
reveals_day = 20

[desk.urgency]
asked = 1
vulnerable = 2
broken_promise = 3
day_overdue = 4
amount = 5
hour_waiting = 6
full_amount = { TWD = "100" }
"""
    ) == Desk(
        time_zone="Asia/Taipei",
        hours=SendingHours(time(9), time(18), frozenset({6}), "TW"),
        lease=45 * MINUTE,
        away_return=2 * HOUR,
        first_answer={"asked": 30 * MINUTE, "other": 8 * HOUR},
        next_action={"other": 48 * HOUR},
        remind_before=5 * MINUTE,
        promise_tolerance=Decimal("0.05"),
        promise_days=2,
        promise_ahead=21,
        promise_moves=0,
        promise_smallest=Decimal("0.1"),
        dispute_days=3,
        ask_how_it_went=False,
        reveals_hour=5,
        reveals_day=20,
        weights=Weights(1, 2, 3, 4, 5, {"TWD": Money(10_000, "TWD")}, 6),
        pause=Break(time(12, 30), time(13, 30)),
    )


@pytest.mark.parametrize(
    "keys",
    [
        *("promise_days = 0", "promise_days = 30", "reveals_hour = 1", "reveals_hour = 1000", "reveals_day = 1"),
        *("reveals_day = 1000", 'promise_tolerance = "1"', "ask_how_it_went = true", 'promise_tolerance = "0"'),
        *("urgency = { asked = 0 }", "urgency = { hour_waiting = 1 }", "urgency = { amount = 10000 }", "urgency = {}"),
        *("promise_ahead = 1", "promise_ahead = 60", "promise_moves = 20", 'promise_smallest = "1"'),
        *("dispute_days = 1", "dispute_days = 60"),
        *('time_zone = "UTC"', 'hours = { from = "0:00", to = "24:00", rest_days = [] }\ntime_zone = "UTC"'),
    ],
)
def test_what_is_at_the_edge_is_allowed(keys: str) -> None:
    assert desk(keys)


def test_what_is_not_said_is_as_usual() -> None:
    assert desk('lease = "30m"') == Desk(lease=30 * MINUTE)
    assert desk("urgency = { asked = 70 }") == Desk(weights=Weights(asked=70))
    assert desk('time_zone = "UTC"\nhours = { from = "09:00", to = "18:00" }').hours == SendingHours(time(9), time(18))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            "colour = 1",
            "desk: colour: unknown key; known here: time_zone, hours, lease, away_return, first_answer, next_a",
        ),
        ("promise_days = 31", "desk: promise_days: 31 given, expected a whole number from 0 to 30"),
        ("promise_days = -1", "desk: promise_days: -1 given"),
        ("promise_ahead = 0", "desk: promise_ahead: 0 given, expected a whole number from 1 to 60"),
        ("promise_ahead = 61", "desk: promise_ahead: 61 given"),
        ("promise_moves = -1", "desk: promise_moves: -1 given, expected a whole number from 0 to 20"),
        ("promise_moves = 21", "desk: promise_moves: 21 given"),
        ('promise_smallest = "1.01"', 'desk: promise_smallest: "1.01" given, expected a share from "0" to "1"'),
        ("dispute_days = 0", "desk: dispute_days: 0 given, expected a whole number from 1 to 60"),
        ("dispute_days = 61", "desk: dispute_days: 61 given"),
        ("reveals_hour = 0", "desk: reveals_hour: 0 given, expected a whole number from 1 to 1000"),
        ("reveals_hour = 1001", "desk: reveals_hour: 1001 given"),
        ("reveals_day = 0", "desk: reveals_day: 0 given, expected a whole number from 1 to 1000"),
        ("reveals_day = 1001", "desk: reveals_day: 1001 given"),
        ('promise_tolerance = "1.01"', 'desk: promise_tolerance: "1.01" given, expected a share from "0" to "1"'),
        ("ask_how_it_went = 1", "desk: ask_how_it_went: 1 given, expected true or false, without quotes"),
        ('lease = "0m"', 'desk: lease: "0m" given, expected minutes or hours such as "30m" or "8h"'),
        ("lease = 30", "desk: lease: 30 given, expected minutes or hours"),
        ('away_return = "1d"', 'desk: away_return: "1d" given, expected minutes or hours'),
        ('remind_before = "soon"', 'desk: remind_before: "soon" given, expected minutes or hours'),
        (
            'first_answer = "1h"',
            'desk: first_answer: "1h" given, expected a table such as { asked = "30m", other = "8h" }',
        ),
        ('first_answer = { asked = "1" }', 'desk: first_answer: asked: "1" given, expected minutes or hours'),
        ("next_action = 1", 'desk: next_action: 1 given, expected a table such as { asked = "30m", other = "8h" }'),
        ('time_zone = "Mars"', 'desk: time_zone: "Mars" given, expected an IANA name such as "Asia/Taipei"'),
        ("time_zone = 8", "desk: time_zone: 8 given, expected an IANA name"),
        (
            'hours = { from = "09:00", to = "18:00" }',
            'desk: "time_zone" is missing: hours need a clock, such as time_zone = "Asia/Taipei"',
        ),
        ("urgency = 1", "desk: urgency: 1 given, expected a table, under a line that says [desk.urgency]"),
        (
            "urgency = { colour = 1 }",
            "desk: urgency: colour: unknown key; known here: asked, vulnerable, broken_promise, d",
        ),
        ("urgency = { asked = -1 }", "desk: urgency: asked: -1 given, expected a whole number from 0 to 10000"),
        ("urgency = { asked = 10001 }", "desk: urgency: asked: 10001 given"),
        (
            "urgency = { hour_waiting = 0 }",
            "desk: urgency: hour_waiting: 0 given, expected a whole number from 1 to 1000",
        ),
        (
            "urgency = { full_amount = 1 }",
            "desk: urgency: full_amount: 1 given, expected a table of amounts such as { TWD",
        ),
    ],
)
def test_a_faulty_key_says_what_was_given_and_what_was_expected(keys: str, said: str) -> None:
    (only,) = faults(keys)
    assert only.startswith(said)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ('"9-18"', 'desk: hours: "9-18" given, expected a table such as { from = "09:00", to = "18:00" }'),
        (
            '{ from = "09:00", to = "18:00", noon = 1 }',
            "desk: hours: noon: unknown key; known here: from, to, break, rest_days, h",
        ),
        ('{ from = "18:00", to = "09:00" }', 'desk: hours: to: "09:00" given, expected a time later than from'),
        (
            '{ from = "09:00", to = "18:00", holidays = "Taiwan" }',
            'desk: hours: holidays: "Taiwan" given, expected an ISO 3166 country whose holidays are known, such',
        ),
        ('{ from = "09:00", to = "18:00", break = "noon" }', 'desk: hours: break: "noon" given, expected a table such'),
        (
            '{ from = "09:00", to = "18:00", break = { from = "17:00", to = "18:00" } }',
            "desk: hours: break: it is not within the hours; expected some work before it and after it",
        ),
        (
            '{ from = "09:00", to = "18:00", break = { from = "13:00", to = "12:00" } }',
            'desk: hours: break: to: "12:00" given, expected a time later than from',
        ),
        ('{ from = "09:00", to = "18:00", break = { from = "13:00", to = "24:00" } }', "desk: hours: break: it is not"),
        ('{ from = "09:00", to = "18:00", holidays = 1 }', "desk: hours: holidays: 1 given"),
        (
            '{ from = "09:00", to = "18:00", rest_days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] }',
            "desk: hours: rest_days: all seven days given, expected at least one day on which somebody works",
        ),
    ],
)
def test_faulty_hours_are_told(hours: str, said: str) -> None:
    (only,) = faults(f'time_zone = "UTC"\nhours = {hours}')
    assert only.startswith(said)


def test_a_desk_that_is_no_table_is_told() -> None:
    with pytest.raises(PolicyFaulty, match=r"line 1: desk: 5 given, expected a table, under a line that says \[desk\]"):
        read_policy("desk = 5" + LADDER, "mine.toml")
