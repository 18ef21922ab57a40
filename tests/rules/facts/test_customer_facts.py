"""What follows from a customer's facts alone."""

from __future__ import annotations

import pytest

from bot.rules.facts.customer_facts import Customer


@pytest.mark.parametrize(
    ("language", "zone", "spoken"),
    [
        ("zh-Hant", "Asia/Hong_Kong", "zh-Hant-HK"),
        ("zh-Hant", "Asia/Taipei", "zh-Hant"),
        (None, "Asia/Taipei", "en"),
        ("zh-Hant", "Asia/Hong_Kong|Asia/Macau", "zh-Hant-HK"),
        ("fr", "Asia/Hong_Kong", "fr"),
    ],
)
def test_a_customer_is_written_to_in_the_words_of_where_they_live(language: str | None, zone: str, spoken: str) -> None:
    assert Customer("C1", "Anna", language, zone).spoken == spoken
