"""How an event of a case's history is stored and read: its kind, and its fields as a JSON object.

Encoding and decoding follow the types of an event's fields and are strict: no extra field, none missing, none of
another type. The event's own `of_released` reads other forms that an earlier release wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.rules.cases import case_events, case_events_agreements, case_events_words
from bot.rules.cases.event_base import REGISTERED, Event, adapter, names_of

__all__ = ["EVENTS", "BareEvent", "Event", "decode", "encode"]

_WHERE_EVENTS_ARE = (case_events, case_events_agreements, case_events_words)
EVENTS: Mapping[str, type[Event]] = dict(sorted(REGISTERED.items()))
"""Every event by its kind, in an order that does not depend on what was loaded first."""


@dataclass(frozen=True, slots=True)
class BareEvent:
    """An event whose kind alone is known: its fields were erased with the customer, or cannot be read."""

    kind: str

    @property
    def housekeeping(self) -> bool:
        return self.kind in EVENTS and EVENTS[self.kind].housekeeping


def encode(event: Event) -> str | None:
    """The fields as stored: compact JSON without default values; None if there are none. Raises ValueError for a value
    of a wrong type, without quoting it: it may be somebody's words."""
    if not names_of(type(event)):
        return None
    fields_adapter = adapter(event.kind)
    try:
        body = fields_adapter.dump_json(event, by_alias=True, exclude_defaults=True, warnings="error")
        fields_adapter.validate_json(body)  # serializing checks types, but not the words of a Literal
    except ValueError:
        raise ValueError(f"a field of the event {event.kind} is of another type") from None
    return body.decode()


def decode(kind: str, body: str | None) -> Event | BareEvent:
    """The event as it was written; a `BareEvent` if only its kind can be read."""
    cls = EVENTS.get(kind)
    if cls is None or (body is None) == bool(names_of(cls)):  # erased, or more than there is
        return BareEvent(kind)
    try:
        return cls() if body is None else _read(cls, body)
    except ValueError:  # pydantic's ValidationError is a ValueError
        return BareEvent(kind)


def _read(cls: type[Event], body: str) -> Event:
    try:
        read: Event = adapter(cls.kind).validate_json(body)
    except ValueError:
        return cls.of_released(body)
    return read
