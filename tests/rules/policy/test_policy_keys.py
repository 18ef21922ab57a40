"""Each key of a policy file at its edges: the most and the least that it may be, what it is if nobody says it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.rules.policy.policy import Charges, Guarantee, Policy, PolicyFaulty, read_policy
from bot.rules.policy.terms import Choices
from tests.rules.policy.policy_texts import LADDER


def read(keys: str = "", tables: str = "") -> Policy:
    return read_policy(f"{keys}\n{LADDER}\n{tables}", "mine.toml")


def faults(keys: str = "", tables: str = "", ladder: str = LADDER) -> list[str]:
    with pytest.raises(PolicyFaulty) as refused:
        read_policy(f"{keys}\n{ladder}\n{tables}", "mine.toml")
    return [fault.message if not fault.where else f"{fault.where}: {fault.message}" for fault in refused.value.faults]


def test_hints_are_given_unless_the_file_says_no() -> None:
    assert [read(keys).hints for keys in ("", "hints = true", "hints = false")] == [True, True, False]


@pytest.mark.parametrize(("sent", "seen"), [(0, 0), (0, 90), (90, 90)])
def test_a_guarantee_is_within_ninety_days(sent: int, seen: int) -> None:
    table = f"[guarantee]\nsent_by_day = {sent}\nseen_by_day = {seen}"
    assert read(tables=table).guarantee == Guarantee(sent, seen)


def test_charges_that_are_not_said_are_none() -> None:
    assert read(tables='[charges]\ncap = "0.36"').charges == Charges({}, Decimal(0), Decimal("0.36"), False)


def test_choices_may_be_empty() -> None:
    assert read(tables="[choices]\nleast = []\nmore = []").choices == Choices((), (), 0)


def test_the_most_messages_of_a_week() -> None:
    assert read("max_per_week = 100").max_per_week == 100


def test_a_policy_is_named_after_its_file_or_just_so() -> None:
    assert read_policy(LADDER, "packs/mine.toml").name == "mine"
    assert read_policy(LADDER, "").name == "policy"


def test_a_segment_has_the_desk_of_the_file() -> None:
    policy = read(tables='[desk]\ntime_zone = "Asia/Taipei"\n[segment.trusted]\ngrace_days = 1')
    assert policy.segments["trusted"].desk == policy.desk
    assert policy.desk.time_zone == "Asia/Taipei"


@pytest.mark.parametrize(
    ("keys", "tables", "said"),
    [
        ("max_per_week = 101", "", "max_per_week: 101 given, expected a whole number from 1 to 100"),
        ("languages = [3]", "", "languages: 3 given, expected any of"),
        ("charges = 3", "", 'charges: 3 given, expected a table with late_fee, daily_rate and cap = "0.36"'),
        ("choices = 3", "", 'choices: 3 given, expected a table such as { least = ["due"], pause_days = 14 }'),
        ("", "[guarantee]\nsent_by_day = 91", "guarantee: sent_by_day: 91 given, expected a whole number from 0 to 90"),
        ("", "[guarantee]\nseen_by_day = 91", "guarantee: seen_by_day: 91 given, expected a whole number from 0 to 90"),
        (
            "",
            '[[step]]\nid = "two"\nday = 5\nescalate = "overdue"',
            "step 'two': day: day 5 has a step with escalate already, expected one for each day",
        ),
        (
            "",
            '[[step]]\nid = "two"\nday = 0\nmessage = "due_today"',
            "step 'two': day: day 0 has a step with message already, expected one for each day",
        ),
    ],
)
def test_what_is_beyond_is_told(keys: str, tables: str, said: str) -> None:
    (only,) = faults(keys, tables)
    assert only.startswith(said)


def test_a_file_without_a_step_is_told_what_it_needs() -> None:
    needed = "step: no step given, expected at least one [[step]] with id, day, and message or escalate"
    assert faults("grace_days = 3", ladder="") == [needed]


def test_faults_of_every_segment_are_told() -> None:
    found = faults(tables="[segment]\nfirst = 3\n[segment.second]\ngrace_days = -1")
    assert [fault.split(":")[0] for fault in found] == ["segment", "segment 'second'"]


def test_in_a_file_of_another_system_a_fault_has_its_line_too() -> None:
    text = ('grace_days = "3"\n' + LADDER).replace("\n", "\r\n")
    with pytest.raises(PolicyFaulty, match="line 1: grace_days"):
        read_policy(text, "mine.toml")
    with pytest.raises(PolicyFaulty, match=f"line {LADDER.count(chr(10)) + 1}: step 'person': nothing"):
        read_policy((LADDER + "nothing = 3\n").replace("\n", "\r\n"), "mine.toml")
