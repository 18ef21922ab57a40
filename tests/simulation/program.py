"""The program under simulation: the real engine on a real database, without its loops, and killed now and then."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy import Policy
from bot.settings import Settings
from bot.work.importing_batches import Refused, Row, Run, take
from bot.work.importing_values import Kind
from bot.work.planning import plan
from bot.work.policies import PolicyBook, open_book
from bot.work.sending import Sender, send_due
from storage import imports
from storage.engine import Database
from storage.seen import SeenIds
from tests.simulation.far_end import FarEnd, Fuse, Killed, World
from tests.simulation.ledger import Item, Written
from tests.simulation.promises import CHANNELS

BATCH = 100
RATE = 0.05  # a message in 20 seconds: few as customers are, their messages are spread over some of the hours


class MortalDatabase(Database):
    """A database whose program may be killed before it writes, before it commits, and after."""

    def __init__(self, address: str, fuse: Fuse) -> None:
        super().__init__(address)
        self._fuse = fuse

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        self._fuse.burn()
        async with super().write() as conn:
            yield conn
            self._fuse.burn()
        self._fuse.burn()


class Program:
    """One process after the other, each with a name of its own."""

    def __init__(self, address: str, policy: Policy, world: World) -> None:
        self.address, self.policy, self.world = address, policy, world
        self.processes = 0
        self.settings = Settings(_env_file=None, brand="Wallet")  # type: ignore[call-arg]
        self.channels = {name: FarEnd(name, world) for name in CHANNELS}
        self.book = PolicyBook(policy).as_of(world.now)
        self._begin()

    def _begin(self) -> None:
        self.processes += 1
        self.db: Database = MortalDatabase(self.address, self.world.fuse)

    async def killed(self) -> None:
        """Nothing that was running goes on; another process takes over."""
        self.world.fuse.left = None
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.db.close()
        self._begin()

    async def close(self) -> None:
        await self.db.close()

    # --- Its work ---------------------------------------------------------------------------------------------------

    async def open_book(self) -> None:
        self.book = await open_book(self.db, self.policy, self.world.now)

    async def plan(self) -> None:
        await plan(self.db, self.book, self.world.now, channels=self.channels, rate=RATE)

    async def send(self) -> int:
        """One round of sending; how many notices were due."""
        worker = f"process {self.processes}"
        sender = Sender(self.db, self.book, self.settings, self.channels, worker)
        return (await send_due(sender, self.world.now, BATCH)).claimed

    async def take_in(self, *files: tuple[Kind, Sequence[Mapping[str, Any]]]) -> None:
        """The wallet's rows by kind, none of which may be refused."""
        run = Run(self.world.now, self.world.now)
        async with self.db.write() as conn:
            await imports.wallet_spoke(conn, self.world.now)
            for kind, rows in files:
                seen = SeenIds()
                outcomes = await take(conn, kind, [Row(n, row) for n, row in enumerate(rows, 2)], run, seen)
                seen.close()
                refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
                assert not refused, refused

    # --- What it wrote down -----------------------------------------------------------------------------------------

    async def written(self) -> Written:
        async with self.db.read() as conn:
            queue = await conn.execute(text("SELECT customer_id FROM cases WHERE state <> 'closed'"))
            in_queue: frozenset[str] = frozenset(queue.scalars())
            rows = await conn.execute(
                text("SELECT customer_id, instalment_id, until FROM holds WHERE ended_at IS NULL")
            )
            holds: dict[str, list[tuple[str | None, date]]] = defaultdict(list)
            for row in rows:
                holds[row.customer_id].append((row.instalment_id, _day(row.until)))
        return Written(in_queue, holds)

    async def new_cases(self, after: int) -> list[tuple[int, str, str]]:
        """Number, customer and reason of each case since that one."""
        query = text("SELECT case_id, customer_id, reason FROM cases WHERE case_id > :after ORDER BY case_id")
        async with self.db.read() as conn:
            rows = await conn.execute(query, {"after": after})
            return [(row.case_id, row.customer_id, row.reason) for row in rows]

    async def items(self, notice_ids: Collection[int]) -> dict[int, list[Item]]:
        found: dict[int, list[Item]] = defaultdict(list)
        query = f"SELECT * FROM notice_items WHERE notice_id IN ({_listed(notice_ids)})"
        async with self.db.read() as conn:
            for row in await conn.execute(text(query)):
                found[row.notice_id].append(
                    Item(row.notice_id, row.instalment_id, row.step_id, _day(row.due_date), row.policy_version)
                )
        return found

    async def accepted(self, notice_ids: Collection[int]) -> frozenset[int]:
        """Which of the notices are on record as accepted."""
        query = f"SELECT notice_id FROM notices WHERE state = 'accepted' AND notice_id IN ({_listed(notice_ids)})"
        async with self.db.read() as conn:
            return frozenset((await conn.execute(text(query))).scalars())

    async def dead_channels(self, customer_ids: Collection[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {customer_id: set() for customer_id in customer_ids}
        listed = ",".join(f"'{customer_id}'" for customer_id in customer_ids)
        async with self.db.read() as conn:
            query = f"SELECT customer_id, channel FROM dead_channels WHERE customer_id IN ({listed})"
            for row in await conn.execute(text(query)):
                found[row.customer_id].add(row.channel)
        return found

    async def stuck(self, before: datetime) -> list[int]:
        """Notices that should have come to an end before then."""
        at = before.replace(tzinfo=None) if self.db.is_sqlite else before
        query = text(
            "SELECT notice_id FROM notices WHERE (state = 'planned' AND expires_at < :at)"
            " OR (state = 'claimed' AND claimed_at < :at)"
        )
        async with self.db.read() as conn:
            return list((await conn.execute(query, {"at": str(at) if self.db.is_sqlite else at})).scalars())


def _listed(numbers: Collection[int]) -> str:
    return ",".join(map(str, numbers)) or "NULL"


def _day(value: Any) -> date:
    """SQLite keeps a date as text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


__all__ = ["Killed", "Program"]
