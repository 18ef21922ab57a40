"""Receiving: updates are written down first and handled from there, each once, one person's in their order.

An update leaves the inbox when it was handled. A handler that fails is tried again after a while; one that fails again
and again is put aside with its error, so that it stops nobody else.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot.clock import Clock
from bot.work.persisting import persist
from storage import updates
from storage.engine import Database, is_unavailable
from storage.updates import Received

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
ATTEMPTS = 4
AGAIN_AFTER_S = (0.5, 2.0, 8.0)
BATCH = 500
KEPT_FOR = timedelta(days=8)  # Telegram repeats nothing that is older than a day


def polled(update: dict[str, Any]) -> Received:
    """An update as Telegram gave it (Bot API, Update), ready to be written down."""
    return Received(int(update["update_id"]), lane_of(update), json.dumps(update, ensure_ascii=False))


def lane_of(update: dict[str, Any]) -> str:
    """What must stay in order: a person's private chat, a topic, and in the rest of a group what one person says."""
    message = update.get("message") or update.get("edited_message")
    if message is None:
        press = update.get("callback_query") or update.get("my_chat_member") or {}
        return str(press.get("from", {}).get("id", 0))
    chat_id, sender = message["chat"]["id"], message.get("from", {}).get("id", 0)
    if message.get("is_topic_message"):
        return lane_of_topic(chat_id, message.get("message_thread_id"))
    return str(chat_id) if chat_id == sender else f"{chat_id}:{sender}"


def lane_of_topic(chat_id: int, thread_id: int | None) -> str:
    return f"{chat_id}:topic:{thread_id}"


async def write_down(db: Database, batch: Sequence[Received], clock: Clock) -> None:
    """Keeps updates before Telegram is told that they were received."""

    async def write() -> None:
        async with db.write() as conn:
            await updates.receive(conn, batch, clock.now())

    if batch:
        await persist(write)


class Inbox:
    """Hands waiting updates to `handle`, lanes side by side and the updates of a lane one after the other."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        handle: Callable[[str], Awaitable[None]],
        give_up: Callable[[str], Awaitable[None]],
    ) -> None:
        self._db = db
        self._clock = clock
        self._handle = handle
        self._give_up = give_up
        self._lanes: dict[str, deque[Received]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken: set[int] = set()
        self._ended: set[int] = set()  # since the last look into the database
        self._looking = asyncio.Lock()

    async def serve(self) -> None:
        """Starts on everything that waits and was not taken yet."""
        async with self._looking:
            # What ends while the database is being read may still be among what is read: it is remembered until then.
            self._ended.clear()
            async with self._db.read() as conn:
                waiting = await updates.waiting(conn, BATCH + len(self._taken))
            self._take([update for update in waiting if update.update_id not in self._taken | self._ended])

    def _take(self, waiting: Sequence[Received]) -> None:
        for update in waiting:
            self._taken.add(update.update_id)
            if update.lane in self._lanes:
                self._lanes[update.lane].append(update)
            else:
                self._lanes[update.lane] = deque([update])
                task = asyncio.create_task(self._serve_lane(update.lane), name=f"lane {update.lane}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Serves until nothing waits."""
        while True:
            await self.serve()
            if not self._tasks:
                return
            await asyncio.wait(list(self._tasks))

    async def stop(self, within_s: float) -> None:
        """Lets what is being handled come to its end; the rest waits in the database for the next start."""
        for lane in self._lanes.values():
            lane.clear()
        if self._tasks:
            _, unfinished = await asyncio.wait(list(self._tasks), timeout=within_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def clean(self) -> None:
        """Drops what was handled long ago."""
        async with self._db.write() as conn:
            await updates.forget_before(conn, self._clock.now() - KEPT_FOR)

    async def _serve_lane(self, lane: str) -> None:
        queue = self._lanes[lane]
        try:
            while queue:
                update = queue.popleft()
                try:
                    await self._serve_one(update)
                finally:
                    self._taken.discard(update.update_id)
                    self._ended.add(update.update_id)
        finally:
            del self._lanes[lane]

    async def _serve_one(self, update: Received) -> None:
        attempts = update.attempts
        while True:
            try:
                await self._handle(update.body)
            except Exception as error:
                if is_unavailable(error):
                    await asyncio.sleep(AGAIN_AFTER_S[1])
                    continue
                attempts += 1
                log.exception("update failed", update_id=update.update_id, attempt=attempts)
                last = attempts >= ATTEMPTS
                await persist(partial(self._failed, update, error, last))
                if last:
                    await self._give_up(update.body)
                    return
                await asyncio.sleep(AGAIN_AFTER_S[attempts - 1])
            else:
                await persist(lambda: self._handled(update))
                return

    async def _handled(self, update: Received) -> None:
        async with self._db.write() as conn:
            await updates.handled(conn, update.update_id, self._clock.now())

    async def _failed(self, update: Received, error: Exception, for_good: bool) -> None:
        async with self._db.write() as conn:
            # The kind of error only: its words may hold what a person wrote.
            await updates.failed(conn, update.update_id, type(error).__name__, self._clock.now(), for_good=for_good)
