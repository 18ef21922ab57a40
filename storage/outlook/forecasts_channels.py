"""By which channel a customer would be told, in a forecast: the rule of `Wishes.ordered` as a number in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, case, func, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bot.rules.channels import NAMES as CHANNELS
from storage.facts.debts import can_reach

NOT_WISHED, NO_CHANNEL = 1_000, 1_000_000  # places behind all wished ones; behind all numbers


def way(item: CTE, routes: Sequence[tuple[str, ...]]) -> ColumnElement[int]:
    """A number for the first of the step's channels that reaches the customer, in the order of `Wishes.ordered`: the
    lower, the earlier. Its last two digits are the channel."""
    ways = [
        (item.c.route == number, case((item.c.wished.is_(None), _of_step(item, route)), else_=_of_wish(item, route)))
        for number, route in enumerate(routes)
        if route
    ]
    return case(*ways) if ways else literal(None, Integer)


def _of_step(item: CTE, route: tuple[str, ...]) -> ColumnElement[int]:
    return case(
        *((can_reach(item.c.customer_id, channel), _number(NOT_WISHED + n, channel)) for n, channel in enumerate(route))
    )


def _of_wish(item: CTE, route: tuple[str, ...]) -> ColumnElement[int]:
    """Those that they want come first, in their order, then the others in that of the step."""
    numbers = []
    for n, channel in enumerate(route):
        place = _PlaceIn(literal(",") + item.c.wished + literal(","), literal(f",{channel},"))
        number = case((place > 0, _number(place, channel)), else_=_number(NOT_WISHED + n, channel))
        numbers.append(case((can_reach(item.c.customer_id, channel), number), else_=NO_CHANNEL))
    least = numbers[0] if len(numbers) == 1 else _Least(*numbers)
    return func.nullif(least, NO_CHANNEL)


def _number(place: ColumnElement[int] | int, channel: str) -> ColumnElement[int] | int:
    return place * 100 + CHANNELS.index(channel)


def channel_of(said: CTE) -> ColumnElement[str]:
    """The channel of a message: the first that they want of all its items, else that of its first item."""
    is_wished = said.c.way < NOT_WISHED * 100
    first = func.min(case((or_(is_wished, said.c.place == 1), said.c.way)))
    return case(dict(enumerate(CHANNELS)), value=first % 100)


class _PlaceIn(FunctionElement[int]):
    """Where the second text begins in the first, counted from 1; 0 if it is not in it."""

    name = "place_in"
    type = Integer()
    inherit_cache = True


@compiles(_PlaceIn, "postgresql")
def _place_in_postgresql(element: _PlaceIn, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_PlaceIn, "sqlite")
def _place_in_sqlite(element: _PlaceIn, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


class _Least(FunctionElement[int]):
    """The least of several numbers of a row."""

    name = "least"
    type = Integer()
    inherit_cache = True


@compiles(_Least, "postgresql")
def _least_in_postgresql(element: _Least, compiler: SQLCompiler, **options: Any) -> str:
    return f"least({compiler.process(element.clauses, **options)})"


@compiles(_Least, "sqlite")
def _least_in_sqlite(element: _Least, compiler: SQLCompiler, **options: Any) -> str:
    return f"min({compiler.process(element.clauses, **options)})"
