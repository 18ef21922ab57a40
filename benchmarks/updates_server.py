"""A Bot API server that has updates to give by long polling, counts the answers and times them, in its own process.

It is no Telegram: it keeps no chats and refuses nothing. `Updates` says what people do; each person does it once, and
an answer is the first `sendMessage` to them. Run as a program, it prints its address and serves until its standard
input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from statistics import quantiles

import aiohttp
from aiohttp import web

from benchmarks.telegram_server import BOT, MESSAGE

AT_ONCE = 100  # updates in an answer to getUpdates
NAMED = b'{"ok":true,"result":{"name":"","description":"","short_description":""}}'
ENDS_AFTER_S = 20.0  # in which nothing is taken or answered


@dataclass(frozen=True, slots=True)
class Updates:
    """`count` updates of `kind`: balance, contact (of persons with ids from `first`), or flood (all of one person),
    at `per_s` a second, or at once (0)."""

    kind: str
    count: int
    first: int = 1
    per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Answered:
    """How many persons were answered, how many messages were sent, and milliseconds from an update to its answer;
    `seconds` is from the first update until the last answer."""

    answered: int
    messages: int
    seconds: float
    middle_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Server:
    """The server, from the side of a benchmark."""

    api: str

    async def give(self, updates: Updates) -> Answered:
        """Has the updates given out, and returns when all are taken and answered, or nothing moves any more."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
            session.post(f"{self.api}/give", json=asdict(updates)) as response,
        ):
            return Answered(**await response.json())


@asynccontextmanager
async def updates_server() -> AsyncIterator[Server]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.updates_server"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield Server((await process.stdout.readline()).decode().strip())
    finally:
        process.stdin.close()
        await process.wait()


# --- The server's own process ----------------------------------------------------------------------------------------


def _balance(update_id: int, user_id: int) -> bytes:
    return _message(update_id, user_id, text="/balance", entities=[{"type": "bot_command", "offset": 0, "length": 8}])


def _contact(update_id: int, user_id: int) -> bytes:
    contact = {"phone_number": f"+8869{user_id:08d}", "first_name": f"Customer {user_id}", "user_id": user_id}
    return _message(update_id, user_id, contact=contact)


def _message(update_id: int, user_id: int, **said: object) -> bytes:
    who = {"id": user_id, "first_name": f"Customer {user_id}", "username": f"customer{user_id}"}
    message = {
        "message_id": update_id,
        "from": {**who, "is_bot": False, "language_code": "en"},
        "chat": {**who, "type": "private"},
        "date": 1772424000,
        **said,
    }
    return json.dumps({"update_id": update_id, "message": message}).encode()


_KINDS: dict[str, Callable[[int, int], bytes]] = {"balance": _balance, "contact": _contact, "flood": _balance}


class _Given:
    """The updates that wait, and the answers to those that were given."""

    def __init__(self) -> None:
        self._ids, self._messages = itertools.count(1), itertools.count(1)
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._asked_at: dict[int, float] = {}
        self._took: list[float] = []
        self._sent = 0
        self._moved_at = self._answered_at = 0.0
        self._news, self._moved = asyncio.Event(), asyncio.Event()

    async def give(self, request: web.Request) -> web.Response:
        wanted = Updates(**await request.json())
        self._asked_at, self._took, self._sent = {}, [], 0
        persons = 1 if wanted.kind == "flood" else wanted.count
        began = self._moved_at = self._answered_at = time.monotonic()
        for number in range(wanted.count):
            if wanted.per_s:
                await asyncio.sleep(began + number / wanted.per_s - time.monotonic())
            user_id = wanted.first + number % persons
            update_id = next(self._ids)
            self._asked_at.setdefault(user_id, time.monotonic())
            self._waiting.append((update_id, _KINDS[wanted.kind](update_id, user_id)))
            self._news.set()
        while (self._waiting or len(self._took) < persons) and time.monotonic() - self._moved_at < ENDS_AFTER_S:
            await self._moves()
        cuts = quantiles(self._took, n=100) if len(self._took) > 1 else [0.0] * 99
        seconds = self._answered_at - began
        return web.json_response(asdict(Answered(len(self._took), self._sent, seconds, cuts[49], cuts[98])))

    async def _moves(self) -> None:
        """Until something was taken or answered, or a moment has passed."""
        self._moved.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), 0.1)

    async def call(self, request: web.Request) -> web.Response:
        asked = await request.post()
        method = request.match_info["method"]
        if method == "getUpdates":
            return _json(await self._updates(int(str(asked.get("offset", 0))), float(str(asked.get("timeout", 0)))))
        if method == "sendMessage":
            chat = int(str(asked["chat_id"]))
            self._moved_at = self._answered_at = now = time.monotonic()
            self._moved.set()
            self._sent += 1
            if (began := self._asked_at.pop(chat, None)) is not None:
                self._took.append((now - began) * 1000)
            return _json((MESSAGE % (next(self._messages), chat)).encode())
        return _json(
            BOT if method == "getMe" else NAMED if method.startswith("getMy") else b'{"ok":true,"result":true}'
        )

    async def _updates(self, offset: int, wait_s: float) -> bytes:
        while self._waiting and self._waiting[0][0] < offset:
            self._waiting.popleft()
            self._moved_at = time.monotonic()
            self._moved.set()
        if not self._waiting:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait_s)
        given = itertools.islice(self._waiting, AT_ONCE)
        return b'{"ok":true,"result":[%s]}' % b",".join(body for _, body in given)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def _serve() -> None:
    given = _Given()
    application = web.Application()
    application.router.add_post("/give", given.give)
    application.router.add_post("/bot{token}/{method}", given.call)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(os.read, 0, 1)  # ends together with the process that started it
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve())
