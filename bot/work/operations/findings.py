"""What a check found: a value for each thing that was looked at. What is looked at is in `checking`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was looked at, whether it is as it should be (`ok` None: it may be meant so, but look), in words, and the
    way to mend it where it is not."""

    what: str
    ok: bool | None
    words: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "ok": self.ok, "words": self.words, "mend": self.mend}


def good(what: str, words: str) -> Finding:
    return Finding(what, True, words)


def doubtful(what: str, words: str, mend: str) -> Finding:
    return Finding(what, None, words, mend)


def bad(what: str, words: str, mend: str) -> Finding:
    return Finding(what, False, words, mend)
