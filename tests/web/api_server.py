"""The HTTP side in a thread of its own, for clients that wait: schemathesis, and `ask`."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.clock import ManualClock, MovableClock
from bot.settings import Settings
from bot.web.server import HttpSide
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts
from bot.work.topics.forbidden_phrases import forbidden_words
from storage.runtime.engine import Database
from tests.work.lives import POLICY

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]  # by the name in small letters
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs. `do` runs work on its database; `clock` is its time."""

    url: str
    clock: ManualClock | MovableClock
    do: Callable[[Callable[[Database], Awaitable[Any]]], Any]

    def ask(self, path: str, key: str = "", method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            said["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self.url + path, body, said, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as error:
            return _answer(error)


def _answer(given: Any) -> Answer:
    with given:
        headers = {name.lower(): value for name, value in given.headers.items()}
        return Answer(given.status, headers, given.read().decode())


def address_of(db: Database) -> str:
    """As in DUEBOT_DATABASE_URL."""
    kind, at, rest = db.engine.url.render_as_string(hide_password=False).partition("://")
    return kind.partition("+")[0] + at + rest


@contextmanager
def served(address: str, clock: MovableClock | None = None, **settings: Any) -> Iterator[Served]:
    clock, loop, side = clock or ManualClock(NOW), asyncio.new_event_loop(), None
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(awaited(), loop).result(60)

    async def begin() -> tuple[Database, HttpSide]:
        db = Database(address)
        given = Settings(listen="127.0.0.1:0", **settings)
        forbidden = forbidden_words(given.guard_words)
        parts = Parts(given, clock, db, PoliciesInForce(POLICY, NOW), forbidden=forbidden)
        side = HttpSide(parts)
        await side.start()
        return db, side

    async def end() -> None:
        await side.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(left, timeout=10) if left else None  # those who hung up are still being noticed
        await db.close()

    db, side = run(begin())
    try:
        yield Served(side.address, clock, lambda work: run(work(db)))
    finally:
        run(end())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
