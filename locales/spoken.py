"""What duebot needs to know about a language: one value, in the folder of its catalog. `bot/rules/languages.py`
registers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# Why words are never said.
THREAT = "threatens"
SHAME = "shames people who owe"
PRESSURE = "presses with haste or a false deadline"
ORDER = "gives orders instead of offers"
COLLECTOR = "speaks like a debt collector"
LEGALESE = "tells people that they failed"


@dataclass(frozen=True, slots=True)
class Place:
    """How a language is spoken in one place: `words` says by what each word of the catalog is replaced there."""

    cldr_locale: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language of messages.

    `name` is the language's own name, so that a person finds it who cannot read the current language. `cldr_locale`
    formats numbers and dates. `menu_codes` are Telegram's language codes for which its menu of commands is shown in
    this language; None stands for all languages without their own menu. `asked_as` are names, in any language and in
    lower case, by which somebody asks for this one and for no other. `words` are plain words by the command that
    they mean, in lower case. `never_said` are words that no message uses, each with the reason; they are compared by
    whole words if the language is `spaced`, that is if it has spaces between words, else anywhere. `character_code` is
    an encoding that has only the characters of this script; `other_script` are the characters of the other script that
    the encoding has all the same. `places` are the regions of `bot/rules/languages.py` with words of their own.
    `day_pattern` and `clock_pattern` are CLDR patterns for a day near today and for the time, where CLDR's own are not
    what people write; `zone_names` are names of time zones, likewise.
    """

    tag: str
    name: str
    cldr_locale: str
    menu_codes: tuple[str | None, ...]
    words: Mapping[str, tuple[str, ...]]
    never_said: Mapping[str, str]
    asked_as: tuple[str, ...] = ()
    spaced: bool = True
    character_code: str = ""
    other_script: frozenset[str] = frozenset()
    places: Mapping[str, Place] = field(default_factory=dict)
    day_pattern: str = ""
    clock_pattern: str = ""
    zone_names: Mapping[str, str] = field(default_factory=dict)
