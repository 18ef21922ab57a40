"""Which language a customer asks for by its name: “speak English”, 請用繁體中文."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MOST_CHARS = 60  # a longer text says more than that
_NOT_WANTED = re.compile(r"\b(no|not|cannot|stop|instead|why|never|without)\b|n['’]t\b|[不没沒別别唔冇無无为為]")


def asked_language(said: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """The language of which one of its `names`, in lower case, is in the text; None if that is so of several or of
    none, and if anything is not wanted: who “can't read English” asks for another one."""
    text = said.casefold()
    if len(text) > MOST_CHARS or _NOT_WANTED.search(text):
        return None
    asked = [language for language, called in names.items() if any(map(text.__contains__, called))]
    return asked[0] if len(asked) == 1 else None
