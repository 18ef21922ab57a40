"""The program under simulation: the real engine on a real database, without its loops, and killed now and then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.policy.policy import Policy
from bot.settings import Settings
from bot.work.facts.import_rows import Given, Row, Run, Values
from bot.work.facts.import_taking import asked_now, take
from bot.work.facts.import_values import Kind
from bot.work.policy.policies import PolicyBook, open_book
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from bot.work.runtime.planning_round import plan
from storage.facts import imports
from storage.facts.import_dedupe import SeenIds
from storage.runtime.engine import Database
from tests.simulation.far_end import FarEnd, Fuse, Killed, World
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
                lines = range(2, len(rows) + 2)
                given = Given(lines, {n: Row(line, row) for n, (line, row) in enumerate(zip(lines, rows, strict=True))})
                batch = await asked_now(conn, kind, given, run, lambda: None)
                taken = await take(conn, batch, given, seen, _NothingSkipped(), lambda: None)
                seen.close()
                assert not taken.not_whole, taken.not_whole


class _NothingSkipped:
    """All rows are read."""

    def has(self, block_id: int) -> bool:
        return False

    def contradicts(self, block_id: int, line: int, id_: str, values: Values, known: Values) -> None:
        return None


__all__ = ["Killed", "Program"]
