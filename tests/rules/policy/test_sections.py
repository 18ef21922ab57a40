"""What is shown of a faulty value: short, on one line, and in the file's own words."""

from __future__ import annotations

import pytest

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
