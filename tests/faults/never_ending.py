"""The program as it is, but that it has no end with two words: `python -m tests.faults.never_ending run`."""

from __future__ import annotations

import unicodedata
from typing import Any

from bot.views.menu import action_words
from handlers.customer import free_text


class Words(dict[str, str]):
    def get(self, word: str, default: Any = None) -> Any:
        while word == "hang":
            pass
        if word == "hang hard":  # in a call that looks at no signals
            unicodedata.normalize("NFKC", "\u0301\u0316" * 10**7)
        return super().get(word, default)


if __name__ == "__main__":
    from bot.cli import main

    free_text.action_words = lambda: Words(action_words())
    main()
