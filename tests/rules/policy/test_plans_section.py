"""The table [plans] of a policy file: what each key means, and what is wrong with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.rules.facts.money import Money
from bot.rules.policy.plan_terms import Plans
from bot.rules.policy.plans_section import KEYS
from bot.rules.policy.policy import PolicyFaulty, read_policy
from tests.rules.policy.policy_texts import LADDER

ALL = """
[plans]
charges = "as_usual"
most_parts = 60
longest_months = 24
smallest_part = { TWD = "300" }
down_payment = "0.25"
alone_up_to = { TWD = "30000" }
alone_months = 24
alone_after_broken = true
remind = [0, -14, 0]
channels = ["telegram", "email"]
"""


def plans(table: str) -> Plans | None:
    return read_policy(LADDER + table, "mine.toml").plans


def test_without_the_table_no_plan_is_offered() -> None:
    assert plans("") is None


def test_what_is_not_said_is_as_usual() -> None:
    usual = Plans("none", 12, 12, {}, Decimal(0), {}, 6, False, (-3, 0), ("telegram",))
    assert plans('[plans]\ncharges = "none"\n') == usual


def test_all_that_can_be_said_is_read() -> None:
    smallest, alone = {"TWD": Money(30_000, "TWD")}, {"TWD": Money(3_000_000, "TWD")}
    channels = ("telegram", "email")
    assert plans(ALL) == Plans("as_usual", 60, 24, smallest, Decimal("0.25"), alone, 24, True, (-14, 0), channels)


def test_the_least_that_can_be_said_is_read() -> None:
    least = '[plans]\ncharges = "none"\nmost_parts = 2\nlongest_months = 1\nalone_months = 1\n'
    read = plans(least)
    assert read is not None
    assert (read.most_parts, read.longest_months, read.alone_months) == (2, 1, 1)


def test_who_may_agree_alone_may_do_so_for_no_longer_than_a_plan_lasts() -> None:
    read = plans('[plans]\ncharges = "none"\nlongest_months = 3\n')
    assert read is not None
    assert read.alone_months == 3


DAYS = "given, expected days from -14 to 0, counted from the part's"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('charges = "some"', 'charges: "some" given, expected one of none, as_usual'),
        ("most_parts = 1", "most_parts: 1 given, expected a whole number from 2 to 60, without quotes"),
        ("most_parts = 61", "most_parts: 61 given, expected a whole number from 2 to 60, without quotes"),
        ("longest_months = 0", "longest_months: 0 given, expected a whole number from 1 to 60, without quotes"),
        ("longest_months = 61", "longest_months: 61 given, expected a whole number from 1 to 60, without quotes"),
        ("alone_months = 0", "alone_months: 0 given, expected a whole number from 1 to 60, without quotes"),
        ("alone_months = 13", "alone_months: 13 given, expected no more than longest_months, which is 12"),
        ('down_payment = "1"', 'down_payment: "1" given, expected a share below "1": a plan has a second part'),
        ('down_payment = "1.1"', 'down_payment: "1.1" given, expected a share from "0" to "1"'),
        ("remind = -3", "remind: -3 given, expected a list of days such as [-3, 0]"),
        ("remind = []", "remind: an empty list given, expected a list of days such as [-3, 0]"),
        ("remind = [-15]", f"remind: -15 {DAYS}"),
        ("remind = [0, 1]", f"remind: 1 {DAYS}"),
        ("remind = [true]", f"remind: true {DAYS}"),
        ("remind = [false]", f"remind: false {DAYS}"),
        ('remind = ["0"]', f'remind: "0" {DAYS}'),
        ("smallest_part = 300", "smallest_part: 300 given, expected a table of amounts"),
        ("alone_up_to = 300", "alone_up_to: 300 given, expected a table of amounts"),
        ("alone_after_broken = 1", "alone_after_broken: 1 given, expected true or false, without quotes"),
        ('channels = ["fax"]', 'channels: "fax" given, expected any of'),
        ("zzz = 3", f"zzz: unknown key; known here: {', '.join(KEYS)}"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, said: str) -> None:
    charges = "" if line.startswith("charges") else 'charges = "none"\n'
    with pytest.raises(PolicyFaulty) as refused:
        plans(f"[plans]\n{charges}{line}\n")
    (only,) = map(str, refused.value.faults)
    number = LADDER.count("\n") + 2 + bool(charges)
    assert only.startswith(f"line {number}: plans: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "plans = 3\n" + LADDER,
            'plans: 3 given, expected a table, under a line that says [plans], with charges = "none"',
        ),
        (
            LADDER + "[plans]\nmost_parts = 3\n",
            '"charges" is missing, expected "none" or "as_usual": what a plan costs',
        ),
    ],
)
def test_what_is_missing_is_told(text: str, said: str) -> None:
    with pytest.raises(PolicyFaulty, match="1 fault") as refused:
        read_policy(text, "mine.toml")
    assert said in str(refused.value)
