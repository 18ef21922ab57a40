"""What the OpenAPI document says of questions and answers; made from the listings."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any

from fastapi import Header
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from bot.work.operations.listings import MOST_ROWS, MOST_WHOLE, field_names, parse_value
from storage.operations.listings import Field as Column
from storage.operations.listings import Filter, Kind, Listing, Nested

TYPES: dict[Kind, Any] = {"text": str, "whole": int, "money": str, "day": date, "instant": datetime, "flag": bool}
LIMITS: dict[Kind, dict[str, Any]] = {
    "text": {"pattern": r"^[^\x00]*$"},
    "whole": {"ge": -MOST_WHOLE, "le": MOST_WHOLE},
}
DEFAULT_ROWS = 100
MOST_PERIOD = 366  # days
FROM_EXAMPLE = "2026-03-01"
CLOSED = ConfigDict(extra="forbid")


def parsed(kind: Kind) -> BeforeValidator:
    """Reads a value as strictly as the document says; pydantic alone would take `1.0`, `yes` and `2026-3-1`."""
    return BeforeValidator(lambda given: parse_value(kind, given) if isinstance(given, str) else given)


IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Any text of your own: the same request again is not done again, for a day.",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
Day = Annotated[date, parsed("day")]
Whole = Annotated[int, parsed("whole")]


class Period(BaseModel):
    """A number of days in a row, not two days: the second of them might be before the first."""

    model_config = CLOSED
    since: Day = Field(alias="from", description="The first day.", examples=[FROM_EXAMPLE])
    days: Whole = Field(31, ge=1, le=MOST_PERIOD, description="How many, from that one on.")

    @property
    def until(self) -> date:
        return date.fromordinal(min(self.since.toordinal() + self.days - 1, date.max.toordinal()))


class Wrong(BaseModel):
    """One value that is not as expected."""

    where: str = Field(examples=["limit"])
    expected: str = Field(examples=["a whole number"])


class ProblemDocument(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(examples=["/api/problems/wrong-value"], description="Stable: programs can rely on it.")
    title: str = Field(examples=["A value is not as expected"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[Wrong] = Field(default_factory=list, description="Each value that is wrong.")


@cache
def row_model(listing: Listing) -> type[BaseModel]:
    fields = {each.name: _field(each, nullable=each is not listing.key) for each in listing.fields}
    nested = {each.name: _nested(listing, each) for each in listing.nested}
    return _model(_camel(listing.one), listing.meaning, {**fields, **nested})


@cache
def page_model(listing: Listing) -> type[BaseModel]:
    cursor = Field(description="Continues after this page; null: it was the last one.", examples=["STE"])
    rows: Any = list[row_model(listing)]  # type: ignore[misc]
    return _model(f"{_camel(listing.name)}Page", "", {"data": (rows, ...), "next_cursor": (str | None, cursor)})


@cache
def question_model(listing: Listing, *, of_one: bool = False) -> type[BaseModel]:
    """What can be asked: which fields, and of a listing which rows and how many."""
    names = "|".join(field_names(listing))
    fields = _not_given(
        description=f"Only these fields, comma-separated: {', '.join(field_names(listing))}.",
        pattern=f"^({names})(,({names}))*$",
        max_length=1000,
    )
    asked: dict[str, Any] = {"fields": (str, fields)}
    if not of_one:
        most = Field(DEFAULT_ROWS, ge=1, le=MOST_ROWS, description="Rows on a page.")
        asked["limit"] = (Whole, most)
        cursor = _not_given(
            max_length=1000, pattern="^[A-Za-z0-9_-]+$", description="The `next_cursor` of the page before."
        )
        asked["cursor"] = (str, cursor)
        asked |= {each.name: _filter(each) for each in listing.filters}
    return _model(f"{_camel(listing.name)}{'Fields' if of_one else 'Question'}", "", asked)


def _nested(listing: Listing, nested: Nested) -> tuple[Any, Any]:
    fields = {each.name: _field(each) for each in nested.fields}
    row = _model(_camel(f"{listing.one}_{re.sub('s$', '', nested.name)}"), "", fields)
    rows: Any = list[row]  # type: ignore[valid-type]
    return rows, Field(default_factory=list, description=nested.meaning)


def _field(column: Column, *, nullable: bool = True) -> tuple[Any, Any]:
    """No field is required, as `fields` may leave it out."""
    about: dict[str, Any] = {"description": column.meaning or None, "examples": [column.example]}
    of = TYPES[column.kind]
    return (of | None, Field(None, **about)) if nullable else (of, Field(default_factory=of, **about))


def _filter(narrowed: Filter) -> tuple[Any, Any]:
    of: Any = TYPES[narrowed.kind]
    return Annotated[of, parsed(narrowed.kind)], _not_given(
        description=_meaning(narrowed), **LIMITS.get(narrowed.kind, {})
    )


def _not_given(**about: Any) -> Any:
    """A question's value that may be left out. That it is None then is not in the document, which has no null here."""
    return Field(default_factory=lambda: None, **about)


def _meaning(narrowed: Filter) -> str:
    match narrowed.comparison:
        case "from":
            return "This, or later."
        case "to":
            return "This, or earlier."
        case "set":
            return f"Whether it is {narrowed.name}."
    return "Only those with this value."


def _model(name: str, meaning: str, fields: dict[str, Any]) -> type[BaseModel]:
    return create_model(name, __config__=CLOSED, __doc__=meaning or None, **fields)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
