"""A language is registered once for the rules and once for its messages, and has everything that a language needs."""

from __future__ import annotations

import pytest

from bot.rules.languages import BASES, TAGS, known_language, language_of
from bot.views.menu import action_words, command_list
from locales import translator
from locales.languages import SPOKEN, catalog_path


def test_what_the_rules_know_is_spoken_and_has_a_catalog() -> None:
    assert tuple(SPOKEN) == TAGS
    assert all(catalog_path(tag).exists() for tag in TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_a_language_asks_for_itself(tag: str) -> None:
    assert language_of(tag) == known_language(tag) == tag
    assert tag.partition("-")[0] in BASES


@pytest.mark.parametrize("tag", TAGS)
def test_every_command_has_plain_words_in_every_language(tag: str) -> None:
    assert {name for name, _ in command_list(translator(tag))} <= set(SPOKEN[tag].words)


def test_a_plain_word_means_one_thing_in_all_languages() -> None:
    said = [(word, action) for spoken in SPOKEN.values() for action, words in spoken.words.items() for word in words]
    assert dict(said) == action_words()
    assert all(action_words()[word] == action for word, action in said)


def test_each_code_of_telegram_has_one_menu_and_one_is_for_everybody_else() -> None:
    codes = [code for spoken in SPOKEN.values() for code in spoken.menu_codes]
    assert len(codes) == len(set(codes))
    assert None in codes
