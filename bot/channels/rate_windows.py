"""Rate windows: who may go when under the Bot API's limits. Pure arithmetic on given instants.

No waiting and no clock here; `rate_limiter` does the waiting. Instants are seconds on any clock that only runs forward.
A server counts a request when it arrives: after it was sent and before its answer. So a request stays in its windows
until one span after its answer, or, while no answer comes, after it was sent plus a bounded flight time. A request that
was admitted and is not sent yet, because the program or the network is slow, keeps its place.
"""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from itertools import count

from bot.channels.sending_lanes import BY_URGENCY, Entry, Lane, Priority, Ticket, Turns, Window
from bot.rules.runtime.workers import BULK_SHARE, bulk_limit

__all__ = ["BULK_SHARE", "FLIGHT_S", "Priority", "RateWindows", "Ticket", "chat_key", "is_group"]

MINUTE_S = 60.0
FLIGHT_S = 2.0
"""How late a request may arrive after it left. So long may the network, the server or this machine stand still, and all
that left meanwhile arrives at once; so long waits a chat's next message for the answer to the one before. A server that
always takes its time to answer gets less than the rate."""
CATCH_UP_S = 0.1
"""Bulk is spread evenly; this much of what a late wake-up cost it may follow at once."""
QUIET_S = 10.0
"""After so long in which only bulk asked, bulk may use all but one message of the limit. The first answer leaves at
once, and from then on bulk leaves its usual part free again."""
_FORGET_AT_ONCE = 4


class RateWindows:
    """Admits requests so that no limit is exceeded, by priority, with a share for less urgent ones; chats take turns.
    Chats are independent: one that waits delays no other."""

    def __init__(self, per_second: float, per_chat_s: float, per_group_minute: int, margin: float) -> None:
        stretch = 1 + margin
        limit = max(1, math.floor(per_second))
        self._whole = Window(limit, limit / per_second * stretch)
        self._bulk_limit = bulk_limit(limit)
        self._next_bulk_at = self._urgent_at = -math.inf
        self._per_chat_s = per_chat_s * stretch
        self._per_group_minute, self._minute_s = per_group_minute, MINUTE_S * stretch
        self._paused_until = -math.inf
        self._lanes: OrderedDict[int | str, Lane] = OrderedDict()
        self._ready: tuple[list[Entry], ...] = tuple([] for _ in Priority)
        self._turns = Turns()
        self._round = [0] * len(Priority)
        self._blocked: list[tuple[float, int, Lane]] = []
        self._seq, self._serial = count(), count()

    @property
    def chats(self) -> int:
        """How many chats are remembered: those recently written to, and those with waiting requests."""
        return len(self._lanes)

    @property
    def limit(self) -> int:
        """How many requests may be under way and within the last span."""
        return self._whole.limit

    @property
    def span_s(self) -> float:
        return self._whole.span_s

    def set_limit(self, limit: int, bulk: int) -> None:
        """The part of the bot's limit that is this process's from now on; 0: nothing goes."""
        self._whole.limit, self._bulk_limit = limit, bulk

    def occupied(self, now: float) -> int:
        """How many requests are within the limit now."""
        return self._whole.occupied(now)

    def urgent_chats(self) -> int:
        """In how many chats something other than bulk waits for the bot's limit only."""
        return sum(len(self._ready[priority]) for priority in BY_URGENCY if priority is not Priority.BULK)

    def enter(
        self,
        now: float,
        chat: int | str,
        priority: Priority,
        again: Ticket | None = None,
        messages: int = 1,
        thread: Hashable = None,
    ) -> Ticket:
        """Joins the queue; `again` with an earlier ticket, in that ticket's old place."""
        self._forget(now)
        lane = self._lane(chat)
        if priority is not Priority.BULK:
            self._urgent_at = now
        if again is None:
            ticket = Ticket(chat, priority, next(self._seq), messages, thread)
        else:
            ticket = Ticket(chat, priority, again.seq, messages, thread, again.turn, again.round)
        lane.join(now, ticket)
        self._offer(now, lane)
        return ticket

    def is_free(self, now: float, chat: int | str, by: float) -> bool:
        """Whether an answer in this chat would go by then, as far as the chat is concerned."""
        lane = self._lanes.get(chat)
        return self._paused_until <= by and (lane is None or lane.is_free(now, by))

    def leave(self, now: float, ticket: Ticket) -> None:
        """Gives up a place in the queue."""
        ticket.gone = True
        self._offer_chat(now, ticket.chat)

    def admit(self, now: float) -> list[Ticket]:
        """All requests that may go now, in order; they count as gone."""
        while self._blocked and self._blocked[0][0] <= now:
            at, _, lane = heapq.heappop(self._blocked)
            if at == lane.blocked_until:
                lane.blocked_until = math.inf
                self._offer(now, lane)
        return list(self._going(now))

    def left(self, now: float, ticket: Ticket) -> None:
        """An admitted request was sent."""
        for window, stay in ticket.stays:
            window.end(stay, now + FLIGHT_S + window.span_s)
        self._offer_chat(now, ticket.chat)

    def settle(self, now: float, ticket: Ticket) -> None:
        """The answer to an admitted request came, or will never come."""
        for window, stay in ticket.stays:
            window.end(stay, now + window.span_s)
        self._offer_chat(now, ticket.chat)

    def give_back(self, now: float, ticket: Ticket) -> None:
        """An admitted request will not be made: it does not count."""
        for window, stay in ticket.stays:
            window.end(stay, now)
        self._offer_chat(now, ticket.chat)

    def look_again_at(self, now: float) -> float | None:
        """When `admit` can next let a request through if nothing else happens; None if it cannot."""
        times = [self._blocked[0][0]] if self._blocked else []
        if (ticket := self._next(now)) is not None:
            times.append(self._whole_free_at(now, ticket))
        at = min(times, default=math.inf)
        return None if at == math.inf else at

    def pause(self, until: float, chat: int | str | None) -> None:
        """No request goes to this chat (None: to any chat) before `until`."""
        if chat is None:
            self._paused_until = max(self._paused_until, until)
        else:
            lane = self._lane(chat)
            lane.paused_until = max(lane.paused_until, until)

    def paused_until(self, chat: int | str) -> float:
        lane = self._lanes.get(chat)
        return max(self._paused_until, lane.paused_until if lane is not None else -math.inf)

    def _going(self, now: float) -> Iterator[Ticket]:
        while (ticket := self._next(now)) is not None:
            if self._whole_free_at(now, ticket) > now:
                return  # less urgent requests have no more room than this one
            heapq.heappop(self._ready[ticket.priority])
            self._let_go(now, ticket)
            yield ticket

    def _next(self, now: float) -> Ticket | None:
        """The next request among chats that are free."""
        if not any(self._ready):
            return None
        for _ in BY_URGENCY:  # looking at one priority may bring up a request of another that was checked before
            for priority in self._turns.order():
                if (ticket := self._front(now, priority)) is not None:
                    return ticket
        return None

    def _front(self, now: float, priority: Priority) -> Ticket | None:
        """The first request of this priority whose chat is free; outdated entries are dropped on the way."""
        ready = self._ready[priority]
        while ready:
            ticket = ready[0][3]
            lane = self._lanes.get(ticket.chat)
            if (
                not ticket.gone
                and lane is not None
                and lane.head(now) is ticket
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
        windows = (self._whole, *lane.windows_of(ticket))
        ticket.stays = [(w, w.take()) for w in windows for _ in range(min(ticket.messages, w.limit))]
        if ticket.priority is Priority.BULK:
            apart_s = self._whole.span_s / max(1, self._most_bulk(now))
            self._next_bulk_at = max(self._next_bulk_at, now - CATCH_UP_S) + apart_s
        assert ticket.round is not None, "it was offered"
        lane.next_round[ticket.priority] = ticket.round + 1
        self._round[ticket.priority] = max(self._round[ticket.priority], ticket.round)
        lane.went(now, ticket)
        self._turns.went(ticket, [p for p in BY_URGENCY if self._ready[p]])
        self._lanes.move_to_end(ticket.chat)
        self._offer(now, lane)

    def _offer_chat(self, now: float, chat: int | str) -> None:
        lane = self._lanes.get(chat)
        if lane is not None:
            self._offer(now, lane)

    def _offer(self, now: float, lane: Lane) -> None:
        """Puts a chat's next request into the queue, or the chat into the list of waiting ones."""
        head = lane.head(now)
        at = lane.parked_until(now) if head is None else lane.free_at(now, head.messages)
        if head is None or at > now:
            if at < lane.blocked_until:
                lane.blocked_until = at
                heapq.heappush(self._blocked, (at, next(self._serial), lane))
        elif not head.offered:
            head.offered = True
            if head.round is None:
                head.round = max(self._round[head.priority], lane.next_round[head.priority])
            heapq.heappush(self._ready[head.priority], (head.round, head.seq, next(self._serial), head))

    def _whole_free_at(self, now: float, ticket: Ticket) -> float:
        spare = ticket.priority is Priority.BULK and not self._turns.owes(Priority.BULK)
        most = self._most_bulk(now) if spare else self._whole.limit
        if most <= 0:
            return math.inf
        room_at = self._whole.room_at(now, ticket.messages, most)
        return max(room_at, self._paused_until, self._next_bulk_at if spare else now)

    def _most_bulk(self, now: float) -> int:
        """How many requests may be inside for one more of bulk to follow."""
        if self._bulk_limit <= 0 or now < self._urgent_at + QUIET_S:
            return self._bulk_limit
        return max(self._bulk_limit, self._whole.limit - 1)

    def _lane(self, chat: int | str) -> Lane:
        lane = self._lanes.get(chat)
        if lane is None:
            minute = Window(self._per_group_minute, self._minute_s) if is_group(chat) else None
            lane = self._lanes[chat] = Lane(chat, (Window(1, self._per_chat_s),), minute)
        return lane

    def _forget(self, now: float) -> None:
        """Drops a few chats without any entries; those not written to for the longest come first."""
        for chat in [chat for chat, _ in zip(self._lanes, range(_FORGET_AT_ONCE), strict=False)]:
            if self._lanes[chat].idle(now):
                del self._lanes[chat]
            else:  # nor are those that were written to later, mostly
                self._lanes.move_to_end(chat)
                return


def chat_key(chat_id: int | str) -> int | str:
    """A chat's key: its number, even if it was given as text, or its @name."""
    if isinstance(chat_id, int):
        return chat_id
    text = chat_id.strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text.lower()


def is_group(chat: int | str) -> bool:
    """Groups and channels have negative ids, or a name."""
    return isinstance(chat, str) or chat < 0
