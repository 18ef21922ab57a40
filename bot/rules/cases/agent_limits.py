"""What an agent may take, and what happened to agents: their limits, and when they went away and came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.rules.languages import language_of

ChangeKind = Literal["away", "absent", "back", "limits"]
CHANGES: tuple[ChangeKind, ...] = get_args(ChangeKind)
MOST_CASES, MOST_ENTRIES, MOST_CHARS = 1000, 20, 64


@dataclass(frozen=True, slots=True)
class Limits:
    """Languages (best first), products and segments of which an agent takes cases; empty: any. `most_cases` is how many
    open ones at once; None: any number."""

    languages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    most_cases: int | None = None


@dataclass(frozen=True, slots=True)
class AgentChange:
    """An agent went away, was absent as planned, came back, or got other `limits`."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class WrongLimits:
    """Which field cannot be used: languages, products, segments or most_cases; `given` is what of it."""

    field: str
    given: str


def read_limits(languages: str, products: str, segments: str, most_cases: str) -> Limits | WrongLimits:
    """Limits as somebody has written them, each list with commas."""
    spoken = _listed(languages)
    for word in spoken:
        if language_of(word) is None:
            return WrongLimits("languages", word)
    lists = {"products": _listed(products), "segments": _listed(segments)}
    for name, entries in lists.items():
        wrong = next((each for each in entries if len(each) > MOST_CHARS or not each.isprintable()), None)
        if wrong is not None or len(entries) > MOST_ENTRIES:
            return WrongLimits(name, wrong or entries[-1])
    most = most_cases.strip()
    if most and not (most.isascii() and most.isdigit() and 0 < int(most[:9]) <= MOST_CASES):
        return WrongLimits("most_cases", most)
    return Limits(spoken, lists["products"], lists["segments"], int(most) if most else None)


def _listed(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.replace("，", ",").replace("、", ",").split(","))
    return tuple(dict.fromkeys(word for word in words if word))
