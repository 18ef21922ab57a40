"""The phrases that agents are asked about before they leave: those that come with duebot, and a wallet's own beside
them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from bot.policies import guard as shipped
from bot.rules.topics.forbidden_phrases import GuardWordsFault, GuardWordsFaulty, read_guard_words, together
from bot.rules.topics.message_screening import ForbiddenPhrases
from bot.text_files import read_text


def forbidden_words(path: str = "") -> ForbiddenPhrases:
    """The phrases of duebot and of the wallet's file, if it has one. Raises `GuardWordsFaulty`."""
    return together([shipped_words(), own_words(path)]) if path else shipped_words()


@cache
def shipped_words() -> ForbiddenPhrases:
    """The phrases that come with duebot, of all languages."""
    kept = [file for file in files(shipped).iterdir() if file.name.endswith(".toml")]
    return together(read_guard_words(file.read_text(encoding="utf-8")) for file in kept)


def own_words(path: str) -> ForbiddenPhrases:
    """The phrases of a wallet's file. Raises `GuardWordsFaulty`."""
    try:
        return read_guard_words(read_text(Path(path)))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise GuardWordsFaulty([GuardWordsFault(line, "not UTF-8; expected a text file saved as UTF-8")]) from None
    except OSError as error:
        given = f"{path} cannot be read: {error.strerror or error}; expected the path of a text file"
        raise GuardWordsFaulty([GuardWordsFault(1, given)]) from None
