"""A language that is asked for by its name."""

from __future__ import annotations

import pytest

from bot.rules.customers.asked_language import MOST_CHARS, asked_language
from locales.languages import SPOKEN

NAMES = {language: spoken.asked_as for language, spoken in SPOKEN.items()}


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Speak English", "en"),
        ("english please", "en"),
        ("请用英文", "en"),
        ("可以說英語嗎", "en"),
        ("我要简体中文", "zh-Hans"),
        ("simplified chinese", "zh-Hans"),
        ("請用繁體中文", "zh-Hant"),
        ("换成繁体", "zh-Hant"),
        ("Traditional Chinese, please", "zh-Hant"),
        ("正體中文", "zh-Hant"),
        ("English" + " " * (MOST_CHARS - 7), "en"),
        ("English" + " " * (MOST_CHARS - 6), None),
    ],
)
def test_the_one_that_is_named_is_meant(said: str, language: str | None) -> None:
    assert asked_language(said, NAMES) == language


@pytest.mark.parametrize(
    "said",
    [
        *("", "chinese please", "说中文", "change language", "klingon"),
        *("English or simplified Chinese?", "not English", "I don't read English", "I don’t read English"),
        *("看不懂英文", "別用簡體", "沒有繁體嗎", "no english", "why is this in English", "为什么是英文"),
    ],
)
def test_what_names_none_or_several_or_what_is_not_wanted_is_asked_about(said: str) -> None:
    assert asked_language(said, NAMES) is None
