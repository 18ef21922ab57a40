"""Which languages there are, and which of them a language tag asks for. No catalogs here."""

from __future__ import annotations

from pathlib import Path

LANGUAGES = ("en", "zh-Hans", "zh-Hant")

NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
"""What each language calls itself: what a person looks for who cannot read the one they are in."""

# World English: day before month and US$ for dollars, which readers in Asia take only one way.
CLDR_LOCALES = {"en": "en_001", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}

FOLDER = Path(__file__).parent

_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


def match_language(tag: str) -> str | None:
    """The language that a BCP 47 tag or Telegram's language code asks for, or None where it is none of ours.

    `zh-TW`, `zh_HK` and `zh-Hant-CN` are Traditional; `zh`, `zh-CN`, `zh-SG` and `zh-Hans-HK` Simplified. A script
    that is named outweighs the region.
    """
    first, *rest = tag.strip().lower().replace("_", "-").split("-")
    if first == "en":
        return "en"
    if first != "zh":
        return None
    if "hans" in rest:
        return "zh-Hans"
    return "zh-Hant" if _TRADITIONAL & set(rest) else "zh-Hans"


def folder_name(language: str) -> str:
    """The catalog's folder and gettext locale: `zh-Hant` is `zh_Hant`."""
    return language.replace("-", "_")


def catalog_path(language: str, folder: Path = FOLDER) -> Path:
    """Where the catalog of a language is."""
    return folder / folder_name(language) / "LC_MESSAGES" / "duebot.po"
