"""What every event of a case's history is made of: its kind, its fields, and where it is registered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, ClassVar, TypeVar, dataclass_transform

from pydantic import ConfigDict, TypeAdapter


class Event:
    """Something that happened in a case. `kind` is its name in the database, `personal` whether its fields are emptied
    when the customer is forgotten, `housekeeping` whether it says nothing of the customer and is in no timeline."""

    __slots__ = ()
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    kind: ClassVar[str]
    personal: ClassVar[bool]
    housekeeping: ClassVar[bool]

    @classmethod
    def of_released(cls, body: str) -> Event:
        """Reads a body in the form of an earlier release, which was a single field's text alone where an event does not
        say otherwise; raises ValueError where it is none."""
        (only,) = names_of(cls)
        read: Event = adapter(cls.kind).validate_strings({only: body}, strict=False)
        return read


E = TypeVar("E", bound=Event)

REGISTERED: dict[str, type[Event]] = {}


@dataclass_transform(frozen_default=True)
def event(kind: str, *, personal: bool = True, housekeeping: bool = False) -> Callable[[type[E]], type[E]]:
    """Makes a class an event that is stored under this kind. Its fields are emptied when the customer is forgotten
    unless it says that nothing in them is personal: so a new one is safe before anybody thinks of it."""

    def register(cls: type[E]) -> type[E]:
        made = dataclass(frozen=True, slots=True)(cls)
        assert kind not in REGISTERED, f"two events are called {kind}"
        made.kind, made.personal, made.housekeeping = kind, personal, housekeeping
        REGISTERED[kind] = made
        return made

    return register


def names_of(its: type[Event]) -> tuple[str, ...]:
    """The names of an event's fields."""
    return tuple(field.name for field in fields(its))  # type: ignore[arg-type]  # its decorator makes it a dataclass


@cache
def adapter(kind: str) -> TypeAdapter[Any]:
    """What reads and writes the fields of a registered event."""
    return TypeAdapter(REGISTERED[kind])
