"""The phrases by which customers are understood: those that come with duebot, and a wallet's own beside them."""

from __future__ import annotations

import asyncio
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path

from bot.policies import phrases as shipped
from bot.rules.customers.phrase_model import PhraseModel
from bot.rules.customers.phrases import PhraseFault, Phrases, PhrasesFaulty, read_phrases, together
from bot.text_files import read_text


class PhraseBook:
    """The phrases of duebot and of the wallet's file, if it has one; counted by `load`, or else when the first customer
    writes."""

    def __init__(self, path: str = "") -> None:
        """Raises `PhrasesFaulty`."""
        self._own = own_phrases(path) if path else None

    async def load(self) -> None:
        """Counts them in a thread, so that nobody waits meanwhile."""
        await asyncio.to_thread(lambda: self.model)

    @cached_property
    def model(self) -> PhraseModel:
        """By which a sentence is compared. Counting takes a fifth of a second of one core, once."""
        return shipped_model() if self._own is None else PhraseModel(together([shipped_phrases(), self._own]))


@cache
def shipped_model() -> PhraseModel:
    """The same for every program in this process that has no phrases of its own."""
    return PhraseModel(shipped_phrases())


def shipped_phrases() -> Phrases:
    """The phrases that come with duebot, of all languages that have some."""
    kept = sorted(
        (file for file in files(shipped).iterdir() if file.name.endswith(".toml")), key=lambda file: file.name
    )
    return together([read_phrases(file.read_text(encoding="utf-8")) for file in kept])


def own_phrases(path: str) -> Phrases:
    """The phrases of a wallet's file. Raises `PhrasesFaulty`."""
    try:
        return read_phrases(read_text(Path(path)))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise PhrasesFaulty([PhraseFault(line, "no UTF-8; expected a text file saved as UTF-8")]) from None
    except OSError as error:
        raise PhrasesFaulty([PhraseFault(1, f"{path} cannot be read: {error.strerror or error}")]) from None
