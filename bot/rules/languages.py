"""The languages that people are spoken to in, and which of them a language tag asks for.

A language is registered here, in one line. What it is called, and the words that it has for the commands, are in the
folder of its catalog.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its tag, with the subtags by which it is asked for, in lower case: `primary` of the language,
    `script`, and `regions` where that script is meant. Of those with the same `primary`, the first is meant where
    neither is named."""

    tag: str
    primary: tuple[str, ...]
    script: str = ""
    regions: frozenset[str] = frozenset()


KNOWN = (
    Language("en", ("en",)),
    Language("zh-Hans", ("zh", "cmn"), "hans"),
    Language("zh-Hant", ("zh", "cmn"), "hant", frozenset({"tw", "hk", "mo"})),
)
TAGS = tuple(language.tag for language in KNOWN)
BASES = tuple(dict.fromkeys(language.primary[0] for language in KNOWN))
"""The languages without script or place: people who read one script of a language read the other."""


def language_of(tag: str) -> str | None:
    """The language that a tag means ("zh_TW" is "zh-Hant", "en-GB" is "en"), or None. A script that is named outweighs
    the region; what else is in the tag does not matter."""
    primary, *rest = tag.replace("_", "-").lower().split("-")
    meant = [language for language in KNOWN if primary in language.primary]
    by_script = [language for language in meant if language.script in rest]
    by_region = [language for language in meant if language.regions & set(rest)]
    return next((language.tag for language in (*by_script, *by_region, *meant)), None)


def known_language(tag: str) -> str | None:
    """The same for a tag that has to be well-formed: letters and digits of ASCII, at most eight in a subtag."""
    _, *rest = tag.replace("_", "-").split("-")
    if not all(part.isascii() and part.isalnum() and len(part) <= 8 for part in rest):
        return None
    return language_of(tag)


def first_known(said: Iterable[str | None]) -> str | None:
    """The first language of ours that one of these tags asks for. Of a customer they are, in this order: what they
    chose themselves, the wallet's word, and what their Telegram is set to. None where none is one of ours."""
    return next((known for tag in said if tag and (known := language_of(tag.strip()))), None)


def base_of(tag: str) -> str | None:
    """The language that a tag means, without script and place (en, zh), or None: who reads one script reads the other,
    so this is by what a case fits an agent."""
    known = language_of(tag.strip())
    return None if known is None else known.partition("-")[0]
