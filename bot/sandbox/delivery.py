"""Brings updates to the bot's webhook, one after the other, again until it takes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram
    from bot.sandbox.updates import Webhook

_FIRST_RETRY_S = 0.05
_LAST_RETRY_S = 2.0
_TIMEOUT = aiohttp.ClientTimeout(total=30)


async def deliver_to_webhook(telegram: LocalTelegram) -> None:
    """Runs as long as the server does."""
    updates = telegram.updates
    retry_s = _FIRST_RETRY_S
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        while True:
            webhook = updates.webhook
            if webhook is None or not updates.pending:
                await updates.bell.wait(None)
                continue
            update = updates.pending[0]
            if await _deliver(telegram, session, webhook, update):
                retry_s = _FIRST_RETRY_S
                updates.delivered(update)
            else:
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _LAST_RETRY_S)


async def _deliver(
    telegram: LocalTelegram, session: aiohttp.ClientSession, webhook: Webhook, update: dict[str, Any]
) -> bool:
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
    try:
        async with session.post(_routed(telegram, webhook.url), json=update, headers=headers) as response:
            if response.ok:
                return True
            problem = f"Wrong response from the webhook: {response.status} {response.reason}"
    except TimeoutError:
        problem = "Read timeout expired"
    except aiohttp.ClientError as error:
        refused = isinstance(error, aiohttp.ClientConnectorError)
        problem = "Connection refused" if refused else f"Connection closed: {error}"
    webhook.last_error = (telegram.now(), problem)
    return False


def _routed(telegram: LocalTelegram, url: str) -> str:
    """Where a public address is served on this machine, by `telegram.routes`; the address itself otherwise."""
    for public, local in telegram.routes.items():
        if url.startswith(public):
            return local + url.removeprefix(public)
    return url
