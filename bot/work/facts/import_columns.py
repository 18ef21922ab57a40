"""Reads many rows of an import file at once, column by column.

In most columns few values are distinct, and one look at a whole column of ids or amounts costs less than one at each
cell. Here only those rows are read in which nothing is odd. The others are left to `bot.work.facts.import_values`,
which says what is wrong with them; it reads the cells here, too, so that a cell means the same either way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from itertools import compress
from typing import Any

from bot.rules.facts.money import MAX_DIGITS, minor_digits
from bot.work.facts.import_headers import Header
from bot.work.facts.import_values import (
    KINDS,
    MAX_ID,
    MAX_TEXT,
    Amount,
    Kind,
    Refusal,
    cell_value,
    is_ahead,
    minor_units,
)

ID_COLUMNS = frozenset(kind.id_column for kind in KINDS)
LINE_COLUMNS = ("name", "product")  # any line of text
DATED = ("as_of", "paid_on")  # what may be later than it can be

MOST_DECIMALS = 4  # of a currency

Column = Sequence[Any]
Units = tuple[int, Sequence[int]]
"""How many decimals the amounts of a column have, and the amounts in units of the last decimal."""


def picked(columns: Mapping[str, Column], which: Collection[int]) -> dict[str, Column]:
    """These rows of the columns, by place."""
    return {name: [column[n] for n in which] for name, column in columns.items()}


def those_several(ids: Sequence[str]) -> set[str]:
    """The ids that are in a column more than once."""
    return {id_ for id_, times in Counter(ids).items() if times > 1} if len(set(ids)) < len(ids) else set()


def read_by_column(
    header: Header, rows: Sequence[Sequence[str]], now: datetime, faulty: Collection[int] = ()
) -> tuple[Sequence[int], dict[str, Column]]:
    """Which of the rows have nothing odd, and their values by column, amounts still as text: what `checked` would give.

    `faulty` rows are odd anyway; the others have as many cells as the header.
    """
    places: Sequence[int] = range(len(rows))
    if faulty:
        places = [n for n in places if n not in faulty]
    values: dict[str, Column] = {}
    odd: set[int] = set()
    readable = [rows[n] for n in places] if faulty else rows
    for name, cells in zip(header.columns, zip(*readable, strict=True), strict=False):
        if name:
            values[name], bad = _read(header.kind, name, cells, now)
            odd.update(_places_of(bad, cells))
    if odd:
        good = [n for n in range(len(places)) if n not in odd]
        places, values = [places[n] for n in good], picked(values, good)
    return places, values


def plain_units(kind: Kind, values: Mapping[str, Column]) -> dict[str, Units]:
    """Of the columns whose amounts all have as many decimals and no sign, what they are in units of the last one."""
    of_each = (
        (column, _plain_units(kind.amounts[column], values[column])) for column in kind.amounts if column in values
    )
    return {column: units for column, units in of_each if units is not None}


def priced_by_column(
    kind: Kind, values: Mapping[str, Column], currencies: Sequence[str], plain: Mapping[str, Units]
) -> tuple[dict[str, Column], set[int]]:
    """As `bot.work.facts.import_values.priced`, for many rows: the values with amounts in minor units, and the places
    of rows in which an amount is odd. `plain` is what `plain_units` said of them."""
    result = dict(values)
    odd: set[int] = set()
    digits = {minor_digits(currency) for currency in set(currencies)}
    for column, amount in kind.amounts.items():
        if column not in values:
            continue
        if column in plain and digits == {plain[column][0]}:
            result[column] = plain[column][1]
            continue
        priced = list(zip(values[column], currencies, strict=True))
        known: dict[tuple[str, str], int | None] = {}
        bad: set[tuple[str, str]] = set()
        for text, currency in set(priced):
            try:
                known[text, currency] = minor_units(column, text, amount, currency)
            except Refusal:
                bad.add((text, currency))
        result[column] = list(map(known.get, priced))
        odd.update(_places_of(bad, priced))
    return result, odd


def _read(kind: Kind, column: str, cells: Sequence[str], now: datetime) -> tuple[Column, set[str]]:
    """The values, and the cells that are odd, in whose places is None. Each distinct cell is read once."""
    if column in ID_COLUMNS and _are_plain_ids(cells):
        return cells, set()
    if column in kind.amounts and _are_plain_amounts(cells):
        return cells, set()
    read: Callable[[str], Any] = partial(cell_value, kind, column)
    distinct = set(cells)
    if column in kind.texts and _are_plain_texts(distinct) and not (column in kind.needed and "" in distinct):
        if column in LINE_COLUMNS and max(map(len, distinct)) <= MAX_TEXT:
            return cells, set()
        read = kind.texts[column]
    known: dict[str, Any] = {}
    bad: set[str] = set()
    for cell in distinct:
        try:
            known[cell] = read(cell)
        except Refusal:
            bad.add(cell)
    if column in DATED:
        bad.update(cell for cell, value in known.items() if is_ahead(column, value, now))
        known = {cell: value for cell, value in known.items() if cell not in bad}
        if column == "as_of":
            known = {cell: value and min(value, now) for cell, value in known.items()}
    return list(map(known.get, cells)), bad


def _places_of(bad: Collection[Any], cells: Sequence[Any]) -> Iterable[int]:
    return compress(range(len(cells)), map(bad.__contains__, cells)) if bad else ()


def _are_plain_ids(cells: Sequence[str]) -> bool:
    """Whether each of them is an id just as it is. Of printable characters only the space is stripped."""
    text = "".join(cells)
    return text.isprintable() and " " not in text and "'" not in text and all(cells) and max(map(len, cells)) <= MAX_ID


def _are_plain_texts(cells: Collection[str]) -> bool:
    """Whether each of them is text just as it is, so that only its column's own rule is left to ask."""
    text = "\n".join(cells)
    return (
        text.isascii()
        and "'" not in text
        and text.replace("\n", "").isprintable()
        and text.count("\n") == len(cells) - 1
        and not (" \n" in text or "\n " in text or text.startswith(" ") or text.endswith(" "))
    )


def _are_plain_amounts(cells: Sequence[str]) -> bool:
    """Whether each of them is text that may be an amount just as it is, of digits and points only."""
    text = "".join(cells).replace(".", "")
    return text.isdecimal() and text.isascii() and all(cells)


def _plain_units(amount: Amount, texts: Sequence[str]) -> Units | None:
    digits = len(texts[0].partition(".")[2]) if texts else 0
    text = "\n".join(texts)
    if not texts or digits > MOST_DECIMALS or not _plain(digits).fullmatch(text):
        return None
    units = list(map(int, text.replace(".", "").split("\n")))
    return (digits, units) if amount.may_be_zero or 0 not in units else None


@cache
def _plain(digits: int) -> re.Pattern[str]:
    one = f"[0-9]{{1,{MAX_DIGITS - digits}}}+" + (rf"\.[0-9]{{{digits}}}" if digits else "")
    return re.compile(f"{one}(?:\n{one})*+")
