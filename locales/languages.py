"""The languages of messages, as registered in `bot/rules/languages.py`, with what each has in its catalog's folder. The
catalogs are not read here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from bot.rules.languages import TAGS as LANGUAGES
from bot.rules.languages import language_of
from locales.spoken import Spoken

FOLDER = Path(__file__).parent


def match_language(tag: str) -> str | None:
    """The language for a BCP 47 tag or Telegram's language code; None if duebot does not have it.

    `zh-TW`, `zh_HK` and `zh-Hant-CN` are Traditional; `zh`, `zh-CN`, `zh-SG` and `zh-Hans-HK` Simplified. A script in
    the tag outweighs the region.
    """
    return language_of(tag.strip())


def folder_name(language: str) -> str:
    """The catalog's folder and gettext locale: `zh-Hant` is `zh_Hant`."""
    return language.replace("-", "_")


def catalog_path(language: str, folder: Path = FOLDER) -> Path:
    """The path of a language's catalog."""
    return folder / folder_name(language) / "LC_MESSAGES" / "duebot.po"


def _spoken(language: str) -> Spoken:
    spoken: Spoken = import_module(f"locales.{folder_name(language)}").LANGUAGE
    return spoken


SPOKEN = {language: _spoken(language) for language in LANGUAGES}
NAMES = {language: spoken.name for language, spoken in SPOKEN.items()}


__all__ = ["FOLDER", "LANGUAGES", "NAMES", "SPOKEN", "catalog_path", "folder_name", "match_language"]
