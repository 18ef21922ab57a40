"""The part of a customer's story about the desk: what supervisors and agents did in a case, and its rating."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.rules.cases import case_events as events
from bot.rules.cases.case_events_words import FileSaid, LaterDropped, LaterKept, LaterUnsent, SentAnyway
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.policy.sending_hours import zones
from bot.views.cases.desk_words import notice_reason_words
from bot.views.topics.held_words import why_unsent
from locales import translator
from storage.outlook.customer_history import Rows

EN = translator("en")
_SHOWN: Mapping[events.Shown, str] = {"phone": "phone", "email": "e-mail"}


def agent_did(event: Event | BareEvent, zone: str) -> str | None:
    """A phone number shown, a call made, a rest, what the customer was told; None for any other event. Times are in the
    customer's zone. For erased details it says at least what kind of event it was."""
    if isinstance(event, events.Note):
        return f"note\n{event.text}"
    if isinstance(event, events.Said):
        return f"wrote to the customer\n{event.text}"
    if isinstance(event, FileSaid):
        file = f"{event.name}, {event.size} bytes, SHA-256 {event.digest}"
        return f"sent the customer a file: {file}" + (f"\n{event.text}" if event.text else "")
    if isinstance(event, SentAnyway):
        return f"was asked about these words and sent them all the same: {event.reason}"
    if isinstance(event, LaterKept):
        return f"wrote to the customer for later, {_local(event.at, zone)}\n{event.text}"
    if isinstance(event, LaterUnsent):
        return f"a message for later was not sent: {why_unsent(EN, event.reason)}"
    if isinstance(event, events.Snoozed):
        return f"lets the case rest until {_local(event.until, zone)}"
    if isinstance(event, events.ToldHours):
        return f"the customer was told that somebody answers from {_local(event.opens, zone)} on"
    if isinstance(event, events.Revealed):
        return _revealed(event)
    if isinstance(event, events.NotRevealed):
        return f"the private message did not arrive: {notice_reason_words(EN, event.reason)}"
    if isinstance(event, events.Called):
        return f"called, {event.result.replace('_', ' ')}" + (f": {event.note}" if event.note else "")
    if isinstance(event, events.CodeShown):
        return "too many codes were asked for" if event.too_often else "was shown the code of the moment"
    if isinstance(event, events.Calling):
        return f"the customer’s chat was told of a call, until {_local(event.until, zone)}"
    if isinstance(event, events.CallTooMany) and event.broke == "hours":
        return "this call was outside contact hours"
    return _PLAIN.get(event.kind)


def _revealed(event: events.Revealed) -> str:
    shown = " and ".join(_SHOWN[name] for name in event.shown)
    what = f"{shown} were shown in private" if len(event.shown) > 1 else f"{shown or 'nothing'} was shown in private"
    purpose = "too many within a short time" if event.too_often else event.purpose
    return what + (f": {purpose}" if purpose else "")


_PLAIN = {
    events.Note.kind: "a note, whose words are erased",
    events.Said.kind: "wrote to the customer, in words that are erased",
    FileSaid.kind: "sent the customer a file, of which all is erased",
    SentAnyway.kind: "sent words that they were asked about",
    LaterKept.kind: "wrote to the customer for later, in words that are erased",
    LaterDropped.kind: "took back what was to be sent later",
    LaterUnsent.kind: "a message for later was not sent",
    events.Snoozed.kind: "lets the case rest until some time",
    events.ToldHours.kind: "the customer was told that somebody answers from some time on",
    events.Introduced.kind: "the customer was told who is writing",
    events.Parted.kind: "the talk with the customer has ended",
    events.Revealed.kind: "nothing was shown in private",
    events.NotRevealed.kind: "the private message did not arrive",
    events.Called.kind: "called, the result is erased",
    events.CodeShown.kind: "was shown the code of the moment",
    events.Calling.kind: "the customer’s chat was told of a call",
    events.NotToldOfCall.kind: "the customer’s chat could not be told of the call",
    events.CallTooMany.kind: "this call was more than the rules allow",
}


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zones(zone)[0]):%Y-%m-%d %H:%M}"


def ratings_told(rows: Rows) -> Iterator[tuple[datetime, str]]:
    """That a customer was asked how a case went, and the answer."""
    for row in rows:
        if row.state == "asked":
            yield row.asked_at, f"was asked how case {row.case_id} went"
        if row.rated_at is not None:
            score = f"{row.score} of 5" if row.score else "no score"
            words = f":\n{row.words}" if row.words else ""
            yield row.rated_at, f"said how case {row.case_id} went: {score}{words}"
