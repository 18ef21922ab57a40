"""Sending lanes: what waits to be sent in each chat, who is next, and how much room its limits have. Pure arithmetic on
instants.

`rate_windows` says how chats share the bot's rate, and how a request counts in a window.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count


class Priority(IntEnum):
    """The order of turns: what customers write and what people are answered first, then answers to agents in their
    group, then news there, then reminders."""

    INTERACTIVE = 0
    ANSWER = 1
    DESK = 2
    BULK = 3


BY_URGENCY = tuple(Priority)  # an enum takes long to go through
_REST = (Priority.ANSWER, Priority.DESK, Priority.BULK)  # all but words, in a group
SPARE_ROOM = 3
_FIRST = (Priority.INTERACTIVE, Priority.ANSWER)
SHARES = {Priority.ANSWER: 0.1, Priority.DESK: 0.2, Priority.BULK: 0.3}
"""What each of these has at least of all that goes while it waits, however much there is that is more urgent."""
THREAD_SHARE = 0.6
"""What one topic may take of its group's minute: the rest is for the others, also for those that come later."""
REST_SHARE, LEAST_REST = 0.55, 0.45
"""What answers to agents, cards, topics and news may take of a group's minute, less where much is being written, but
this at least: the rest is kept for words, so that no burst of claims or news makes them wait for the end of the
minute."""
LATELY = 3
"""People who begin to write go on at that pace: what came within this part of a minute counts so many times."""
SPARE_WORDS = 2
"""So many more words than within the last minute, or at the pace of its last part, find room."""
_MOST_THREADS = 64
"""Beyond so many, a group's topics in which nothing happens are forgotten."""


@dataclass(slots=True)
class Stay:
    """One request's time in one window."""

    until: float = math.inf
    over: bool = False


class Window:
    """At most `limit` requests within any `span_s` seconds, each arriving at most FLIGHT_S after it was sent."""

    __slots__ = ("_ends", "_occupied", "_serial", "limit", "span_s")

    def __init__(self, limit: int, span_s: float) -> None:
        self.limit, self.span_s = limit, span_s
        self._ends: list[tuple[float, int, Stay]] = []
        self._occupied = 0
        self._serial = count()

    def take(self) -> Stay:
        self._occupied += 1
        return Stay()

    def end(self, stay: Stay, until: float) -> None:
        """Ends a stay at `until`, if it does not end earlier."""
        if not stay.over and until < stay.until:
            stay.until = until
            heapq.heappush(self._ends, (until, next(self._serial), stay))

    def free_at(self, now: float, limit: int) -> float:
        """The earliest instant to ask again whether fewer than `limit` are inside: `now` if so already, infinity if
        that depends on a request being sent or answered."""
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
        return not self.occupied(now)

    def occupied(self, now: float) -> int:
        self.free_at(now, 1)
        return self._occupied

    @staticmethod
    def _stale(entry: tuple[float, int, Stay]) -> bool:
        return entry[2].over or entry[0] != entry[2].until


@dataclass(slots=True, eq=False)
class Ticket:
    """One request's place: `seq` is its rank within its priority, kept when it has to queue a second time. An album
    counts as many `messages` as it has parts. `thread` is what takes turns in a group, such as a topic.

    `turn` counts turns within the chat, `round` those of chats; requests with more of them come later.
    """

    chat: int | str
    priority: Priority
    seq: int
    messages: int = 1
    thread: Hashable = None
    turn: int | None = None
    round: int | None = None
    gone: bool = False
    offered: bool = False
    stays: list[tuple[Window, Stay]] = field(default_factory=list)


Entry = tuple[int, int, int, Ticket]
"""What is in a queue: the turn or round, the seq, a number of its own, the ticket."""


class Turns:
    """Whose turn it is if several priorities wait: the most urgent one's, except for turns owed to others by SHARES."""

    __slots__ = ("_owed",)

    def __init__(self) -> None:
        self._owed = [0.0] * len(Priority)

    def owes(self, priority: Priority) -> bool:
        return self._owed[priority] >= 1

    def order(self) -> Sequence[Priority]:
        """All priorities, the next one first."""
        if not any(map(self.owes, SHARES)):
            return BY_URGENCY
        return sorted(Priority, key=lambda p: (not self.owes(p), p))

    def went(self, ticket: Ticket, waiting: Collection[Priority]) -> None:
        """A request went, while others still wait."""
        for priority, share in SHARES.items():
            if priority is ticket.priority:
                self._owed[priority] = max(0.0, self._owed[priority] - ticket.messages)
            elif priority in waiting:
                self._owed[priority] += ticket.messages * share / (1 - share)
            else:
                self._owed[priority] = 0.0


class Thread:
    """One topic of a group: its part of the group's minute, and the requests that wait for it."""

    __slots__ = ("next_turn", "parked", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.parked: list[Entry] = []
        self.next_turn = [0] * len(Priority)

    def room_at(self, now: float) -> float:
        return min((self.window.room_at(now, entry[3].messages) for entry in self.parked), default=math.inf)


def _part(minute: Window, share: float) -> int:
    return max(1, math.floor(minute.limit * share + 1e-9))


class Lane:
    """One chat: its limits and its waiting requests. A group has threads, which take turns."""

    __slots__ = (
        *("blocked_until", "chat", "next_round", "paused_until", "waiting", "windows"),
        *("_minute", "_lately", "_rest", "_serial", "_threads", "_turn", "_turns"),
    )

    def __init__(self, chat: int | str, windows: tuple[Window, ...], minute: Window | None) -> None:
        self.chat, self.windows = chat, windows if minute is None else (*windows, minute)
        self.waiting: tuple[list[Entry], ...] = tuple([] for _ in Priority)
        self.paused_until = -math.inf
        self.blocked_until = math.inf
        self.next_round = [0] * len(Priority)
        self._minute = minute
        self._rest = None if minute is None else Window(_part(minute, REST_SHARE), minute.span_s)
        self._lately = None if minute is None else Window(minute.limit, minute.span_s / LATELY)
        self._threads: dict[Hashable, Thread] = {}
        self._turn = [0] * len(Priority)
        self._turns = Turns()
        self._serial = count()

    def join(self, now: float, ticket: Ticket) -> None:
        """Joins the queue, after those of its thread and the same turn of all other threads."""
        if ticket.turn is None:
            ticket.turn = 0
            if self._minute is not None:
                thread = self._thread(now, ticket)
                ticket.turn = max(self._turn[ticket.priority], thread.next_turn[ticket.priority])
                thread.next_turn[ticket.priority] = ticket.turn + 1
        self._put((ticket.turn, ticket.seq, next(self._serial), ticket))

    def head(self, now: float) -> Ticket | None:
        """The next request here: the first of the priority whose turn it is."""
        for thread in self._threads.values():
            if thread.parked and thread.room_at(now) <= now:
                for entry in thread.parked:
                    self._put(entry)
                thread.parked = []
        if not any(self.waiting):  # as in most chats at most times
            return None
        heads = [self._next_of(now, priority) for priority in BY_URGENCY]
        return next((ticket for p in self._turns.order() if (ticket := heads[p]) is not None), None)

    def parked_until(self, now: float) -> float:
        """When the first request that waits for its topic's part, or for the rest's part, can go; infinity if there
        is none."""
        rest = [self._ask_again_at(now)] if self._rest_waits(now) else []
        return min([*rest, *(thread.room_at(now) for thread in self._threads.values())], default=math.inf)

    def windows_of(self, ticket: Ticket) -> tuple[Window, ...]:
        """All limits here that count a request."""
        thread = self._threads.get(ticket.thread)
        part = self._rest if ticket.priority in _REST else self._lately
        topic = thread.window if thread is not None and ticket.thread is not None else None
        return (*self.windows, *(window for window in (part, topic) if window is not None))

    def went(self, now: float, ticket: Ticket) -> None:
        assert ticket.turn is not None, "it joined the queue"
        self._turn[ticket.priority] = max(self._turn[ticket.priority], ticket.turn)
        waiting = [p for p in BY_URGENCY if self.waiting[p] and self._next_of(now, p) is not None]
        self._turns.went(ticket, waiting)

    def free_at(self, now: float, messages: int) -> float:
        return max(self.paused_until, *(w.room_at(now, messages) for w in self.windows))

    def is_free(self, now: float, by: float) -> bool:
        """Whether an answer to an agent that is given now would go by then: no word and no other answer waits, and
        there is room for more than this one, because a word may come before it."""
        waits = any(not entry[3].gone for p in _FIRST for entry in self.waiting[p])
        return not waits and max(self.free_at(now, SPARE_ROOM), self._rest_at(now, SPARE_ROOM)) <= by

    def idle(self, now: float) -> bool:
        if self.paused_until > now or not all(w.empty(now) for w in self.windows):
            return False
        if self.head(now) is not None or self._rest_waits(now):
            return False
        return not any(thread.parked for thread in self._threads.values())

    def _next_of(self, now: float, priority: Priority) -> Ticket | None:
        """The first of this priority that may go as far as its group's parts are concerned."""
        if priority in _REST and self._rest_at(now) > now:
            return None
        return self._first(now, self.waiting[priority])

    def _rest_at(self, now: float, messages: int = 1) -> float:
        """When answers and news have room in their part of the group's minute; elsewhere they always have."""
        if self._minute is None or self._rest is None or self._lately is None:
            return now
        words = max(self._minute.occupied(now) - self._rest.occupied(now), LATELY * self._lately.occupied(now))
        left = self._minute.limit - words - SPARE_WORDS
        return self._rest.room_at(now, messages, max(_part(self._minute, LEAST_REST), min(self._rest.limit, left)))

    def _ask_again_at(self, now: float) -> float:
        """When there may be more room for answers and news than now: when some leave, or less was written lately."""
        words = 0 if self._lately is None else self._lately.occupied(now)
        return min(self._rest_at(now), self._lately.free_at(now, words) if self._lately and words else math.inf)

    def _rest_waits(self, now: float) -> bool:
        """Whether something other than words waits here."""
        return any(self.waiting[p] and self._first(now, self.waiting[p]) is not None for p in _REST)

    def _put(self, entry: Entry) -> None:
        heapq.heappush(self.waiting[entry[3].priority], entry)

    def _first(self, now: float, queue: list[Entry]) -> Ticket | None:
        """The first of a queue whose topic has room."""
        while queue:
            ticket = queue[0][3]
            thread = self._threads.get(ticket.thread)
            if not ticket.gone:
                if thread is None or ticket.thread is None or thread.window.room_at(now, ticket.messages) <= now:
                    return ticket
                thread.parked.append(queue[0])
            heapq.heappop(queue)
        return None

    def _thread(self, now: float, ticket: Ticket) -> Thread:
        thread = self._threads.get(ticket.thread)
        if thread is None:
            assert self._minute is not None, "only groups have threads"
            if len(self._threads) >= _MOST_THREADS:
                self._threads = {k: t for k, t in self._threads.items() if t.parked or not t.window.empty(now)}
            most = max(1, math.floor(self._minute.limit * THREAD_SHARE))
            thread = self._threads[ticket.thread] = Thread(Window(most, self._minute.span_s))
        return thread
