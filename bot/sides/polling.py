"""Long polling: fetches updates from Telegram and writes them down. With a webhook, `bot.web` receives them instead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog
from telegram.error import Conflict, TelegramError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority
from bot.channels.telegram_intake import fetch
from bot.loops import Loops
from bot.rules.runtime.update_batching import Gathering
from bot.sides.telegram_session import retry_while_unreachable
from bot.work.operations.monitoring import note_rival
from bot.work.runtime.intake import ALLOWED_UPDATES, polled
from bot.work.runtime.parts import Parts
from storage.runtime.updates import Received
from storage.runtime.write_retry import persist

log = structlog.get_logger()

POLL_TIMEOUT_S = 25
LONGEST_WAIT_S = 30.0


async def poll(
    bot: ExtBot[Priority], parts: Parts, loops: Loops, take_in: Callable[[Sequence[Received]], Awaitable[None]]
) -> None:
    """Fetches updates until the program ends. Telegram is told that they were received only after `take_in` has stored
    them."""
    offset: int | None = None
    wait_s = 1.0
    gathering, monotonic = Gathering(), asyncio.get_running_loop().time
    while not loops.stopping:
        if (gather_s := gathering.wait_s(monotonic())) > 0:
            await asyncio.sleep(gather_s)
        try:
            given = await fetch(bot, offset, POLL_TIMEOUT_S, ALLOWED_UPDATES)
        except TelegramError as error:
            if isinstance(error, Conflict):
                await persist(partial(_note_rival, parts))
                if "webhook" in error.message.lower():  # the rival's: with it nothing would ever come by polling
                    await retry_while_unreachable(bot.delete_webhook)
            log.warning("no updates from Telegram, waiting", error=type(error).__name__, wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)
            continue
        if not given:
            wait_s = 1.0
            continue
        gathering.came(monotonic())
        batch = [polled(update) for update in given]
        await take_in(batch)
        parts.inbox_has_work.tell_others()  # of what this process has no room for
        last = max(update.update_id for update in batch)
        if last >= 0:
            offset, wait_s = last + 1, 1.0
        else:  # no update has a number that could be confirmed, so they come again
            await asyncio.sleep(wait_s)
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)


async def _note_rival(parts: Parts) -> None:
    async with parts.db.write() as conn:
        await note_rival(conn, parts.clock.now())
