"""Which process writes to a chat, where several processes of a bot do: one chat takes one message a second, from all
of them together. A limiter asks here before each message (`bot.channels.rate_limiter`).

What is asked at about the same time is one statement.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial

import structlog

from storage.runtime import workers
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

END_WITHIN_S = 0.05


class ChatTurns:
    """The turns of one process. While no other process sends, `shared` is False, and nothing is written."""

    def __init__(self, db: Database, worker: str, per_chat_s: float, longest_s: float) -> None:
        """`per_chat_s`: between two messages; `longest_s`: for how long a message counts that gets no answer."""
        self._db, self._worker = db, worker
        self._per_chat_s, self._longest_s = per_chat_s, longest_s
        self.shared = False
        self._under_way: Counter[str] = Counter()
        self._asked: dict[str, list[asyncio.Future[float]]] = {}
        self._ended: set[str] = set()
        self._working: asyncio.Task[None] | None = None

    async def take(self, chat: str) -> float:
        """In how many seconds to ask again; 0.0: this process may write there now, and no other does until `end`."""
        if not self.shared:
            return 0.0
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(chat, []).append(turn)
        self._work()
        wait_s = await turn
        if wait_s <= 0:
            self._under_way[chat] += 1
        return wait_s

    def end(self, chat: str) -> None:
        """What was sent there was answered, or was not sent."""
        if self._under_way[chat] > 1:
            self._under_way[chat] -= 1
        elif self._under_way.pop(chat, 0):
            self._ended.add(chat)
            self._work()

    async def close(self) -> None:
        """Lets the others know of what has ended."""
        if self._working is not None:
            await self._working

    def _work(self) -> None:
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._write_all(), name="chat turns")

    async def _write_all(self) -> None:
        while self._asked or self._ended:
            if not self._asked:
                await asyncio.sleep(END_WITHIN_S)
            asked, self._asked = self._asked, {}
            ended, self._ended = self._ended.difference(asked), set()
            try:
                waits = await persist(partial(self._write, asked.keys(), ended))
            except Exception as error:
                log.exception("turns in chats could not be written down")
                _answer(asked, error)
            else:
                _answer(asked, waits)

    async def _write(self, asked: Collection[str], ended: Collection[str]) -> Mapping[str, float]:
        async with self._db.write() as conn:
            await workers.end_turns(conn, self._worker, ended, self._per_chat_s)
            return await workers.take_turns(conn, self._worker, asked, self._longest_s) if asked else {}


def _answer(asked: Mapping[str, list[asyncio.Future[float]]], answer: Mapping[str, float] | Exception) -> None:
    for chat, turns in asked.items():
        for turn in turns:
            if turn.done():
                continue  # who asked does not wait any more
            if isinstance(answer, Exception):
                turn.set_exception(answer)
            else:
                turn.set_result(answer.get(chat, 0.0))
