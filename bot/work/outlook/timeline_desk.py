"""What supervisors and agents did around a case, and how it went, as one customer's story tells it: for operators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.rules.cases.call_limits import RESULTS
from bot.rules.policy.sending_hours import zones
from bot.views.cases.desk_words import notice_reason_words
from locales import translator

EN = translator("en")
_SHOWN = {"phone": "phone", "email": "e-mail"}


def agent_did(kind: str, body: str | None, zone: str) -> str | None:
    """A phone number shown, a call made, a rest, what the customer was told; None for any other kind of event. Times
    are those of the customer's zone."""
    text = body or ""
    if kind == "note":
        return f"note\n{text}" if text else "a note, whose words are erased"
    if kind == "snoozed":
        return f"lets the case rest until {_local(text, zone)}"
    if kind == "told_hours":
        return f"the customer was told that somebody answers from {_local(text.partition(' ')[0], zone)} on"
    if kind == "introduced":
        return "the customer was told who is writing"
    if kind == "parted":
        return "the talk with the customer has ended"
    if kind == "revealed":
        what, _, what_for = text.partition(": ")
        shown = " and ".join(_SHOWN[name] for name in what.split("+") if name in _SHOWN)
        return (f"{shown} were shown in private" if "+" in what else f"{shown or 'nothing'} was shown in private") + (
            f": {what_for}" if what_for else ""
        )
    if kind == "not_revealed":
        why = f": {notice_reason_words(EN, text)}" if text else ""
        return f"what was to be shown in private did not arrive{why}"
    if kind == "called":
        result, _, note = text.partition(": ")
        came_of_it = result.replace("_", " ") if result in RESULTS else "what came of it is erased"
        return f"called, {came_of_it}" + (f": {note}" if note else "")
    if kind == "call_too_many":
        return "this call was outside contact hours" if text == "hours" else "this call was more than the rules allow"
    return None


def _local(at: str, zone: str) -> str:
    """An instant as it was written down, in plain form."""
    try:
        return f"{datetime.fromisoformat(at).astimezone(zones(zone)[0]):%Y-%m-%d %H:%M}"
    except ValueError:
        return "some time"  # it was erased


def ratings_told(rows: Any) -> Iterator[tuple[datetime, str]]:
    """That a customer was asked how a case went, and what they answered."""
    for row in rows:
        if row.state == "asked":
            yield row.asked_at, f"was asked how case {row.case_id} went"
        if row.rated_at is not None:
            score = f"{row.score} of 5" if row.score else "no score"
            words = f":\n{row.words}" if row.words else ""
            yield row.rated_at, f"said how case {row.case_id} went: {score}{words}"
