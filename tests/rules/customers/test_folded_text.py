"""Whichever way something is typed, it is compared in one form."""

from __future__ import annotations

import pytest

from bot.rules.customers.folded_text import folded


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I'd pay", "i would pay"),
        ("they’d stop", "they would stop"),
        ("He'll pay, she’ll not", "he will pay, she will not"),
        ("Anna's", "annas"),
        ("stoppp", "stop"),
        ("helllp meee pleeease", "help me please"),
        ("stopp", "stopp"),  # two of a letter are good spelling
        ("s t o p", "stop"),
        ("廿五號出糧", "二十五号发工资"),
    ],
)
def test_a_text_in_its_one_form(text: str, said: str) -> None:
    assert folded(text) == said
