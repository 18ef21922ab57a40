"""The Bot API's methods, one function each, by subject; found by name regardless of case, as in the real one.

Each takes the state and the call's parameters, and returns the result or raises `ApiError`.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from bot.sandbox.errors import ApiError
from bot.sandbox.methods import chats, editing, ephemeral, forum, profile, sending, updating
from bot.sandbox.methods.registry import METHODS
from bot.sandbox.params import Params

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

__all__ = ["call", "chats", "editing", "ephemeral", "forum", "profile", "sending", "updating"]


async def call(telegram: LocalTelegram, method: str, params: Params) -> Any:
    """Does one call."""
    function = METHODS.get(method.lower())
    if function is None:
        raise ApiError(404, "Not Found")
    result = function(telegram, params)
    return await result if inspect.isawaitable(result) else result
