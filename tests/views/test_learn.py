"""Cards of `/learn` as people read them: what the policy and its packs say in them, and what is left out."""

from __future__ import annotations

from datetime import date

import pytest

from bot.policies import load_pack, load_policy
from bot.rules.customers.lesson_file import read_lesson
from bot.rules.policy.packs import tighten
from bot.rules.policy.terms import KNOWN_PACKS
from bot.views.customers.learn import card, values_of
from bot.work.customers.lesson_book import shipped_lessons
from locales import Translator
from tests.views.view_facts import EVERY_LANGUAGE

TODAY = date(2026, 12, 1)
HUMANE = load_policy("humane")


@pytest.mark.parametrize("t", EVERY_LANGUAGE)
def test_every_card_is_whole_under_every_pack(t: Translator) -> None:
    for packs in ((), *((load_pack(name),) for name in KNOWN_PACKS)):
        values = values_of(t, tighten(HUMANE, packs, TODAY), None, "A & B <Wallet>")
        for lesson in shipped_lessons().of(t.language):
            for number in range(1, len(lesson.cards) + 1):
                text = card(t, lesson, number, values).text
                assert "{" not in text and "<Wallet>" not in text
        credit = shipped_lessons().lesson(t.language, "credit")
        assert credit is not None
        own_record = card(t, credit, 3, values).text
        assert bool(values["credit_record"]) == bool(packs) and values["credit_record"] in own_record


def test_a_card_of_which_nothing_is_left_is_not_shown() -> None:
    t = EVERY_LANGUAGE[0]
    lesson = read_lesson("# T\n## A\n{debt_advice}\n## B\nWords.", "x", "en/x.md")
    shown = card(t, lesson, 1, values_of(t, HUMANE, None, "Wallet"))
    assert "1 of 1" in shown.text and "Words." in shown.text
