"""What supervisors and agents did around a case, and how it went, as one customer's story tells it: for operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.rules.cases import case_events as events
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.policy.sending_hours import zones
from bot.views.cases.desk_words import notice_reason_words
from locales import translator

EN = translator("en")
_SHOWN: Mapping[events.Shown, str] = {"phone": "phone", "email": "e-mail"}


def agent_did(its: Event | BareEvent, zone: str) -> str | None:
    """A phone number shown, a call made, a rest, what the customer was told; None for any other event. Times are those
    of the customer's zone. What was erased says at least what it was."""
    if isinstance(its, events.Note):
        return f"note\n{its.text}"
    if isinstance(its, events.Snoozed):
        return f"lets the case rest until {_local(its.until, zone)}"
    if isinstance(its, events.ToldHours):
        return f"the customer was told that somebody answers from {_local(its.opens, zone)} on"
    if isinstance(its, events.Revealed):
        return _revealed(its)
    if isinstance(its, events.NotRevealed):
        return f"what was to be shown in private did not arrive: {notice_reason_words(EN, its.reason)}"
    if isinstance(its, events.Called):
        return f"called, {its.result.replace('_', ' ')}" + (f": {its.note}" if its.note else "")
    if isinstance(its, events.CallTooMany) and its.broke == "hours":
        return "this call was outside contact hours"
    return _PLAIN.get(its.kind)


def _revealed(its: events.Revealed) -> str:
    shown = " and ".join(_SHOWN[name] for name in its.shown)
    what = f"{shown} were shown in private" if len(its.shown) > 1 else f"{shown or 'nothing'} was shown in private"
    purpose = "too many within a short time" if its.too_often else its.purpose
    return what + (f": {purpose}" if purpose else "")


_PLAIN = {
    events.Note.kind: "a note, whose words are erased",
    events.Snoozed.kind: "lets the case rest until some time",
    events.ToldHours.kind: "the customer was told that somebody answers from some time on",
    events.Introduced.kind: "the customer was told who is writing",
    events.Parted.kind: "the talk with the customer has ended",
    events.Revealed.kind: "nothing was shown in private",
    events.NotRevealed.kind: "what was to be shown in private did not arrive",
    events.Called.kind: "called, what came of it is erased",
    events.CallTooMany.kind: "this call was more than the rules allow",
}


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zones(zone)[0]):%Y-%m-%d %H:%M}"


def ratings_told(rows: Any) -> Iterator[tuple[datetime, str]]:
    """That a customer was asked how a case went, and what they answered."""
    for row in rows:
        if row.state == "asked":
            yield row.asked_at, f"was asked how case {row.case_id} went"
        if row.rated_at is not None:
            score = f"{row.score} of 5" if row.score else "no score"
            words = f":\n{row.words}" if row.words else ""
            yield row.rated_at, f"said how case {row.case_id} went: {score}{words}"
