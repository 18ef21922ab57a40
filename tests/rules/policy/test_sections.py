"""What is shown of a faulty value: short, on one line, and in the file's own words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.rules.facts.money import Money
from bot.rules.policy.faults import Fault, Notes, PolicyFaulty
from bot.rules.policy.sections import Section, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 40, f'"{"x" * 40}"'),
        ("x" * 41, f'"{"x" * 40}…"'),
        ([], "an empty list"),
        ([1, 2], "a list of 2"),
        ({}, "a table"),
        (True, "true"),
        (10**18, "1" + "0" * 18),
        (-(10**18), "-1" + "0" * 18),
        (10**18 + 1, "a huge number"),
        (-(10**18) - 1, "a huge number"),
    ],
)
def test_a_value_is_shown_in_short(value: object, text: str) -> None:
    assert shown(value) == text


def told(key: str) -> str:
    notes = Notes({})
    Section({key: 1}, notes).only(("grace_days", "grace_hours", "name"))
    (fault,) = notes.faults
    return fault.message


def test_the_nearest_known_key_is_named_and_none_where_none_is_near() -> None:
    assert told("grace_day") == "unknown key; did you mean grace_days?; known here: grace_days, grace_hours, name"
    assert told("colour") == "unknown key; known here: grace_days, grace_hours, name"


def test_the_error_has_its_file_and_its_faults_in_order_those_without_a_line_first() -> None:
    faults = [Fault(2, "b", "wrong"), Fault(1, "a", "wrong"), Fault(None, "c", "missing")]
    error = PolicyFaulty("mine.toml", faults)
    assert error.source == "mine.toml"
    assert [fault.where for fault in error.faults] == ["c", "a", "b"]
    assert str(error).splitlines()[0] == "mine.toml: 3 faults"


def test_a_key_that_is_missing_has_the_line_of_its_table() -> None:
    notes = Notes({("a",): 3, ("a", "b"): 4})
    notes.add(("a", "b", "c", "d"), "", "missing")
    notes.add(("a", "x"), "", "missing")
    notes.add(("x",), "", "missing")
    assert [fault.line for fault in notes.faults] == [4, 3, None]


def section(**table: object) -> tuple[Section, Notes]:
    notes = Notes({})
    return Section(table, notes), notes


def test_a_currency_that_nobody_knows_is_told_without_a_guess() -> None:
    read, notes = section(amounts={"ABC": "30"})
    assert read.amounts("amounts") == {}
    assert [str(fault) for fault in notes.faults] == [
        "amounts: ABC: unknown currency, expected an ISO 4217 code such as TWD"
    ]


def test_amounts_may_be_nothing_or_a_cent() -> None:
    read, notes = section(amounts={"TWD": "0", "CNY": "0.01", "JPY": "1"})
    assert read.amounts("amounts") == {"CNY": Money(1, "CNY"), "JPY": Money(1, "JPY"), "TWD": Money(0, "TWD")}
    assert not notes.faults


def test_amounts_that_are_no_table_are_told_what_one_looks_like() -> None:
    read, notes = section(amounts=5)
    read.amounts("amounts")
    assert str(notes.faults[0]) == 'amounts: 5 given, expected a table of amounts such as { TWD = "30" }'


@pytest.mark.parametrize(("text", "share"), [("0", "0"), ("1", "1"), ("-0", "0"), ("+0.5", "0.5")])
def test_a_share_is_read_as_it_is_written(text: str, share: str) -> None:
    read, notes = section(share=text)
    assert str(read.share("share", most=1)) == share
    assert not notes.faults


@pytest.mark.parametrize(("text", "long"), [("1m", timedelta(minutes=1)), ("90m", timedelta(minutes=90))])
def test_a_duration_is_minutes_or_hours(text: str, long: timedelta) -> None:
    assert section(wait=text)[0].duration("wait") == long
    assert section(wait=text.replace("m", "h"))[0].duration("wait") == 60 * long


def test_what_is_not_there_reads_as_nothing() -> None:
    read, notes = section()
    assert [read.duration("x"), read.age("x"), read.share("x", 1), read.flag("x"), read.date("x")] == [None] * 5
    assert (read.amounts("x"), read.weekdays("x"), notes.faults) == ({}, None, [])


@pytest.mark.parametrize(("key", "latest"), [("from", "23:59"), ("to", "24:00")])
def test_a_time_that_is_none_is_told_how_late_it_can_be(key: str, latest: str) -> None:
    read, notes = section(**{key: "25:00"})
    assert read.wall_time(key) is None
    assert str(notes.faults[0]) == f'{key}: "25:00" given, expected a time in quotes, up to "{latest}", such as "09:00"'
