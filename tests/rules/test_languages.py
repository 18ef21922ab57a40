"""A language is registered once for the rules and once for its messages, and has everything that a language needs."""

from __future__ import annotations

import pytest

from bot.rules.languages import (
    BASES,
    TAGS,
    base_of,
    first_known,
    known_language,
    language_of,
    places_of,
    spoken_in,
    usual_place,
)
from bot.views.menu import action_words, all_commands
from locales import translator
from locales.languages import SPOKEN, catalog_path


def test_what_the_rules_know_is_spoken_and_has_a_catalog() -> None:
    assert tuple(SPOKEN) == TAGS
    assert all(catalog_path(tag).exists() for tag in TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_a_language_asks_for_itself(tag: str) -> None:
    assert language_of(tag) == known_language(tag) == tag
    assert tag.partition("-")[0] in BASES


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        *(
            ("en", "en"),
            ("en-GB", "en"),
            ("EN_us", "en"),
            ("zh", "zh-Hans"),
            ("zh_TW", "zh-Hant"),
            ("zh-HK", "zh-Hant"),
        ),
        *(("zh-Hant-CN", "zh-Hant"), ("zh-Hans-TW", "zh-Hans"), ("cmn-Hant", "zh-Hant"), ("fr", None), ("", None)),
        *(("zh-SG", "zh-Hans"), ("tw", None), ("en-TW", "en")),
    ],
)
def test_a_script_outweighs_the_region(tag: str, meant: str | None) -> None:
    assert language_of(tag) == meant


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("zh_Hant", "zh-Hant"),
        ("en-abcdefgh", "en"),
        ("en-abcdefghi", None),
        ("en-é", None),
        ("en-", None),
        ("en-a.b", None),
    ],
)
def test_a_tag_in_a_file_has_to_be_well_formed(tag: str, known: str | None) -> None:
    assert known_language(tag) == known


@pytest.mark.parametrize(
    ("said", "first"),
    [((None, "", "fr", " zh_TW ", "en"), "zh-Hant"), (("en", "zh"), "en"), ((None, "fr"), None), ((), None)],
)
def test_the_first_language_that_we_speak_counts(said: tuple[str | None, ...], first: str | None) -> None:
    assert first_known(said) == first


@pytest.mark.parametrize(("tag", "base"), [("zh-Hant", "zh"), (" cmn-Hans ", "zh"), ("en-GB", "en"), ("fr", None)])
def test_who_reads_one_script_reads_the_other(tag: str, base: str | None) -> None:
    assert base_of(tag) == base


@pytest.mark.parametrize("tag", TAGS)
def test_every_command_has_plain_words_in_every_language(tag: str) -> None:
    assert {name for name, _ in all_commands(translator(tag))} <= set(SPOKEN[tag].words)


def test_a_plain_word_means_one_thing_in_all_languages() -> None:
    said = [(word, action) for spoken in SPOKEN.values() for action, words in spoken.words.items() for word in words]
    assert dict(said) == action_words()
    assert all(action_words()[word] == action for word, action in said)


def test_each_code_of_telegram_has_one_menu_and_one_is_for_everybody_else() -> None:
    codes = [code for spoken in SPOKEN.values() for code in spoken.menu_codes]
    assert len(codes) == len(set(codes))
    assert None in codes


@pytest.mark.parametrize(
    ("language", "zone", "chosen", "spoken"),
    [
        ("zh-Hant", "Asia/Hong_Kong", None, "zh-Hant-HK"),
        ("zh-Hant", "Asia/Macau|Asia/Taipei", None, "zh-Hant-HK"),
        ("zh-Hant", "Asia/Taipei|Asia/Macau", None, "zh-Hant"),
        ("zh-Hant", "Asia/Taipei", "zh-Hant-HK", "zh-Hant-HK"),
        ("zh-Hant", "Asia/Taipei", "zh-hk", "zh-Hant-HK"),
        ("zh-Hant", "Asia/Hong_Kong", "zh-Hant-TW", "zh-Hant"),
        ("zh-Hant", "Asia/Hong_Kong", "zh-Hant", "zh-Hant-HK"),
        ("zh-Hant", "Asia/Hong_Kong", "zh-Hans-CN", "zh-Hant-HK"),  # chosen for another language
        ("en", "Asia/Hong_Kong", "en-HK", "en"),
        ("unknown", "Asia/Hong_Kong", None, "unknown"),
    ],
)
def test_a_region_that_somebody_chose_outweighs_their_zone(
    language: str, zone: str, chosen: str | None, spoken: str
) -> None:
    assert spoken_in(language, zone, chosen) == spoken


@pytest.mark.parametrize(
    ("language", "places", "usual"),
    [("zh-Hant", ("HK",), "TW"), ("zh-Hans", (), "CN"), ("en", (), ""), ("unknown", (), "")],
)
def test_where_a_language_has_words_of_a_region_it_has_a_usual_one(
    language: str, places: tuple[str, ...], usual: str
) -> None:
    assert (places_of(language), usual_place(language)) == (places, usual)


def test_a_part_of_a_tag_is_of_eight_letters_at_most_however_it_is_joined() -> None:
    assert known_language("zh_abcdefgh") == known_language("zh-abcdefgh") == language_of("zh")
    assert known_language("zh_abcdefghi") is known_language("zh-abcdefghi") is None
