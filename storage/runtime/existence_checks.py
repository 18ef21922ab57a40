"""Existence checks: one statement asks for many kinds whether there is anything of each. A round that mostly finds
nothing begins with such a check, and then asks only about what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.direct_statements import ask

Question = Select[*tuple[Any, ...]] | ColumnElement[bool]


def glance(**asked: Question) -> Select[*tuple[Any, ...]]:
    """A statement with one row, which has a column for each question: whether the query finds a row, or the condition
    is true."""
    return select(*(_answer(question).label(name) for name, question in asked.items()))


def _answer(question: Question) -> ColumnElement[bool]:
    if isinstance(question, Select):
        found: Select[Any] = question.with_only_columns(literal_column("1"), maintain_column_froms=True).order_by(None)
        return found.limit(None).exists()
    return question


async def answers(
    conn: AsyncConnection, asked: Select[*tuple[Any, ...]], values: Mapping[str, object]
) -> frozenset[str]:
    """The names of the questions whose answer is yes."""
    [[row]] = await ask(conn, (asked, values))
    return frozenset(name for name, yes in row._asdict().items() if yes)
