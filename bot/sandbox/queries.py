"""Pressed buttons that wait for the bot's answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

Raw = dict[str, Any]

# Telegram documents no number; a phone shows a pressed button as waiting for at most a quarter of an hour.
ANSWERABLE_S = 15 * 60


@dataclass(slots=True)
class Query:
    query_id: str
    user_id: int
    at: int
    answer: Raw | None = None


class Queries:
    def __init__(self) -> None:
        self._by_id: dict[str, Query] = {}
        self._ids: Iterator[int] = count(4_000_000_000_001)

    def new(self, user_id: int, at: int) -> Query:
        query = Query(str(next(self._ids)), user_id, at)
        self._by_id[query.query_id] = query
        return query

    @property
    def all(self) -> list[Query]:
        """Every press so far, in order."""
        return list(self._by_id.values())

    def answerable(self, query_id: str, now: int) -> Query | None:
        """The query, when it exists, has no answer yet and is not too old."""
        query = self._by_id.get(query_id)
        if query is None or query.answer is not None or now - query.at > ANSWERABLE_S:
            return None
        return query
