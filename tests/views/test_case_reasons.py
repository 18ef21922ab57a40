"""Every reason of a case that the contract names has words of its own, in each language."""

from __future__ import annotations

import pytest

from bot.rules.languages import TAGS
from bot.views.cases.desk_words import reason_words
from locales import translator

REASONS = ("overdue", "asked", "dispute", "hardship", "distress", "wrong_person", "broken_promise", "unreachable")


@pytest.mark.parametrize("tag", TAGS)
def test_reasons_have_words(tag: str) -> None:
    t = translator(tag)
    words = [reason_words(t, reason) for reason in REASONS]
    assert len(set(words)) == len(REASONS)
    assert not set(words) & {reason.replace("_", " ") for reason in REASONS}
