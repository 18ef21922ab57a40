"""Receiving: updates are written down first and handled from there, each once, one person's in their order.

They are written down as they came, and each is read by itself when it is handled. An update leaves the inbox when it
was handled. A handler that fails is tried again after a while; one that fails again and again is put aside with its
kind of error, and so, at once, is what cannot be read. So none of them stops anybody else.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from bot.clock import Clock
from bot.work.persisting import outage, persist
from storage import updates
from storage.engine import Database
from storage.updates import Received

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
ATTEMPTS = 4
AGAIN_AFTER_S = (0.5, 2.0, 8.0)
BATCH = 500
MOST_BODY = 1 << 20  # characters of JSON; the longest message, answering another, has less than a tenth of it
KEPT_FOR = timedelta(days=8)  # Telegram repeats nothing that is older than a day


class Unreadable(Exception):
    """The update is not what Telegram's Bot API calls one. `kind` is the kind of error that reading it ended with."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def polled(update: Any) -> Received:
    """An update as Telegram gave it, whatever that is, ready to be written down: as ASCII, so that every database takes
    halves of surrogate pairs and NUL. What has no number of an update cannot be handled, and is put aside as it comes.
    """
    try:
        body = json.dumps(update)
    except (ValueError, TypeError, RecursionError):
        body = ""
    number = _number(update.get("update_id")) if isinstance(update, dict) else None
    if number is None or number < 0:
        # Below zero there are no numbers of Telegram's; the same again gets the same.
        return Received(-1 - _digest(body), "0", "", error="NoUpdateId")
    if not 0 < len(body) <= MOST_BODY:
        return Received(number, lane_of(update), "", error="TooLarge" if body else "NotJson")
    return Received(number, lane_of(update), body)


def _digest(body: str) -> int:
    return int.from_bytes(hashlib.sha256(body.encode()).digest()[:7])


def lane_of(update: Any) -> str:
    """What must stay in order: a person's private chat, a topic, and in the rest of a group what one person says. Any
    shape will do: what names nobody is in one lane."""
    message = _part(update, "message") or _part(update, "edited_message")
    if not message:
        press = _part(update, "callback_query") or _part(update, "my_chat_member")
        return str(_number(_part(press, "from").get("id")) or 0)
    chat_id = _number(_part(message, "chat").get("id")) or 0
    sender = _number(_part(message, "from").get("id")) or 0
    if message.get("is_topic_message") is True:
        return lane_of_topic(chat_id, _number(message.get("message_thread_id")))
    return str(chat_id) if chat_id == sender else f"{chat_id}:{sender}"


def _part(whole: Any, name: str) -> dict[str, Any]:
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _number(value: Any) -> int | None:
    """A number that Telegram may give to something; true and false are none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def lane_of_topic(chat_id: int, thread_id: int | None) -> str:
    return f"{chat_id}:topic:{thread_id}"


async def write_down(db: Database, batch: Sequence[Received], clock: Clock) -> None:
    """Keeps updates before Telegram is told that they were received."""

    async def write() -> None:
        async with db.write() as conn:
            await updates.receive(conn, batch, clock.now())

    if batch:
        await persist(write)
    for one in batch:
        if one.error:
            log.warning("update put aside", update_id=one.update_id, error=one.error)


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
                if outage.noticed(error):
                    await asyncio.sleep(AGAIN_AFTER_S[1])
                    continue
                attempts += 1
                last = attempts >= ATTEMPTS or isinstance(error, Unreadable)
                # The kind of error only: its words may hold what a person wrote.
                kind = error.kind if isinstance(error, Unreadable) else type(error).__name__
                await persist(partial(self._failed, update, kind, last))
                if last:
                    log.warning("update put aside", update_id=update.update_id, error=kind, at=_place(error))
                    await self._say_sorry(update)
                    return
                log.warning("update failed", update_id=update.update_id, error=kind, at=_place(error), attempt=attempts)
                await asyncio.sleep(AGAIN_AFTER_S[attempts - 1])
            else:
                await persist(lambda: self._handled(update))
                return

    async def _say_sorry(self, update: Received) -> None:
        try:
            await self._give_up(update.body)
        except Exception as error:
            log.warning("nobody could be told of it", update_id=update.update_id, error=type(error).__name__)

    async def _handled(self, update: Received) -> None:
        async with self._db.write() as conn:
            await updates.handled(conn, update.update_id, self._clock.now())

    async def _failed(self, update: Received, kind: str, for_good: bool) -> None:
        async with self._db.write() as conn:
            await updates.failed(conn, update.update_id, kind, self._clock.now(), for_good=for_good)


def _place(error: BaseException) -> str:
    """Where it happened, the last of our own lines: `handlers/customer/person.py:65`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    last = (ours or frames)[-1:]
    return "".join(f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}" for frame in last)
