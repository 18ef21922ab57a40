"""Keeps the webhook: another program with the same token may have set its own, or removed this one to poll."""

from __future__ import annotations

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority
from bot.sides.telegram_session import retry_while_unreachable
from bot.work.operations.monitoring import note_rival
from bot.work.operations.telegram_checks import WEBHOOK_PATH
from bot.work.runtime.intake import ALLOWED_UPDATES
from bot.work.runtime.parts import Parts
from storage.runtime.write_retry import persist

log = structlog.get_logger()


def webhook_address(parts: Parts) -> str:
    """Where Telegram brings updates."""
    return f"{parts.settings.public_url}{WEBHOOK_PATH}"


async def set_webhook(bot: ExtBot[Priority], parts: Parts) -> None:
    """Tells Telegram to bring updates here; waits while Telegram cannot be reached."""
    secret = parts.settings.webhook_secret
    assert secret is not None, "`bot.app` sees to it"
    await retry_while_unreachable(
        lambda: bot.set_webhook(
            webhook_address(parts), secret_token=secret.get_secret_value(), allowed_updates=ALLOWED_UPDATES
        )
    )


async def keep_webhook(bot: ExtBot[Priority], parts: Parts) -> None:
    """Sets the webhook again, and writes down a rival, if Telegram has another one or none."""
    try:
        found = await bot.get_webhook_info()
    except TelegramError as error:  # asked again in a minute
        log.warning("the webhook could not be looked at", error=type(error).__name__)
        return
    if found.url == webhook_address(parts):
        return

    async def write() -> None:
        async with parts.db.write() as conn:
            await note_rival(conn, parts.clock.now())

    await persist(write)
    log.warning("the webhook was changed by another program, setting it again")
    await set_webhook(bot, parts)
