"""What a language is to duebot: one value, in the folder of its catalog. `bot/rules/languages.py` registers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Why words are never said.
THREAT = "threatens"
SHAME = "shames whoever owes"
PRESSURE = "presses with haste or a deadline that is none"
ORDER = "orders about instead of offering"
COLLECTOR = "speaks as a debt collector does"
LEGALESE = "tells people that they failed"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language that people are spoken to in.

    `name` is what it calls itself: what a person looks for who cannot read the one they are in. `cldr_locale` gives
    numbers and dates. `menu_codes` are the codes under which Telegram shows its menu of commands; None is whoever's
    Telegram speaks a language without a menu of its own. `words` are plain words by the command they stand for, lower
    case. `never_said` are words and why no message says them: by whole words where words are parted by spaces, else
    wherever the characters are. `character_code` is an encoding that knows its script only, and `other_script` what
    that code has of another script all the same.
    """

    tag: str
    name: str
    cldr_locale: str
    menu_codes: tuple[str | None, ...]
    words: Mapping[str, tuple[str, ...]]
    never_said: Mapping[str, str]
    character_code: str = ""
    other_script: frozenset[str] = frozenset()
