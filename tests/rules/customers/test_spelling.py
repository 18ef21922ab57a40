"""A letter typed wrong is set right where the word can be no other, and only in so much of a text."""

from __future__ import annotations

import pytest

from bot.rules.customers.spelling import MOST, MOST_READ, Spelling

SPELLING = Spelling(["pqr", "text", "xbcde", "notice", "balance"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("qpr", "pqr"),  # swapped
        ("txet", "text"),
        ("balanec", "balance"),
        ("alance", "balance"),  # one is missing: the first, one within, the one before the last, the last
        ("balnce", "balance"),
        ("balane", "balance"),
        ("balanc", "balance"),
        ("tex", "text"),
        ("tebxt", "text"),  # one too many in a word of five
        ("qtext", "text"),
        ("textq", "text"),
        ("motice", "notice"),  # another one in a word of six
        ("notqce", "notice"),
        ("noticq", "notice"),
    ],
)
def test_one_letter_is_set_right(typed: str, meant: str) -> None:
    assert SPELLING.corrected(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "pqqr",  # one too many in a word of four: it has too many neighbours
        "xbqde",  # another one in a word of five
        "tqxt",
        "pqx",
        "notqqce",  # two letters
        "tr",  # two letters are no word
    ],
)
def test_what_may_be_another_word_stays(typed: str) -> None:
    assert SPELLING.corrected(typed) == typed


def test_so_many_words_of_a_text_are_read() -> None:
    assert SPELLING.corrected("text " * (MOST_READ - 1) + "txet").endswith("text text")
    assert SPELLING.corrected("text " * MOST_READ + "txet").endswith("text txet")


def test_so_many_words_of_a_text_are_set_right() -> None:
    unknown = [f"zz{first}{second}zz" for first in "klmnop" for second in "fghij"]
    assert len(unknown) == MOST
    assert SPELLING.corrected(" ".join([*unknown[1:], "txet"])).endswith(" text")
    assert SPELLING.corrected(" ".join([*unknown, "txet"])).endswith(" txet")
