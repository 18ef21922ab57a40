"""`python -m bot.work.customers.phrase_check [FILE]`: holds duebot's phrases, and a wallet's, to their intents.

Prints a line for each phrase that is not understood as what it is filed under, or that is filed twice, and exits 1; or
nothing and 0.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bot.rules.customers.folded_text import folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.phrase_model import PhraseModel
from bot.rules.customers.phrases import Phrases, PhrasesFaulty, together
from bot.rules.customers.understanding import understand
from bot.work.customers.phrase_book import own_phrases, shipped_phrases


def faults(phrases: Phrases) -> Iterator[str]:
    """Where phrases contradict each other, or what is certain by the rules."""
    model = PhraseModel(phrases)
    filed: dict[str, Intent] = {}
    for intent, lines in phrases.items():
        for phrase in lines:
            before = filed.setdefault(folded(phrase), intent)
            if before is not intent:
                yield f"{intent}: {phrase!r} is filed under {before}, too"
                continue
            meant = understand(phrase, model)
            taken_as = ", ".join(meant.intents) or f"none, or one of: {', '.join(meant.likely)}"
            if intent is Intent.NONE and meant.intents:
                yield f"none: {phrase!r} is taken as {taken_as}"
            elif intent is not Intent.NONE and intent not in meant.intents:
                yield f"{intent}: {phrase!r} is taken as {taken_as}"


def main(paths: list[str]) -> int:
    """Checks what is shipped, with the files of `paths` beside it."""
    try:
        found = list(faults(together([shipped_phrases(), *map(own_phrases, paths)])))
    except PhrasesFaulty as error:
        found = [str(fault) for fault in error.faults]
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
