"""A program, and Telegram's limits, on a clock that a test moves only when the program has nothing left to do.

So what is measured is how long a message waits for its turn, and what is refused is what the program sent too early,
however slow the machine is. On a clock of the machine a request may be on its way for longer than the limiter expects
of any network, and Telegram refuses it with good reason.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from pydantic import SecretStr

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.sandbox import LocalTelegram, Person, serve
from bot.settings import load_settings
from storage.runtime.engine import Database
from tests.conversations.conftest import AGENT_CHAT, TOKEN, World

SPINS = 80  # turns of the loop in which nothing is asked of Telegram: then nothing is left to do
STEP = timedelta(seconds=0.5)


class SteppedTime:
    """The clock as seconds, and a sleep that ends when the clock was moved so far."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self._began = clock, clock.now()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()

    def now(self) -> float:
        return 1000 + (self._clock.now() - self._began).total_seconds()

    async def sleep(self, seconds: float) -> None:
        ends: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._number), ends))
        await ends

    def move(self, by: timedelta = STEP) -> None:
        self._clock.move(by)
        while self._sleepers and self._sleepers[0][0] <= self.now():
            _, _, ends = heapq.heappop(self._sleepers)
            if not ends.done():
                ends.set_result(None)


@asynccontextmanager
async def stepped_world(
    telegram: LocalTelegram, clock: ManualClock, database: Database, folder: Path, agents: Sequence[Person]
) -> AsyncIterator[tuple[World, SteppedTime]]:
    """A program with the real limiter; `agents` work in its group, each known by their own name."""
    time = SteppedTime(clock)
    group = telegram.forum(AGENT_CHAT, "Agents", members=list(agents))
    async with serve(telegram) as url:
        settings = load_settings(
            token=SecretStr(TOKEN),
            telegram_api=url,
            database_url=SecretStr(str(database.url).replace("+aiosqlite", "")),
            agent_chat=AGENT_CHAT,
            listen="127.0.0.1:0",
        )
        app = App(settings, load_policy("humane"), clock, limiter=RateLimiter(monotonic=time.now, sleep=time.sleep))
        await app.start()
        world = World(app, telegram, group, clock, folder)
        for person in agents:
            await world.agent(person, person.name)
        try:
            yield world, time
        finally:
            move = asyncio.create_task(_keep_moving(time))
            await app.stop()
            move.cancel()


async def _keep_moving(time: SteppedTime) -> None:
    while True:
        time.move()
        await asyncio.sleep(0)


async def let_it_work(world: World) -> None:
    """Until the program has nothing left to do at this moment of the clock."""
    side = world.app.bot_side
    assert side is not None
    quiet, asked = 0, -1
    while quiet < SPINS:
        await asyncio.sleep(0.001 if world.telegram.updates.pending else 0)
        if not quiet:
            await side.desk.serve()
        now = len(world.telegram.requests) + world.telegram.seq
        quiet = quiet + 1 if now == asked and not world.telegram.updates.pending else 0
        asked = now


async def pass_seconds(world: World, time: SteppedTime, seconds: int) -> None:
    for _ in range(int(seconds / STEP.total_seconds())):
        time.move()
        await let_it_work(world)


@asynccontextmanager
async def time_passes(world: World, time: SteppedTime) -> AsyncIterator[None]:
    """Time goes on by itself, as fast as the program works."""

    async def go_on() -> None:
        while True:
            await pass_seconds(world, time, 1)

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going.cancel()
        await asyncio.wait([going])
