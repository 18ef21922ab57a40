"""Finds names that look like settings and are not: a misspelt setting silently does nothing, so its name is reported,
never its value.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.settings import PREFIX, setting_names

ENV_FILE = Path(".env")


@dataclass(frozen=True, slots=True)
class UnknownName:
    """An unknown setting, where it was found, and the most similar setting, if there is one."""

    name: str
    where: str
    near: str = ""

    def __str__(self) -> str:
        return f"{self.name} in {self.where} is not a setting: {self.mend}"

    @property
    def mend(self) -> str:
        """The setting that was probably meant."""
        return f"did you mean {self.near}?" if self.near else "docs/operate.md lists them"


def unknown_names() -> tuple[UnknownName, ...]:
    """The unknown names in the environment and in `.env`, each once."""
    found = dict.fromkeys((name.upper(), "the environment") for name in os.environ)
    if ENV_FILE.is_file():
        from dotenv import dotenv_values

        try:
            found |= dict.fromkeys((name.upper(), str(ENV_FILE)) for name in dotenv_values(ENV_FILE, interpolate=False))
        except (OSError, UnicodeDecodeError):
            pass  # loading the settings reports it
    return _unknown(found)


def _unknown(given: Iterable[tuple[str, str]]) -> tuple[UnknownName, ...]:
    known = [f"{PREFIX}{name.upper()}" for name in setting_names()]
    found: dict[str, UnknownName] = {}
    for name, where in given:
        if name.startswith(PREFIX) and name not in known and name not in found:
            near = difflib.get_close_matches(name, known, 1, 0.75)
            found[name] = UnknownName(name[:60], where, near[0] if near else "")
    return tuple(found.values())
