"""What every event of a case's history has: its kind, its fields, and its registration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, TypeVar, dataclass_transform

from pydantic import ConfigDict, TypeAdapter


class Event:
    """Something that happened in a case. `kind` is its name in the database, `personal` whether its fields are emptied
    when the customer is forgotten, `housekeeping` whether it is not about the customer and not in the timeline."""

    __slots__ = ()
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    kind: ClassVar[str]
    personal: ClassVar[bool]
    housekeeping: ClassVar[bool]

    @classmethod
    def of_released(cls, body: str) -> Event:
        """Reads a body in the form of an earlier release; by default that was the text of a single field. Raises
        ValueError if it does not fit."""
        (only,) = names_of(cls)
        read: Event = adapter(cls.kind).validate_strings({only: body})
        return read


E = TypeVar("E", bound=Event)

REGISTERED: dict[str, type[Event]] = {}


@dataclass_transform(frozen_default=True)
def event(kind: str, *, personal: bool = True, housekeeping: bool = False) -> Callable[[type[E]], type[E]]:
    """Makes a class an event that is stored under this kind. Its fields are emptied when the customer is forgotten,
    unless it says that they are not personal: so a new event is safe by default."""

    def register(cls: type[E]) -> type[E]:
        made = dataclass(frozen=True, slots=True)(cls)
        assert kind not in REGISTERED, f"two events are called {kind}"
        made.kind, made.personal, made.housekeeping = kind, personal, housekeeping
        REGISTERED[kind] = made
        return made

    return register


def names_of(event_class: type[Event]) -> tuple[str, ...]:
    """The names of an event's fields."""
    return tuple(field.name for field in fields(event_class))  # type: ignore[arg-type]  # the decorator makes it a dataclass


@cache
def adapter(kind: str) -> TypeAdapter[Any]:
    """The pydantic adapter for the fields of a registered event."""
    return TypeAdapter(REGISTERED[kind])
