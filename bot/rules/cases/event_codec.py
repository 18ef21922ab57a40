"""How an event of a case's history is stored, and read again: a kind, and its fields as a JSON object.

Encoding and decoding go by the types of an event's fields and are strict: no field too many, none missing, none of
another type. What an earlier release wrote in another form is read by the event's own `of_released`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.rules.cases import case_events, case_events_agreements
from bot.rules.cases.event_base import REGISTERED, Event, adapter, names_of

__all__ = ["EVENTS", "BareEvent", "Event", "decode", "encode"]

_WHERE_EVENTS_ARE = (case_events, case_events_agreements)
EVENTS: Mapping[str, type[Event]] = REGISTERED
"""Every event by its kind."""


@dataclass(frozen=True, slots=True)
class BareEvent:
    """An event of which only the kind is known: its fields were erased with the customer, or cannot be read."""

    kind: str

    @property
    def housekeeping(self) -> bool:
        return self.kind in EVENTS and EVENTS[self.kind].housekeeping


def encode(event: Event) -> str | None:
    """The fields as they are stored: compact JSON without what is at its default; None where there are none. Raises
    ValueError for a value that is of another type than its field's, without saying it: it may be somebody's words."""
    if not names_of(type(event)):
        return None
    its = adapter(event.kind)
    try:
        body = its.dump_json(event, by_alias=True, exclude_defaults=True, warnings="error")
        its.validate_json(body)  # serializing looks at types, and not at which words of a closed list there are
    except ValueError:
        raise ValueError(f"a field of the event {event.kind} is of another type") from None
    return body.decode()


def decode(kind: str, body: str | None) -> Event | BareEvent:
    """The event as it was written; one that says no more than its kind where that is all that can be read."""
    cls = EVENTS.get(kind)
    if cls is None:
        return BareEvent(kind)
    try:
        return _read(cls, body)
    except ValueError:  # of which pydantic's ValidationError is one
        return BareEvent(kind)


def _read(cls: type[Event], body: str | None) -> Event:
    if not names_of(cls):
        if body is not None:
            raise ValueError(f"{cls.kind} has no fields")
        return cls()
    if body is None:
        raise ValueError("its fields were erased")
    try:
        read: Event = adapter(cls.kind).validate_json(body)
    except ValueError:
        return cls.of_released(body)
    return read
