"""The updates that wait for the bot, by long polling or by webhook, with Telegram's rules for both.

An update stays until it is confirmed: by a higher offset, or by a 2xx answer of the webhook.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from telegram.constants import PollingLimit, UpdateType

from bot.sandbox.bell import Bell
from bot.sandbox.errors import conflict

Raw = dict[str, Any]

_NOT_BY_DEFAULT = {UpdateType.CHAT_MEMBER, UpdateType.MESSAGE_REACTION, UpdateType.MESSAGE_REACTION_COUNT}
DEFAULT_UPDATES = frozenset(str(kind) for kind in UpdateType if kind not in _NOT_BY_DEFAULT)
_TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"
_WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
_FIRST_UPDATE_ID = 700_000_001


@dataclass(slots=True)
class Webhook:
    url: str
    secret_token: str = ""
    max_connections: int = 40
    last_error: tuple[int, str] | None = None


class UpdateQueue:
    """What happened and the bot has not confirmed yet."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.webhook: Webhook | None = None
        self.allowed = DEFAULT_UPDATES
        self.pending: list[Raw] = []
        self._history: dict[int, Raw] = {}
        self._ids: Iterator[int] = iter(range(_FIRST_UPDATE_ID, 2**31))
        self._poll: asyncio.Event | None = None
        self._closed = False

    def open(self) -> None:
        self._closed = False

    def close(self) -> None:
        """Ends the long polls under way; they answer with what is there."""
        self._closed = True
        self.bell.ring()

    @property
    def closed(self) -> bool:
        return self._closed

    def allow(self, kinds: Collection[str] | None) -> None:
        """Which kinds come from now on; an empty list means the default, None leaves it as it is."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or DEFAULT_UPDATES

    def put(self, kind: str, payload: Raw) -> int | None:
        """Queues an update; its id, or None when the bot did not ask for that kind."""
        if kind not in self.allowed:
            return None
        update_id = next(self._ids)
        update: Raw = {"update_id": update_id, kind: copy.deepcopy(payload)}
        self._history[update_id] = update
        self.pending.append(update)
        self.bell.ring()
        return update_id

    def repeat(self, update_id: int) -> None:
        """Delivers an update again under the same id, as happens when a confirmation is lost."""
        update = self._history.get(update_id)
        if update is None:
            raise KeyError(f"no update {update_id}; known are {sorted(self._history)}")
        self.pending = sorted([*self.pending, update], key=lambda one: one["update_id"])
        self.bell.ring()

    @property
    def last_update_id(self) -> int:
        """The id of the newest update there ever was."""
        return max(self._history)

    def drop_pending(self) -> None:
        self.pending.clear()

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[Raw]:
        """Up to `limit` updates from `offset` on, waiting up to `timeout_s` for the first; confirms those before."""
        if self.webhook is not None:
            raise conflict(_WEBHOOK_ACTIVE)
        if self._poll is not None:
            self._poll.set()
        mine = self._poll = asyncio.Event()
        self.bell.ring()
        try:
            return await self._poll_until(offset, limit, time.monotonic() + timeout_s, mine)
        finally:
            if self._poll is mine:
                self._poll = None

    async def _poll_until(self, offset: int, limit: int, end: float, terminated: asyncio.Event) -> list[Raw]:
        limit = limit if PollingLimit.MIN_LIMIT <= limit <= PollingLimit.MAX_LIMIT else PollingLimit.MAX_LIMIT
        self._confirm(offset)
        while not self.pending and not self._closed:
            if not await self.bell.wait(end - time.monotonic()):
                break
            if terminated.is_set():
                raise conflict(_TERMINATED)
            if self.webhook is not None:
                raise conflict("terminated by setWebhook request")
        return copy.deepcopy(self.pending[:limit])

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.pending = self.pending[offset:]
        else:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]

    def delivered(self, update: Raw) -> None:
        """The webhook took this one."""
        self.pending = [one for one in self.pending if one is not update]
        self.bell.ring()
