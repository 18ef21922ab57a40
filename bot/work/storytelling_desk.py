"""What supervisors and agents did around a case, and how it went, as one customer's story tells it: for operators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.rules.calls import RESULTS
from storage.cards import NAMED, NOT_PINNED, PINNED

# What the bot does to a topic's head says nothing of the customer.
HOUSEKEEPING = (NAMED, PINNED, NOT_PINNED)
_SHOWN = {"phone": "phone", "email": "e-mail"}


def agent_did(kind: str, body: str | None) -> str | None:
    """A phone number shown, a call made; None for any other kind of event."""
    text = body or ""
    if kind == "revealed":
        what, _, what_for = text.partition(": ")
        shown = " and ".join(_SHOWN[name] for name in what.split("+") if name in _SHOWN)
        return (f"{shown} were shown in private" if "+" in what else f"{shown or 'nothing'} was shown in private") + (
            f": {what_for}" if what_for else ""
        )
    if kind == "not_revealed":
        return f"what was to be shown in private did not arrive ({text})"
    if kind == "called":
        result, _, note = text.partition(": ")
        came_of_it = result.replace("_", " ") if result in RESULTS else "what came of it is erased"
        return f"called, {came_of_it}" + (f": {note}" if note else "")
    if kind == "call_too_many":
        return "this call was outside contact hours" if text == "hours" else "this call was more than the rules allow"
    return None


def ratings_told(rows: Any) -> Iterator[tuple[datetime, str]]:
    """That a customer was asked how a case went, and what they answered."""
    for row in rows:
        if row.state == "asked":
            yield row.asked_at, f"was asked how case {row.case_id} went"
        if row.rated_at is not None:
            score = f"{row.score} of 5" if row.score else "no score"
            words = f":\n{row.words}" if row.words else ""
            yield row.rated_at, f"said how case {row.case_id} went: {score}{words}"
