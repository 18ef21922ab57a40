"""Several processes share one bot's rate: never more than it allows, all of it, also when one dies."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from bot.channels.rate_windows import FLIGHT_S, Priority, RateWindows, Ticket
from bot.rules.runtime.workers import BEAT_EVERY_S, LEASE_S, Slots, Worker, bulk_limit, look_around, share_out

LIMIT = 30


def worker(name: str, role: str, urgent: int = 1, bulk: int = 1) -> Worker:
    return Worker(name, role, 1.0, 2.0, 9.0, 12.0, wants_urgent=urgent, wants_bulk=bulk, ready_at_s=1.0)


@pytest.mark.parametrize(
    ("workers", "parts"),
    [
        # Who asks for all gets all that the others do not need.
        ([worker("s", "sender", bulk=30)], {"s": (25, 25)}),
        ([worker("a", "all", 1, 30)], {"a": (30, 25)}),
        ([worker("s", "sender", bulk=30), worker("t", "sender", bulk=1)], {"s": (24, 24), "t": (1, 1)}),
        ([worker("s", "sender", bulk=30), worker("t", "sender", bulk=30)], {"s": (13, 13), "t": (12, 12)}),
        ([worker("b", "bot"), worker("s", "sender", bulk=30)], {"b": (5, 0), "s": (25, 25)}),
        # Who is answered comes first, but for a third.
        ([worker("b", "bot", 30), worker("s", "sender", bulk=30)], {"b": (21, 0), "s": (9, 9)}),
        (
            [worker("b", "bot", 30), worker("c", "bot", 3), worker("s", "sender")],
            {"b": (18, 0), "c": (3, 0), "s": (9, 9)},
        ),
        # With nothing to do there is room for what comes next.
        ([worker("b", "bot"), worker("c", "bot"), worker("s", "sender")], {"b": (3, 0), "c": (2, 0), "s": (25, 25)}),
    ],
)
def test_each_gets_what_it_needs_of_the_rate(workers: list[Worker], parts: dict[str, tuple[int, int]]) -> None:
    assert share_out(LIMIT, workers) == {name: Slots(*its) for name, its in parts.items()}


@pytest.mark.parametrize("limit", [1, 2, 5, 30, 1000])
def test_the_parts_are_never_more_than_the_limit(limit: int) -> None:
    rng = random.Random(limit)
    for _ in range(200):
        roles = [rng.choice(["all", "bot", "sender"]) for _ in range(rng.randrange(1, 9))]
        crew = [
            worker(f"{n}", role, rng.randrange(limit + 1), rng.randrange(limit + 1)) for n, role in enumerate(roles)
        ]
        parts = share_out(limit, crew).values()
        assert sum(its.all for its in parts) <= limit
        assert sum(its.bulk for its in parts) <= bulk_limit(limit)
        assert all(0 <= its.bulk <= its.all for its in parts)


@dataclass
class Process:
    """A process with a pacer's windows before a server that is a little late, at random."""

    me: Worker
    beats_at: float
    slots: Slots = Slots(0, 0)
    lease_until: float = 0.0
    windows: RateWindows = field(default_factory=lambda: RateWindows(LIMIT, 1.0, 20, 0.02))
    answers: list[tuple[float, Ticket]] = field(default_factory=list)
    next: Ticket | None = None  # what waits
    dead: bool = False


class Server:
    """Some processes on one database; time passes in steps of 10 ms. Everybody who sends has always more to send."""

    def __init__(self, seed: int) -> None:
        self.rng, self.now, self.rows = random.Random(seed), 1000.0, dict[str, Worker]()
        self.arrived: list[float] = []
        self.crew: list[Process] = []
        self.chats = iter(range(1, 1_000_000))

    def join(self, name: str, role: str) -> Process:
        process = Process(Worker(name, role, 0.0, 0.0, 0.0, 0.0), self.now)
        process.windows.set_limit(0, 0)
        self.crew.append(process)
        return process

    def run(self, for_s: float) -> None:
        end = self.now + for_s
        while self.now < end:
            self.now += 0.01
            for process in self.crew:
                if not process.dead:
                    self._step(process)

    def _step(self, its: Process) -> None:
        now, windows = self.now, its.windows
        if now >= its.beats_at:
            its.beats_at = now + BEAT_EVERY_S * self.rng.uniform(0.9, 1.3)
            self._beat(its)
        if now >= its.lease_until:
            windows.set_limit(0, 0)
        for at, ticket in list(its.answers):
            if at <= now:
                its.answers.remove((at, ticket))
                windows.settle(now, ticket)
        if its.next is None:
            priority = Priority.BULK if its.me.does("sender") else Priority.INTERACTIVE
            its.next = windows.enter(now, next(self.chats), priority)
        for ticket in windows.admit(now):
            its.next = None
            windows.left(now, ticket)
            arrives = now + self.rng.choice([0.0, 0.02, 0.02, 0.3])
            self.arrived.append(arrives)
            its.answers.append((arrives + 0.02, ticket))

    def _beat(self, its: Process) -> None:
        others = [row for name, row in self.rows.items() if name != its.me.worker and row.counts_until_s > self.now]
        counts_for_s = FLIGHT_S + its.windows.span_s
        wants = (1, LIMIT) if its.me.does("sender") else (2, 1)
        me, slots = look_around(its.me, others, self.now, wants, LIMIT, counts_for_s)
        smaller = slots.within(its.slots)
        its.windows.set_limit(smaller.all, smaller.bulk)
        its.me = self.rows[me.worker] = replace(me, slots=max(slots.all, its.windows.occupied(self.now)))
        its.slots, its.lease_until = slots, self.now + LEASE_S
        its.windows.set_limit(slots.all, slots.bulk)

    def busiest_second(self) -> int:
        at = sorted(self.arrived)
        first = most = 0
        for last, instant in enumerate(at):
            while at[first] <= instant - 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    def rate(self, since: float) -> float:
        return sum(at > since for at in self.arrived) / (self.now - since)


def test_processes_that_come_and_die_never_pass_the_limit_and_use_all_of_it() -> None:
    server = Server(seed=1)
    first = server.join("s1", "sender")
    server.run(5)
    alone = server.rate(server.now - 4)
    server.join("b1", "bot"), server.join("s2", "sender"), server.join("s3", "sender")
    server.run(15)
    together = server.rate(server.now - 4)
    first.dead = True
    server.run(LEASE_S + FLIGHT_S + 5)
    after = server.rate(server.now - 3)
    assert {its.me.worker for its in server.crew if its.me.leads_sender and not its.dead} <= {"s2", "s3"}
    server.join("s4", "sender")
    server.run(10)
    assert server.busiest_second() <= LIMIT
    assert min(alone, together, after) > 0.75 * bulk_limit(LIMIT)
