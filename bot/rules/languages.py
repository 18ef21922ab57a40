"""The languages that people are spoken to in, and which of them a language tag asks for.

A language is registered here, in one line. What it is called, and the words that it has for the commands, are in the
folder of its catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its tag, with the subtags by which it is asked for, in lower case: `primary` of the language,
    `script`, `regions` where that script is meant, and `varieties` whose speakers mostly write it. Of those with the
    same `primary`, the first is meant where none of these is named.

    `places` are regions with words of their own, each with its time zones: a customer in Hong Kong reads 還款 where one
    in Taipei reads 繳款."""

    tag: str
    primary: tuple[str, ...]
    script: str = ""
    regions: frozenset[str] = frozenset()
    varieties: frozenset[str] = frozenset()
    places: Mapping[str, frozenset[str]] = field(default_factory=dict)


# ISO 639-3: Mandarin, Cantonese, Southern Min, Hakka, Eastern Min, Wu, Gan, Xiang, Jin.
_CHINESE = ("zh", "cmn", "yue", "nan", "hak", "cdo", "wuu", "gan", "hsn", "cjy")

KNOWN = (
    Language("en", ("en",)),
    Language("zh-Hans", _CHINESE, "hans", frozenset({"cn", "sg", "my"})),
    Language(
        "zh-Hant",
        _CHINESE,
        "hant",
        frozenset({"tw", "hk", "mo"}),
        frozenset({"yue", "nan", "hak", "cdo"}),
        {"HK": frozenset({"Asia/Hong_Kong", "Hongkong", "Asia/Macau", "Asia/Macao"})},
    ),
)
TAGS = tuple(language.tag for language in KNOWN)
NEEDED = ("en", "zh-Hans", "zh-Hant")
"""The languages in which other people's files (lessons, surveys) must have their texts. A language that is registered
later is not among them, so that these files stay right: its readers get the text of the first until there is theirs."""
BASES = tuple(dict.fromkeys(language.primary[0] for language in KNOWN))
"""The languages without script or place: people who read one script of a language read the other."""


def language_of(tag: str) -> str | None:
    """The language that a tag means ("zh_TW" is "zh-Hant", "en-GB" is "en"), or None. A script that is named outweighs
    the region, and the region the variety; what else is in the tag does not matter."""
    subtags = tag.replace("_", "-").lower().split("-")
    primary, rest = subtags[0], subtags[1:]
    meant = [language for language in KNOWN if primary in language.primary]
    by_script = [language for language in meant if language.script in rest]
    by_region = [language for language in meant if language.regions & set(rest)]
    by_variety = [language for language in meant if language.varieties & set(subtags)]
    return next((language.tag for language in (*by_script, *by_region, *by_variety, *meant)), None)


def spoken_in(language: str, zone: str, chosen: str | None = None) -> str:
    """The tag of a language as it is spoken in a time zone, or in the first of several ("Asia/Taipei|Asia/Tokyo"):
    "zh-Hant-HK" in Hong Kong. The language itself where the zone has no words of its own. A region in the tag that
    somebody chose themselves ("zh-Hant-HK", "zh-Hant-TW") outweighs the zone."""
    known = next((known for known in KNOWN if known.tag == language), KNOWN[0])
    places = known.places
    if chosen is not None and language_of(chosen) == language:
        named = set(chosen.upper().split("-"))
        if place := next((place for place in places if place in named), None):
            return f"{language}-{place}"
        if known.regions & {part.lower() for part in named}:
            return language
    first = zone.partition("|")[0]
    return next((f"{language}-{place}" for place, zones in places.items() if first in zones), language)


def places_of(language: str) -> tuple[str, ...]:
    """The regions whose words a language has beside its usual ones, which are those of `usual_place`: "HK"."""
    return tuple(next((known.places for known in KNOWN if known.tag == language), {}))


def usual_place(language: str) -> str:
    """A region where the usual words of a language with `places_of` are spoken: "TW"; empty where it has no regions."""
    known = next((known for known in KNOWN if known.tag == language), KNOWN[0])
    others = {region.upper() for region in known.regions} - set(known.places) - {"MO"}
    return min(others, default="")


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
