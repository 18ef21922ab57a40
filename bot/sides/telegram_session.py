"""The session with Telegram that all sides of a process share: opened before them, closed after them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority, flood_wait_s
from bot.clock import Clock
from storage.runtime.engine import Database
from storage.runtime.program_state import set_bot_username
from storage.runtime.write_retry import persist

log = structlog.get_logger()

LONGEST_WAIT_S = 30.0


class TelegramSession:
    """A bot and its connections to Telegram."""

    def __init__(self, bot: ExtBot[Priority], db: Database, clock: Clock) -> None:
        self._bot = bot
        self._db = db
        self._clock = clock

    async def open(self) -> None:
        """Asks Telegram who the bot is, and repeats this while Telegram cannot be reached; raises `TelegramError` if
        the token is refused. Other processes find the bot's name in the database."""
        await retry_while_unreachable(self._bot.initialize)

        async def write() -> None:
            async with self._db.write() as conn:
                await set_bot_username(conn, self._bot.username)

        await persist(write)

    async def close(self) -> None:
        with contextlib.suppress(TelegramError):
            await self._bot.shutdown()


async def retry_while_unreachable(call: Callable[[], Awaitable[object]]) -> None:
    """Makes a necessary call, and repeats it while Telegram cannot be reached or asks to wait."""
    wait_s = 1.0
    while True:
        try:
            await call()
        except BadRequest:  # the library calls it a NetworkError, but waiting does not help
            raise
        except (NetworkError, RetryAfter) as error:
            pause_s = flood_wait_s(error) if isinstance(error, RetryAfter) else wait_s
            log.warning("Telegram cannot be reached, waiting", error=type(error).__name__, wait_s=pause_s)
            await asyncio.sleep(pause_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)
        else:
            return
