"""Keeps every call to the Bot API within Telegram's limits: python-telegram-bot asks here before each request.

`rate_windows` has the rules; here is the waiting: for a turn, and for the end of a flood wait. Calls that are not
messages (answers to button presses, typing signs, questions about the bot) pass at once.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from telegram.error import RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.channels.rate_windows import FLIGHT_S, Priority, RateWindows, Ticket, chat_key, is_group
from bot.channels.telegram_transport import HeldBack, NotSent, leaving
from bot.channels.topics import Topics
from bot.rules.runtime.workers import Slots
from bot.waiting import waiting_outside

__all__ = ["Priority", "RateLimiter", "flood_wait_s"]

GIVE_UP_S = 600.0
"""How long a call is tried again through flood waits, counted from when it was first made."""
PATIENCE_S = 10.0
"""How long BULK waits for its turn: what it says was checked before, and its claim does not last for ever."""
SOON_S = 3.0
"""Who asked for something and has to wait longer is answered elsewhere, if that can be."""
FLOOD_MARGIN_S = 0.1
"""A flood wait never ends early, by whichever clock."""

_PACED = (
    "send",
    "edit",
    "copy",
    "forward",
    "create",
    "close",
    "reopen",
    "pin",
    "unpin",
    "delete",
    "stop",
    "hide",
    "unhide",
)
_NOT_PACED = frozenset({"sendChatAction"})

Answer = bool | dict[str, Any] | list[dict[str, Any]]


@dataclass(slots=True)
class _Waiter:
    """A call that waits for its turn: because of a flood wait until `give_up_at` at most, and until `patient_until` in
    any case."""

    turn: asyncio.Future[None]
    chat: int | str
    give_up_at: float
    patient_until: float


class ChatTurns(Protocol):
    """What a limiter asks before each message where other processes write to the same chats (`bot.work.runtime`)."""

    async def take(self, chat: str) -> float:
        """In how many seconds to ask again; 0.0: this process may write there now, and no other does until `end`."""

    def end(self, chat: str) -> None:
        """What was sent there was answered, or was not sent."""


class RateLimiter(BaseRateLimiter[Priority]):
    """One bot's limits over all its calls; `rate_limit_args` is a call's Priority, without one it is INTERACTIVE.

    `per_second` messages over all chats, one each `per_chat_s` seconds in one chat, `per_group_minute` within a minute
    in a group or channel; each limit has a `margin` (a part of its time span). A flood wait in a group pauses that
    group, any other pauses the whole bot. All but BULK calls are repeated after it, unless it ends later than
    GIVE_UP_S. BULK calls end with RetryAfter at once, so that their contents are checked again before sending; they
    also end if their turn does not come within PATIENCE_S because other calls are more urgent.

    A limiter knows nothing about calls before its start. Limits of a second or two are over before a program has
    started, but a group's minute is not. `room` is asked before each call to a group: it returns in how many seconds
    there is room for so many messages; 0.0 means that the call may be made now and is counted.

    Several processes share a bot (`bot.work.runtime.workers`): `set_slots` says which part of the bot's rate is this
    one's, `chat_turns` who writes to a chat, and `flooded` is called when Telegram has asked the whole bot to wait.
    """

    chat_turns: ChatTurns | None = None
    flooded: Callable[[], None] | None = None

    def __init__(
        self,
        per_second: float = 30,
        per_chat_s: float = 1.0,
        per_group_minute: int = 20,
        *,
        room: Callable[[int | str, int], Awaitable[float]] | None = None,
        margin: float = 0.02,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if per_second <= 0 or per_chat_s <= 0 or per_group_minute < 1 or margin < 0:
            raise ValueError(
                "a limiter needs rates above 0 and a margin of 0 or more, not "
                f"{per_second=}, {per_chat_s=}, {per_group_minute=}, {margin=}"
            )
        self._windows = RateWindows(per_second, per_chat_s, per_group_minute, margin)
        self.limit, self.span_s = self._windows.limit, self._windows.span_s
        self.per_chat_s = per_chat_s * (1 + margin)
        self._went_urgent = self._went_bulk = 0  # since `demand` was last asked
        self._bulk_waited = False
        self._room, self._topics = room, Topics()
        self._monotonic, self._sleep = monotonic, sleep
        self._waiting: dict[Ticket, _Waiter] = {}
        self._impatient: deque[Ticket] = deque()  # in the order in which their patience ends
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = math.inf

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._waiting)

    @property
    def chats(self) -> int:
        """How many chats are remembered."""
        return self._windows.chats

    @property
    def counts_for_s(self) -> float:
        """For how long after it was sent a message may count at Telegram, if no answer comes."""
        return FLIGHT_S + self.span_s

    @property
    def paused_for_s(self) -> float:
        """For how long Telegram has asked the whole bot to wait."""
        return max(0.0, self._windows.paused_until(0) - self._monotonic())

    def is_free(self, chat_id: int | str) -> bool:
        """Whether an answer in this chat would go within `SOON_S`."""
        now = self._monotonic()
        return self._windows.is_free(now, chat_key(chat_id), now + SOON_S)

    def demand(self) -> tuple[int, int]:
        """How many messages this process could send in a second, going by what it sent since this was last asked and
        what waits: urgent ones, and bulk, which takes all it can get if any of it had to wait."""
        urgent = self._went_urgent + self._windows.urgent_chats() + 1
        bulk = self.limit if self._bulk_waited else self._went_bulk + 1
        self._went_urgent = self._went_bulk = 0
        self._bulk_waited = False
        return min(self.limit, urgent), min(self.limit, bulk)

    def set_slots(self, slots: Slots) -> int:
        """Keeps to this part of the bot's rate from now on; returns how much of it is in use, which may be more."""
        self._windows.set_limit(slots.all, slots.bulk)
        self._pump()
        return self._windows.occupied(self._monotonic())

    def pause(self, seconds: float) -> None:
        """Sends nothing for so long, because Telegram has asked another process of the bot to wait."""
        self._windows.pause(self._monotonic() + seconds, None)

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Ends the waiting calls, with NotSent."""
        self._set_alarm(math.inf)
        for ticket, waiter in list(self._waiting.items()):
            self._end_waiter(ticket, waiter, NotSent("the program is ending, this call had not had its turn"))

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> Answer:
        """Makes the call when its turn comes. `callback` may wait a moment before the request goes out, for a last look
        at what it says; its turn is kept, and given back if it raises HeldBack."""
        with waiting_outside():
            return await self._process(callback, args, kwargs, endpoint, data, rate_limit_args)

    async def _process(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> Answer:
        chat_id = data.get("chat_id")
        if chat_id is None or endpoint in _NOT_PACED or not endpoint.startswith(_PACED):
            return await callback(*args, **kwargs)
        chat = chat_key(chat_id)
        priority = Priority.INTERACTIVE if rate_limit_args is None else rate_limit_args
        give_up_at = -math.inf if priority is Priority.BULK else self._monotonic() + GIVE_UP_S
        patient_until = self._monotonic() + PATIENCE_S if priority is Priority.BULK else math.inf
        ticket: Ticket | None = None
        messages, topic = _messages_in(endpoint, data), self._topics.of(chat, data) if is_group(chat) else None
        while True:
            ticket = await self._turn(chat, priority, give_up_at, patient_until, ticket, messages, topic)
            if not await self._is_its_turn(chat, ticket, patient_until):
                continue
            if not await self._has_room(chat, ticket):
                continue
            told = leaving.set(partial(self._left, ticket))
            try:
                answer = await callback(*args, **kwargs)
            except HeldBack:
                self._give_back(ticket)
                raise
            except RetryAfter as flood:
                if self._flooded(chat, flood) > give_up_at:
                    raise
            else:
                self._topics.note(chat, topic, answer)
                return answer
            finally:
                leaving.reset(told)
                self._settle(ticket)
                self._end_chat_turn(chat)

    async def _turn(
        self,
        chat: int | str,
        priority: Priority,
        give_up_at: float,
        patient_until: float,
        again: Ticket | None,
        messages: int,
        thread: Hashable,
    ) -> Ticket:
        """Waits for a turn, `again` in an earlier ticket's place. Raises RetryAfter if a flood wait is longer than this
        call may wait."""
        while True:
            now = self._monotonic()
            paused_until = self._windows.paused_until(chat)
            if paused_until > max(now, give_up_at):
                raise RetryAfter(math.ceil(paused_until - now))
            ticket = self._windows.enter(now, chat, priority, again, messages, thread)
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            waiter = self._waiting[ticket] = _Waiter(turn, chat, give_up_at, patient_until)
            if priority is Priority.BULK:
                self._impatient.append(ticket)
            self._pump()
            self._bulk_waited |= priority is Priority.BULK and not turn.done()
            try:
                await waiter.turn
            except asyncio.CancelledError:
                self._windows.leave(self._monotonic(), ticket)
                self._settle(ticket)
                raise
            finally:
                del self._waiting[ticket]
            if self._windows.paused_until(chat) <= self._monotonic():
                return ticket
            self._give_back(ticket)  # a flood wait began after the turn was given and before it was used
            again = ticket

    async def _is_its_turn(self, chat: int | str, ticket: Ticket, patient_until: float) -> bool:
        """Whether no other process writes to the chat now; if one does, waits for it."""
        if self.chat_turns is None:
            return True
        try:
            wait_s = await self.chat_turns.take(str(chat))
        except BaseException:
            self._give_back(ticket)
            raise
        if wait_s <= 0:
            return self._may_still_go(chat, ticket)
        self._give_back(ticket)
        if self._monotonic() + wait_s > patient_until:
            raise RetryAfter(1)
        await self._sleep(wait_s)
        return False

    def _end_chat_turn(self, chat: int | str) -> None:
        if self.chat_turns is not None:
            self.chat_turns.end(str(chat))

    async def _has_room(self, chat: int | str, ticket: Ticket) -> bool:
        """Whether the group has room for this call; if not, no call goes there before it has. Asking takes time, in
        which a flood wait may begin: then the call has to wait for it, and asks again."""
        if self._room is None or not is_group(chat):
            return True
        try:
            wait_s = await self._room(chat, ticket.messages)
        except BaseException:
            self._give_back(ticket)
            self._end_chat_turn(chat)
            raise
        if wait_s > 0:
            self._windows.pause(self._monotonic() + wait_s, chat)
        return self._may_still_go(chat, ticket)

    def _may_still_go(self, chat: int | str, ticket: Ticket) -> bool:
        """Whether no flood wait has begun since the turn was given, and this process has its part of the rate still."""
        may_go = self._windows.paused_until(chat) <= self._monotonic() and self._windows.limit > 0
        if not may_go:
            self._give_back(ticket)
            self._end_chat_turn(chat)
        return may_go

    def _left(self, ticket: Ticket) -> None:
        self._windows.left(self._monotonic(), ticket)
        self._pump()

    def _settle(self, ticket: Ticket) -> None:
        self._windows.settle(self._monotonic(), ticket)
        self._pump()

    def _give_back(self, ticket: Ticket) -> None:
        self._windows.give_back(self._monotonic(), ticket)
        self._pump()

    def _flooded(self, chat: int | str, flood: RetryAfter) -> float:
        """Pauses the group or the bot for the flood wait, and ends calls that may not wait so long; returns when it
        ends."""
        now = self._monotonic()
        until = now + flood_wait_s(flood) + FLOOD_MARGIN_S
        whom = chat if is_group(chat) else None
        self._windows.pause(until, whom)
        if whom is None and self.flooded is not None:
            self.flooded()
        for ticket, waiter in list(self._waiting.items()):
            if until > waiter.give_up_at and whom in (None, waiter.chat):
                self._end_waiter(ticket, waiter, RetryAfter(math.ceil(until - now)))
        return until

    def _end_waiter(self, ticket: Ticket, waiter: _Waiter, why: TelegramError) -> None:
        if not waiter.turn.done():
            self._windows.leave(self._monotonic(), ticket)
            waiter.turn.set_exception(why)

    def _pump(self) -> None:
        """Lets calls go that may go, and sets the alarm for the next."""
        now = self._monotonic()
        for ticket in self._windows.admit(now):
            turn = self._waiting[ticket].turn
            if not turn.done():
                turn.set_result(None)
            if ticket.priority is Priority.BULK:
                self._went_bulk += ticket.messages
            else:
                self._went_urgent += ticket.messages
        patient_until = self._end_impatient(now)
        again_at = self._windows.look_again_at(now)
        self._set_alarm(patient_until if again_at is None else min(again_at, patient_until))

    def _end_impatient(self, now: float) -> float:
        """Ends the calls whose patience is over; returns when the next one's will be."""
        while self._impatient:
            ticket = self._impatient[0]
            waiter = self._waiting.get(ticket)
            if waiter is not None and not waiter.turn.done():
                if waiter.patient_until > now:
                    return waiter.patient_until
                self._end_waiter(ticket, waiter, RetryAfter(1))
            self._impatient.popleft()
        return math.inf

    def _set_alarm(self, at: float) -> None:
        if at == math.inf or at < self._alarm_at:
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm, self._alarm_at = None, math.inf
        if at < self._alarm_at:
            self._alarm = asyncio.get_running_loop().create_task(self._ring(at))
            self._alarm_at = at

    async def _ring(self, at: float) -> None:
        while (left_s := at - self._monotonic()) > 0:
            await self._sleep(left_s)
        self._alarm, self._alarm_at = None, math.inf
        self._pump()


def _messages_in(endpoint: str, data: dict[str, Any]) -> int:
    """How many messages a call sends: Telegram counts each part of an album."""
    parts = data.get({"sendMediaGroup": "media", "copyMessages": "message_ids"}.get(endpoint, ""))
    return max(1, len(parts)) if isinstance(parts, (list, tuple)) else 1


def flood_wait_s(flood: RetryAfter) -> float:
    """How many seconds Telegram asks to wait."""
    wait = flood.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
