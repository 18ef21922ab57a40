"""The part of a customer's story about the desk: what supervisors and agents did in a case, and its rating."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.rules.cases import case_events as events
from bot.rules.cases.case_events_words import FileSaid, LaterDropped, LaterKept, LaterUnsent, SentAnyway
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.outlook.timeline_lines import Line, Slug, line
from storage.outlook.customer_history import Rows


def agent_did(event: Event | BareEvent, zone: ZoneInfo) -> Line | None:
    """A phone number shown, a call made, a rest, what the customer was told; None for any other event. Times are in the
    customer's zone. For erased details it says at least what kind of event it was."""
    if isinstance(event, events.Note):
        return Line("note", body=event.text, colon=False)
    if isinstance(event, events.Said):
        return Line("said", body=event.text, colon=False)
    if isinstance(event, FileSaid):
        file = {"name": event.name, "size": event.size, "digest": event.digest}
        return Line("file_said", file, body=event.text or "", colon=False)
    if isinstance(event, SentAnyway):
        return line("sent_anyway", why=event.reason)
    if isinstance(event, LaterKept):
        return Line("later_kept", {"at": event.at.astimezone(zone)}, body=event.text, colon=False)
    if isinstance(event, LaterUnsent):
        return line("later_unsent", reason=Slug("unsent", event.reason))
    if isinstance(event, events.Snoozed):
        return line("snoozed", until=event.until.astimezone(zone))
    if isinstance(event, events.ToldHours):
        return line("told_hours", opens=event.opens.astimezone(zone))
    if isinstance(event, events.Revealed):
        return _revealed(event)
    if isinstance(event, events.NotRevealed):
        return line("not_revealed", reason=Slug("why", event.reason))
    if isinstance(event, events.Called):
        called = line("called", result=Slug("called", event.result))
        return line("because", said=called, why=event.note) if event.note else called
    if isinstance(event, events.CodeShown):
        return line("too_many_codes" if event.too_often else "code_shown")
    if isinstance(event, events.Calling):
        return line("calling", until=event.until.astimezone(zone))
    if isinstance(event, events.CallTooMany) and event.broke == "hours":
        return line("call_outside")
    return line(_PLAIN[event.kind]) if event.kind in _PLAIN else None


def _revealed(event: events.Revealed) -> Line:
    shown = line("_".join(("revealed", *event.shown)))
    if event.too_often:
        return line("because", said=shown, why=line("too_many_shown"))
    return line("because", said=shown, why=event.purpose) if event.purpose else shown


_PLAIN = {
    events.Note.kind: "note_erased",
    events.Said.kind: "said_erased",
    FileSaid.kind: "file_erased",
    SentAnyway.kind: "sent_anyway_erased",
    LaterKept.kind: "later_kept_erased",
    LaterDropped.kind: "later_dropped",
    LaterUnsent.kind: "later_unsent_erased",
    events.Snoozed.kind: "snoozed_erased",
    events.ToldHours.kind: "told_hours_erased",
    events.Introduced.kind: "introduced",
    events.Parted.kind: "parted",
    events.Revealed.kind: "revealed",
    events.NotRevealed.kind: "not_revealed_erased",
    events.Called.kind: "called_erased",
    events.CodeShown.kind: "code_shown",
    events.Calling.kind: "calling_erased",
    events.NotToldOfCall.kind: "not_told_of_call",
    events.CallTooMany.kind: "call_too_many",
}


def ratings_told(rows: Rows) -> Iterator[tuple[datetime, Line]]:
    """That a customer was asked how a case went, and the answer."""
    for row in rows:
        if row.state == "asked":
            yield row.asked_at, line("rating_asked", case=row.case_id)
        if row.rated_at is not None:
            named = {"case": row.case_id, "score": row.score}
            yield row.rated_at, Line("rated" if row.score else "rated_without", named, body=row.words or "")
