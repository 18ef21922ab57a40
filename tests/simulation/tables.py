"""What the program stored, read with plain SQL over a separate connection, independently of the code under test.
Nothing is written here."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg

from tests.simulation.ledger import Item, Written

SQLITE = "sqlite:///"


class Tables:
    """The tables of the database at `address`."""

    def __init__(self, address: str) -> None:
        self._address = address
        path = address.removeprefix(SQLITE)
        self._sqlite = None if path == address else sqlite3.connect(path, isolation_level=None)
        self._postgresql: asyncpg.Connection | None = None

    async def close(self) -> None:
        if self._sqlite is not None:
            self._sqlite.close()
        if self._postgresql is not None:
            await self._postgresql.close()

    async def written(self) -> Written:
        """Whose case is open, and which holds stand."""
        queue = await self._rows("SELECT customer_id FROM cases WHERE state <> 'closed'")
        holds: dict[str, list[tuple[str | None, date]]] = defaultdict(list)
        for who, what, until in await self._rows(
            "SELECT customer_id, instalment_id, until FROM holds WHERE ended_at IS NULL"
        ):
            holds[who].append((what, _day(until)))
        return Written(frozenset(customer_id for (customer_id,) in queue), holds)

    async def new_cases(self, after: int) -> Sequence[tuple[int, str, str]]:
        """Number, customer and reason of each case since that one."""
        return await self._rows(
            f"SELECT case_id, customer_id, reason FROM cases WHERE case_id > {after} ORDER BY case_id"
        )

    async def items(self, notice_ids: Collection[int]) -> dict[int, list[Item]]:
        """What each of the notices tells."""
        columns = "notice_id, instalment_id, step_id, due_date, policy_version"
        found: dict[int, list[Item]] = defaultdict(list)
        for number, what, step_id, due, version in await self._rows(
            f"SELECT {columns} FROM notice_items WHERE notice_id IN ({_listed(notice_ids)})"
        ):
            found[number].append(Item(number, what, step_id, _day(due), version))
        return found

    async def accepted(self, notice_ids: Collection[int]) -> frozenset[int]:
        """Which of the notices are on record as accepted."""
        rows = await self._rows(
            f"SELECT notice_id FROM notices WHERE state = 'accepted' AND notice_id IN ({_listed(notice_ids)})"
        )
        return frozenset(number for (number,) in rows)

    async def dead_channels(self, customer_ids: Collection[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {customer_id: set() for customer_id in customer_ids}
        listed = ",".join(f"'{customer_id}'" for customer_id in customer_ids)
        for who, channel in await self._rows(
            f"SELECT customer_id, channel FROM dead_channels WHERE customer_id IN ({listed})"
        ):
            found[who].add(channel)
        return found

    async def awaited(self, now: datetime) -> list[str]:
        """The customers for whom a reminder waits that may be sent now."""
        at = now.replace(tzinfo=None) if self._sqlite is not None else now
        rows = await self._rows(
            "SELECT customer_id FROM notices WHERE state = 'planned' AND kind = 'reminder'"
            f" AND send_after <= '{at}' ORDER BY customer_id"
        )
        return [customer_id for (customer_id,) in rows]

    async def stuck(self, before: datetime) -> list[int]:
        """Notices that should have come to an end before then."""
        at = before.replace(tzinfo=None) if self._sqlite is not None else before
        rows = await self._rows(
            f"SELECT notice_id FROM notices WHERE (state = 'planned' AND expires_at < '{at}')"
            f" OR (state = 'claimed' AND claimed_at < '{at}')"
        )
        return [number for (number,) in rows]

    async def _rows(self, query: str) -> Sequence[Any]:
        if self._sqlite is not None:
            return self._sqlite.execute(query).fetchall()
        if self._postgresql is None:
            self._postgresql = await asyncpg.connect(self._address)
        return list(await self._postgresql.fetch(query))


def _listed(numbers: Collection[int]) -> str:
    return ",".join(map(str, numbers)) or "NULL"


def _day(value: Any) -> date:
    """SQLite keeps a date as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)
