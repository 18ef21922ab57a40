"""The program killed within a test's process, as by `kill -9`: nothing is left but what its database has committed.

At the moment of the kill the database's files are copied, as a killed process leaves them, and Telegram answers nobody;
then its tasks are cancelled. What they still write goes into files that nobody reads: the next program works on the
copy. `tests/faults` kills real processes; here a kill costs a tenth of a second.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from weakref import WeakSet

from pydantic import SecretStr

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.sandbox import LocalTelegram
from bot.sandbox.message_waits import matches
from tests.conversations.conftest import World

Tasks = WeakSet[asyncio.Task[Any]]
HEARD_WITHIN_S = 30.0
PUBLIC_URL = "https://bot.example"

_life: ContextVar[Tasks | None] = ContextVar("life", default=None)
_copies = count(1)


def remember_tasks() -> None:
    """From now on each task belongs to the life of the program in which it was made."""

    def make(loop: asyncio.AbstractEventLoop, does: Coroutine[Any, Any, Any], **more: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(does, loop=loop, **more)
        if (life := _life.get()) is not None:
            life.add(task)
        return task

    asyncio.get_running_loop().set_task_factory(make)


class TrappedTelegram(LocalTelegram):
    """A Telegram that does something in the moment when it has taken certain words, before it says so."""

    _trap: tuple[int, str, Callable[[], None]] | None = None

    def at_words(self, chat_id: int, words: str, do: Callable[[], None]) -> None:
        self._trap = (chat_id, words, do)

    def record(self, method: str, params: dict[str, Any], response: dict[str, Any]) -> None:
        super().record(method, params, response)
        if self._trap is None or not response["ok"] or not isinstance(said := response["result"], dict):
            return
        chat_id, words, do = self._trap
        if method == "copyMessage":  # its answer has the number of the copy alone
            said = self.sent(method)[-1].raw
        text = said.get("text") or said.get("caption") or ""
        if said.get("chat", {}).get("id") == chat_id and matches(words, text):
            self._trap = None
            do()


class Killing:
    """A world whose program is killed once it has said something, and another one started."""

    def __init__(self, world: World, telegram: TrappedTelegram) -> None:
        self.world, self.telegram = world, telegram
        self._tasks: Tasks = WeakSet()
        self._database = Path(world.app.settings.database_url.get_secret_value().removeprefix("sqlite:///"))

    async def begin(self) -> None:
        """Takes the place of the program that the fixture has started."""
        remember_tasks()
        await self.world.app.stop()
        await self._start(self._database)

    async def after(self, do: Callable[[], object], chat_id: int, words: str) -> None:
        """Does it, and kills the program when Telegram has taken the answer with these words and has not said so; a
        minute later another one runs, which has settled what was left."""
        killed = asyncio.Event()
        left = self._database.with_name(f"killed-{next(_copies)}.db")

        def kill() -> None:
            self._copy(left)
            killed.set()

        self.telegram.at_words(chat_id, words, kill)
        do()
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                await killed.wait()
        except TimeoutError:
            said = [message.text for message in self.telegram.sent(chat_id=chat_id)[-3:]]
            raise AssertionError(f"{words!r} was not said; the last words were {said}") from None
        await self._end()
        self.telegram.faults.clear()
        self.world.clock.move(timedelta(minutes=1))
        await self._start(left)
        await self.world.app.catch_up()

    def _copy(self, to: Path) -> None:
        self.telegram.faults.next("*", drop="before", times=1_000_000)
        for end in ("", "-wal"):
            there = Path(f"{self._database}{end}")
            if there.exists():
                shutil.copy(there, f"{to}{end}")

    async def _end(self) -> None:
        app = self.world.app
        app._rounds.stop()
        if app.bot_side is not None:
            app.bot_side._watchdog.stop()  # it has this process's alarm
        while left := [task for task in self._tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1)
        await app.db.close()
        if app._apart is not None:
            await app._apart.close()

    async def _start(self, database: Path) -> None:
        self._database, self._tasks = database, WeakSet()
        settings = self.world.app.settings.model_copy(
            update={"public_url": None, "database_url": SecretStr(f"sqlite:///{database}")}
        )
        limiter = RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)
        policy = self.world.app.parts.in_force.configured
        app = App(settings, policy, self.world.clock, limiter=limiter)
        _life.set(self._tasks)
        try:
            await app.start()
        finally:
            _life.set(None)
        app.settings.public_url = PUBLIC_URL  # for addresses of calendars; updates come by polling
        self.world.app, self.world.db = app, app.db
