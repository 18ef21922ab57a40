"""Reads pages of what is known, for other programs: values as JSON has them.

Amounts are decimal strings in the currency's own unit, instants ISO 8601 in UTC, days `YYYY-MM-DD`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.rules.facts.money import Money
from storage.operations import listings
from storage.operations.listings import Field, Filter, Kind, Listing, Row, Value
from storage.runtime.engine import Connection, Database

MOST_ROWS = 1000
MOST_WHOLE = 2**63 - 1
EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_WHOLE = re.compile(r"-?[0-9]{1,19}")


class WrongValue(ValueError):
    """A value in a question is not as expected; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` continues after the last row; None if this was the last page."""

    rows: list[Row]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class _Question:
    listing: Listing
    filters: tuple[tuple[Filter, Value], ...]
    after: Value | None
    most: int


async def read_page(
    db: Database, listing: Listing, filters: Mapping[Filter, Value], cursor: str | None, most: int, names: Sequence[str]
) -> Page:
    """One page of `listing`, with the fields `names` (none: all). Raises `WrongValue` for a cursor that is not ours."""
    after = _key_of(listing, cursor) if cursor else None
    rows = await db.read_together(_pages, _Question(listing, tuple(filters.items()), after, most + 1))
    more = len(rows) > most
    rows = rows[:most]
    cursor = _cursor_of(rows[-1][listing.key.name]) if more else None
    return Page([_shown(listing, row, names) for row in rows], cursor)


async def read_one(db: Database, listing: Listing, key: str, names: Sequence[str]) -> Row | None:
    """The row with this key; None if there is none."""
    try:
        value = parse_value(listing.key.kind, key)
    except WrongValue:
        return None
    row = await db.read_together(_rows, (listing, value))
    return _shown(listing, row, names) if row else None


async def read_row(conn: Connection, listing: Listing, key: Value) -> Row | None:
    """The same within a transaction, with all fields."""
    row = await listings.one(conn, listing, key)
    return _shown(listing, row, ()) if row else None


def text_of(answer: object) -> str:
    """An answer as it is sent."""
    return json.dumps(answer, ensure_ascii=False)


def tag_of(text: str) -> str:
    """The ETag of an answer: what is the same has the same."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


async def _pages(conn: Connection, asked: Sequence[_Question]) -> Sequence[list[Row]]:
    return [await listings.page(conn, one.listing, dict(one.filters), one.after, one.most) for one in asked]


async def _rows(conn: Connection, asked: Sequence[tuple[Listing, Value]]) -> Sequence[Row | None]:
    return [await listings.one(conn, listing, key) for listing, key in asked]


def field_names(listing: Listing) -> tuple[str, ...]:
    return (*(each.name for each in listing.fields), *(nested.name for nested in listing.nested))


def parse_value(kind: Kind, text: str) -> Value:
    """The value of a filter or a key; raises `WrongValue`."""
    match kind:
        case "whole":
            if not _WHOLE.fullmatch(text) or abs(int(text)) > MOST_WHOLE:
                raise WrongValue("a whole number")
            return int(text)
        case "flag":
            if text not in ("true", "false"):
                raise WrongValue("true or false")
            return text == "true"
        case "day":
            return _day(text)
        case "instant":
            return _instant(text)
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise WrongValue("text without NUL and without lone surrogates")
    return text


def _day(text: str) -> date:
    try:
        if len(text) == len("YYYY-MM-DD"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise WrongValue("a day as YYYY-MM-DD")


def _instant(text: str) -> datetime:
    """An instant; one beyond what can be stored becomes the furthest that can."""
    expected = WrongValue("an instant with its zone, such as 2026-03-02T04:00:00Z")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise expected from None
    if at.tzinfo is None:
        raise expected
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return EARLIEST if at.year == 1 else LATEST


# --- Values ----------------------------------------------------------------------------------------------------------


def _shown(listing: Listing, row: Row, names: Sequence[str]) -> Row:
    currency = row.get("currency")
    shown = _values(listing.fields, row, currency)
    for nested in listing.nested:
        shown[nested.name] = [_values(nested.fields, part, currency) for part in row[nested.name]]
    return {name: shown[name] for name in names} if names else shown


def _values(fields: Iterable[Field], row: Row, currency: str | None) -> Row:
    return {each.name: _value(each.kind, row[each.name], currency) for each in fields}


def _value(kind: Kind, value: Value | None, currency: str | None) -> object:
    if value is None:
        return None
    if kind == "money" and isinstance(value, int):
        return f"{Money(value, currency).to_decimal():f}" if currency else str(value)
    if kind == "flag":
        return bool(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def instant(at: datetime | None) -> str | None:
    """An instant as the API tells it."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- Cursors ---------------------------------------------------------------------------------------------------------


def _cursor_of(key: Value) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def _key_of(listing: Listing, cursor: str) -> Value:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        return parse_value(listing.key.kind, text)
    except (binascii.Error, ValueError):
        raise WrongValue("the `next_cursor` of an earlier page, unchanged") from None
