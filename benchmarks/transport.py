"""Sending messages with nothing around it: our transport and rate limiter, and the library's own, compared with a bare
aiohttp loop.

All of them send to the same server, in turns, in several rounds; the median counts. They differ only in the code
between `sendMessage` and the socket.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import aiohttp
from telegram.ext import ExtBot

from benchmarks.measuring import Rate, Spent, middle
from benchmarks.report import Table
from benchmarks.telegram_server import TOKEN, telegram_server
from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram import build_bot
from bot.channels.telegram_transport import AiohttpRequest

LATENCY_S = 0.05
IN_FLIGHT = 100
TEXT = "A short note from Wallet\n\nDue today: Card, TWD 1,200.00\n\nYou can pay in Wallet."
UNLIMITED = 1_000_000.0  # messages a second

Say = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured."""

    rounds: int = 3
    seconds: float = 1.5


async def transport(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    async with telegram_server(LATENCY_S) as api, AsyncExitStack() as opened:
        ways = {name: await opened.enter_async_context(way(api)) for name, way in WAYS.items()}
        rates: dict[str, list[Rate]] = {name: [] for name in ways}
        for _ in range(extent.rounds):
            for name, say in ways.items():
                rates[name].append(await rate_of(say, extent.seconds))
    found = {name: middle(measured) for name, measured in rates.items()}
    bare = found["bare aiohttp loop"]
    rows = [
        (name, rate.per_s, rate.cpu_ms, rate.per_s / bare.per_s, rate.cpu_ms / bare.cpu_ms)
        for name, rate in found.items()
    ]
    note = (
        f"{LATENCY_S * 1000:.0f} ms of server latency and {IN_FLIGHT} in flight allow {IN_FLIGHT / LATENCY_S:,.0f}/s."
    )
    columns = ("sendMessage", "messages/s", "CPU ms each", "speed, × bare", "CPU, × bare")
    return [Table("transport", columns, rows, note)]


async def rate_of(say: Say, seconds: float, in_flight: int = IN_FLIGHT) -> Rate:
    """Messages a second with so many in flight, each to a chat of its own; the first of each sender warms up."""
    loop = asyncio.get_running_loop()
    sent, ends_at = 0, 0.0

    async def sender() -> None:
        nonlocal sent
        while loop.time() < ends_at:
            await say(next(_chats))
            sent += 1

    await asyncio.gather(*(say(next(_chats)) for _ in range(in_flight)))
    with Spent() as spent:
        ends_at = loop.time() + seconds
        await asyncio.gather(*(sender() for _ in range(in_flight)))
    return Rate.of(sent, spent)


_chats = count(1)


# --- Ways to send ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def bare_aiohttp(api: str) -> AsyncIterator[Say]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def say(chat: int) -> None:
            form = {"chat_id": str(chat), "text": TEXT}
            async with session.post(f"{api}/bot{TOKEN}/sendMessage", data=form) as response:
                assert json.loads(await response.read())["ok"]

        yield say


@asynccontextmanager
async def ours_unpaced(api: str) -> AsyncIterator[Say]:
    bot: ExtBot[Any] = ExtBot(TOKEN, base_url=f"{api}/bot", request=AiohttpRequest())
    async with _opened(bot) as say:
        yield say


def _paced(per_second: float) -> Callable[[str], Any]:
    @asynccontextmanager
    async def way(api: str) -> AsyncIterator[Say]:
        bot = build_bot(TOKEN, api, RateLimiter(per_second))
        async with _opened(bot, rate_limit_args=Priority.BULK) as say:
            yield say

    return way


@asynccontextmanager
async def _default(api: str) -> AsyncIterator[Say]:
    bot: ExtBot[Any] = ExtBot(TOKEN, base_url=f"{api}/bot")
    async with _opened(bot) as say:
        yield say


@asynccontextmanager
async def _opened(bot: ExtBot[Any], **arguments: Any) -> AsyncIterator[Say]:
    await bot.initialize()

    async def say(chat: int) -> None:
        await bot.send_message(chat, TEXT, **arguments)

    try:
        yield say
    finally:
        await bot.shutdown()


WAYS: dict[str, Callable[[str], Any]] = {
    "bare aiohttp loop": bare_aiohttp,
    "our transport, no limiter": ours_unpaced,
    "our transport, limiter without a limit": _paced(UNLIMITED),
    "our transport, limiter at 1,000/s (bulk gets 85 %)": _paced(1000),
    "python-telegram-bot's default (httpx)": _default,
}
