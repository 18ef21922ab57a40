"""Fetches updates from Telegram without parsing them: an update that the library cannot parse must not block the
others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from telegram.error import NetworkError
from telegram.ext import ExtBot

from bot.channels.rate_limiter import Priority
from bot.channels.telegram_transport import AnswerTooLong

ANSWERS_WITHIN_S = 5


async def fetch(bot: ExtBot[Priority], offset: int | None, wait_s: int, kinds: Sequence[str]) -> list[Any]:
    """One call of getUpdates (Bot API), which waits up to `wait_s` for the first update; it confirms those below
    `offset`. The list contains exactly what the server sent. Raises `TelegramError`."""
    asked = {"offset": offset, "timeout": wait_s, "allowed_updates": kinds}
    try:
        answer = await _ask(bot, asked, wait_s)
    except AnswerTooLong:  # for example a hundred very long updates
        answer = await _ask(bot, asked | {"limit": 5}, wait_s)
    if not isinstance(answer, list):
        raise NetworkError("the answer to getUpdates is not a list of updates")
    return answer


async def _ask(bot: ExtBot[Priority], asked: dict[str, Any], wait_s: int) -> Any:
    try:
        # As in `get_updates`, with its connections and timeouts, up to where it would parse the answer.
        return await bot._post("getUpdates", asked, read_timeout=wait_s + ANSWERS_WITHIN_S)
    except RecursionError:
        return None  # nested too deep to parse
