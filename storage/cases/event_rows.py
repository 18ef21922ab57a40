"""Events as rows of `case_events`, and the clauses with which queries read their kind and fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, case, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bot.rules.cases.event_base import names_of
from bot.rules.cases.event_codec import Event, encode
from storage.schema import case_events


def event_row(
    case_id: int, event: Event, at: datetime, *, actor_id: int | None = None, to_tell: bool = False
) -> dict[str, Any]:
    """The row of an event: `actor_id` is the agent who did it, `to_tell` whether the topic is to be told."""
    written = {"kind": event.kind, "body": encode(event)}
    return {"case_id": case_id, "at": at, "actor_id": actor_id, "to_tell": to_tell, **written}


def is_a(*events: type[Event]) -> ColumnElement[bool]:
    """A clause for rows of these events."""
    if len(events) == 1:
        return case_events.c.kind == events[0].kind
    return case_events.c.kind.in_([event.kind for event in events])


def field(name: str, *events: type[Event]) -> ColumnElement[str]:
    """A field of these events as text, a list as JSON. It is NULL in rows of other events, and if the field has its
    default or was erased. The CASE makes sure that other rows are not parsed, because their text may not be JSON."""
    for event in events:
        assert name in names_of(event), f"{event.__name__} has no {name}"
    return case((is_a(*events), _JsonField(case_events.c.body, literal_column(f"'{name}'"))))


class _JsonField(FunctionElement[str]):
    """A field of a JSON object that is stored as text."""

    name = "json_field"
    type = Text()
    inherit_cache = True


@compiles(_JsonField, "postgresql")
def _of_postgresql(element: _JsonField, compiler: SQLCompiler, **kw: Any) -> str:
    body, name = (compiler.process(part, **kw) for part in element.clauses)
    return f"(CAST({body} AS JSON) ->> {name})"


@compiles(_JsonField, "sqlite")
def _of_sqlite(element: _JsonField, compiler: SQLCompiler, **kw: Any) -> str:
    body, name = (compiler.process(part, **kw) for part in element.clauses)
    return f"CAST(json_extract({body}, '$.' || {name}) AS TEXT)"
