"""The results of a check: one value for each thing that was checked. `health_checks` says what is checked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` was checked, whether it is right (`ok` None: perhaps intended, but look), the result in words, and how to
    fix it."""

    what: str
    ok: bool | None
    words: str
    mend: str = ""

    def as_json(self) -> dict[str, object]:
        return {"what": self.what, "ok": self.ok, "words": self.words, "mend": self.mend}


def good(what: str, words: str) -> Finding:
    return Finding(what, True, words)


def doubtful(what: str, words: str, mend: str) -> Finding:
    return Finding(what, None, words, mend)


def bad(what: str, words: str, mend: str) -> Finding:
    return Finding(what, False, words, mend)
