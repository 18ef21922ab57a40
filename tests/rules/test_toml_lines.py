"""The line of each table and each key of a text that people wrote."""

from __future__ import annotations

import pytest

from bot.rules.toml_lines import DEEPEST, MOST_READ_TWICE, key_lines, read_toml


def test_lines_are_found_past_values_of_several_lines() -> None:
    text = 'a = [\n  "x = 1",  # [b]\n  "]",\n]\nb = """\n[c]\nc = 1\n"""\n[t."d.e"] # f = 1\ng.h = { i = 1 }\n'
    assert {path: line for path, line in key_lines(text).items() if isinstance(path[-1], str)} == {
        ("a",): 1,
        ("b",): 5,
        ("t",): 9,
        ("t", "d.e"): 9,
        ("t", "d.e", "g"): 10,
        ("t", "d.e", "g", "h"): 10,
        ("t", "d.e", "g", "h", "i"): 10,
    }


def test_what_is_in_a_list_of_several_lines_has_the_line_of_its_key() -> None:
    assert key_lines("# rows\na = [\n  { x = 1 },\n  { y = { z = 2 } },\n]\nb = 1\n") == {
        ("a",): 2,
        ("a", 0): 2,
        ("a", 0, "x"): 2,
        ("a", 1): 2,
        ("a", 1, "y"): 2,
        ("a", 1, "y", "z"): 2,
        ("b",): 6,
    }


def test_text_of_many_lines_is_read_once_whatever_is_in_it() -> None:
    """A quote or a bracket in it could be the end of a list, but not of a text."""
    phrases = "I'm late [again]\n" * (MOST_READ_TWICE // 100)
    assert key_lines(f"a = \"\"\"\n{phrases}\"\"\"\nb = '''\n{phrases}'''\nc = 1\n") == {
        ("a",): 1,
        ("b",): phrases.count("\n") + 3,
        ("c",): 2 * phrases.count("\n") + 5,
    }


def test_text_that_ends_in_its_first_line_ends_there() -> None:
    assert key_lines('a = """x"""\nb = \'\'\'y\'\'\' # """\nc = """ \\""" "\n"""\nd = 1\n') == {
        ("a",): 1,
        ("b",): 2,
        ("c",): 3,
        ("d",): 5,
    }


def test_a_key_without_a_line_has_that_of_its_table() -> None:
    read = read_toml("# mine\n[t]\na.b = 1\n\n[u.v]\nc = 1\n", "tables")
    assert [read.line_of(*path) for path in (("t",), ("t", "a"), ("t", "z"), ("u",), ("u", "v", "c"), ("w",))] == [
        2,
        3,
        2,
        5,
        6,
        1,
    ]


@pytest.mark.parametrize("text", ["a" + ".b" * 5000 + " = 1\n", "[a" + ".b" * 5000 + "]\nc = 1\n"])
def test_what_is_nested_deeper_than_anybody_reads_has_no_line(text: str) -> None:
    deepest = ("a", *["b"] * (DEEPEST - 1))
    found = key_lines(text + "[d]\ne = 1\n")
    assert found.pop(deepest) == 1
    assert max(map(len, found)) <= DEEPEST + 1
    assert found["d", "e"] == text.count("\n") + 2
