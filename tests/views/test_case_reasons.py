"""Every reason of a case has words of its own, in each language."""

from __future__ import annotations

import pytest

from bot.rules.case_reasons import CaseReason
from bot.rules.languages import TAGS
from bot.views.cases.desk_words import reason_words
from locales import translator


@pytest.mark.parametrize("tag", TAGS)
def test_reasons_have_words(tag: str) -> None:
    t = translator(tag)
    words = [reason_words(t, reason) for reason in CaseReason]
    assert len(set(words)) == len(CaseReason)
    assert not set(words) & {reason.replace("_", " ") for reason in CaseReason}
