"""Who may go when: the Bot API's limits as a turnstile, pure arithmetic on instants that it is given.

No waiting, no clock and no telegram in here; `pacer` does the waiting. Instants are seconds on any clock that only runs
forward. A server counts a request when it arrives, which is after it left here and before its answer; a request
therefore stays in its windows until one span after its answer, or, while no answer comes, after it left and a bounded
flight. One that was let through and has not left yet, because the program or the network is slow, holds its place.
"""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count

MINUTE_S = 60.0
FLIGHT_S = 2.0
"""How late a request may arrive after it left. So long may the network, the server or this machine stand still, and all
that left meanwhile arrives at once; so long waits a chat's next message for the answer to the one before. A server that
always takes its time to answer gets less than the rate."""
BULK_SHARE = 0.85
"""Bulk leaves the rest of the bot's budget free, so that who writes is answered at once."""
CATCH_UP_S = 0.1
"""Bulk is spread evenly; this much of what a late wake-up cost it may follow at once."""
_FORGET_AT_ONCE = 4


class Priority(IntEnum):
    """Whose turn is first: answers to whoever wrote, then the agents' group, then reminders."""

    INTERACTIVE = 0
    DESK = 1
    BULK = 2


_BY_URGENCY = tuple(Priority)


@dataclass(slots=True)
class _Stay:
    """One request's time in one window."""

    until: float = math.inf
    over: bool = False


class _Window:
    """At most `limit` requests within any `span_s` seconds, each arriving at most FLIGHT_S after it left."""

    __slots__ = ("_ends", "_occupied", "_serial", "limit", "span_s")

    def __init__(self, limit: int, span_s: float) -> None:
        self.limit, self.span_s = limit, span_s
        self._ends: list[tuple[float, int, _Stay]] = []
        self._occupied = 0
        self._serial = count()

    def take(self) -> _Stay:
        self._occupied += 1
        return _Stay()

    def end(self, stay: _Stay, until: float) -> None:
        """Lets a stay end at `until`, if it does not end earlier."""
        if not stay.over and until < stay.until:
            stay.until = until
            heapq.heappush(self._ends, (until, next(self._serial), stay))

    def free_at(self, now: float, limit: int) -> float:
        """The earliest instant to ask again whether fewer than `limit` are inside: `now` if that is so already,
        infinity where it takes somebody's leaving or answer."""
        while self._ends and (self._stale(self._ends[0]) or self._ends[0][0] <= now):
            entry = heapq.heappop(self._ends)
            if not self._stale(entry):
                entry[2].over = True
                self._occupied -= 1
        if self._occupied < limit:
            return now
        return self._ends[0][0] if self._ends else math.inf

    def room_at(self, now: float, messages: int, limit: int | None = None) -> float:
        """The earliest instant to ask again whether there is room for so many."""
        most = limit or self.limit
        return self.free_at(now, most + 1 - min(messages, most))

    def empty(self, now: float) -> bool:
        self.free_at(now, 1)
        return not self._occupied

    @staticmethod
    def _stale(entry: tuple[float, int, _Stay]) -> bool:
        return entry[2].over or entry[0] != entry[2].until


@dataclass(slots=True, eq=False)
class Ticket:
    """One request's place: `seq` is its rank within its priority, kept when it has to queue a second time. An album
    weighs as many `messages` as it has parts."""

    chat: int | str
    priority: Priority
    seq: int
    messages: int = 1
    gone: bool = False
    offered: bool = False
    stays: list[tuple[_Window, _Stay]] = field(default_factory=list)


class _Lane:
    """One chat: its limits and who waits to write to it."""

    __slots__ = ("blocked_until", "chat", "paused_until", "waiting", "windows")

    def __init__(self, chat: int | str, windows: tuple[_Window, ...]) -> None:
        self.chat, self.windows = chat, windows
        self.waiting: tuple[list[tuple[int, int, Ticket]], ...] = tuple([] for _ in Priority)
        self.paused_until = -math.inf
        self.blocked_until = math.inf

    def head(self) -> Ticket | None:
        """Who is next here: the first of the highest priority."""
        for queue in self.waiting:
            while queue and queue[0][2].gone:
                heapq.heappop(queue)
            if queue:
                return queue[0][2]
        return None

    def free_at(self, now: float, messages: int) -> float:
        return max(self.paused_until, *(w.room_at(now, messages) for w in self.windows))

    def idle(self, now: float) -> bool:
        return self.head() is None and self.paused_until <= now and all(w.empty(now) for w in self.windows)


class Turnstile:
    """Lets requests through so that no limit is ever passed, by priority, first come first served within one, and each
    chat for itself: one that has to wait holds up no other."""

    def __init__(self, per_second: float, per_chat_s: float, per_group_minute: int, margin: float) -> None:
        stretch = 1 + margin
        limit = max(1, math.floor(per_second))
        self._whole = _Window(limit, limit / per_second * stretch)
        self._bulk_limit = max(1, math.floor(limit * BULK_SHARE))
        self._bulk_gap_s = self._whole.span_s / self._bulk_limit
        self._next_bulk_at = -math.inf
        self._per_chat_s = per_chat_s * stretch
        self._per_group_minute, self._minute_s = per_group_minute, MINUTE_S * stretch
        self._paused_until = -math.inf
        self._lanes: OrderedDict[int | str, _Lane] = OrderedDict()
        self._ready: tuple[list[tuple[int, int, Ticket]], ...] = tuple([] for _ in Priority)
        self._blocked: list[tuple[float, int, _Lane]] = []
        self._seq, self._serial = count(), count()

    @property
    def chats(self) -> int:
        """How many chats are remembered: those written to of late, or waited for."""
        return len(self._lanes)

    def enter(
        self, now: float, chat: int | str, priority: Priority, seq: int | None = None, messages: int = 1
    ) -> Ticket:
        """Joins the queue; with the `seq` of an earlier ticket, at that ticket's old place."""
        self._forget(now)
        lane = self._lane(chat)
        ticket = Ticket(chat, priority, next(self._seq) if seq is None else seq, messages)
        heapq.heappush(lane.waiting[priority], (ticket.seq, next(self._serial), ticket))
        self._offer(now, lane)
        return ticket

    def leave(self, now: float, ticket: Ticket) -> None:
        """Gives up a place in the queue."""
        ticket.gone = True
        self._offer_chat(now, ticket.chat)

    def admit(self, now: float) -> list[Ticket]:
        """All who may go now, in order; they count as gone."""
        while self._blocked and self._blocked[0][0] <= now:
            at, _, lane = heapq.heappop(self._blocked)
            if at == lane.blocked_until:
                lane.blocked_until = math.inf
                self._offer(now, lane)
        return list(self._going(now))

    def left(self, now: float, ticket: Ticket) -> None:
        """An admitted request is on its way."""
        for window, stay in ticket.stays:
            window.end(stay, now + FLIGHT_S + window.span_s)
        self._offer_chat(now, ticket.chat)

    def settle(self, now: float, ticket: Ticket) -> None:
        """The answer to an admitted request came, or never will."""
        for window, stay in ticket.stays:
            window.end(stay, now + window.span_s)
        self._offer_chat(now, ticket.chat)

    def give_back(self, now: float, ticket: Ticket) -> None:
        """An admitted request will not be made after all: nobody has to reckon with it."""
        for window, stay in ticket.stays:
            window.end(stay, now)
        self._offer_chat(now, ticket.chat)

    def look_again_at(self, now: float) -> float | None:
        """When `admit` can next let somebody through if nothing happens until then; None where it cannot."""
        times = [self._blocked[0][0]] if self._blocked else []
        waiting = next((p for p in _BY_URGENCY if self._ready[p]), None)
        if waiting is not None:
            times.append(self._whole_free_at(now, waiting, self._ready[waiting][0][2].messages))
        at = min(times, default=math.inf)
        return None if at == math.inf else at

    def pause(self, until: float, chat: int | str | None) -> None:
        """Nobody goes to this chat (None: to any) before `until`."""
        if chat is None:
            self._paused_until = max(self._paused_until, until)
        else:
            lane = self._lane(chat)
            lane.paused_until = max(lane.paused_until, until)

    def paused_until(self, chat: int | str) -> float:
        lane = self._lanes.get(chat)
        return max(self._paused_until, lane.paused_until if lane is not None else -math.inf)

    def _going(self, now: float) -> Iterator[Ticket]:
        for priority in _BY_URGENCY:
            while (ticket := self._front(now, priority)) is not None:
                if self._whole_free_at(now, priority, ticket.messages) > now:
                    return  # whoever is less urgent has no more room than this one
                heapq.heappop(self._ready[priority])
                self._let_go(now, ticket)
                yield ticket

    def _front(self, now: float, priority: Priority) -> Ticket | None:
        """The first of this priority whose chat is free; entries that events have overtaken are dropped on the way."""
        ready = self._ready[priority]
        while ready:
            ticket = ready[0][2]
            lane = self._lanes.get(ticket.chat)
            if (
                not ticket.gone
                and lane is not None
                and lane.head() is ticket
                and lane.free_at(now, ticket.messages) <= now
            ):
                return ticket
            heapq.heappop(ready)
            ticket.offered = False
            if lane is not None and not ticket.gone:
                self._offer(now, lane)
        return None

    def _let_go(self, now: float, ticket: Ticket) -> None:
        lane = self._lanes[ticket.chat]
        ticket.gone = True
        windows = (self._whole, *lane.windows)
        ticket.stays = [(w, w.take()) for w in windows for _ in range(min(ticket.messages, w.limit))]
        if ticket.priority is Priority.BULK:
            self._next_bulk_at = max(self._next_bulk_at, now - CATCH_UP_S) + self._bulk_gap_s
        self._lanes.move_to_end(ticket.chat)
        self._offer(now, lane)

    def _offer_chat(self, now: float, chat: int | str) -> None:
        lane = self._lanes.get(chat)
        if lane is not None:
            self._offer(now, lane)

    def _offer(self, now: float, lane: _Lane) -> None:
        """Puts the next of a chat among those who may go, or the chat among those that have to wait."""
        head = lane.head()
        if head is None:
            return
        at = lane.free_at(now, head.messages)
        if at > now:
            if at < lane.blocked_until:
                lane.blocked_until = at
                heapq.heappush(self._blocked, (at, next(self._serial), lane))
        elif not head.offered:
            head.offered = True
            heapq.heappush(self._ready[head.priority], (head.seq, next(self._serial), head))

    def _whole_free_at(self, now: float, priority: Priority, messages: int) -> float:
        bulk = priority is Priority.BULK
        room_at = self._whole.room_at(now, messages, self._bulk_limit if bulk else None)
        return max(room_at, self._paused_until, self._next_bulk_at if bulk else now)

    def _lane(self, chat: int | str) -> _Lane:
        lane = self._lanes.get(chat)
        if lane is None:
            windows: tuple[_Window, ...] = (_Window(1, self._per_chat_s),)
            if is_group(chat):
                windows = (*windows, _Window(self._per_group_minute, self._minute_s))
            lane = self._lanes[chat] = _Lane(chat, windows)
        return lane

    def _forget(self, now: float) -> None:
        """Drops a few chats that nothing holds any more; those not written to for longest come first."""
        for chat in [chat for chat, _ in zip(self._lanes, range(_FORGET_AT_ONCE), strict=False)]:
            if self._lanes[chat].idle(now):
                del self._lanes[chat]
            else:
                self._lanes.move_to_end(chat)


def chat_key(chat_id: int | str) -> int | str:
    """A chat as one and the same key: its number, also where that was given as text, or its @name."""
    if isinstance(chat_id, int):
        return chat_id
    text = chat_id.strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text.lower()


def is_group(chat: int | str) -> bool:
    """Groups and channels have negative ids, or are called by a name."""
    return isinstance(chat, str) or chat < 0
