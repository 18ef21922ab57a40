"""Several processes share one bot's rate: never more than it allows, all of it, also when one dies."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from bot.channels.rate_windows import FLIGHT_S, Priority, RateWindows, Ticket
from bot.rules.runtime.workers import (
    BEAT_EVERY_S,
    GONE_AFTER_S,
    GONE_COUNTS_S,
    LEASE_S,
    Slots,
    Worker,
    bulk_limit,
    look_around,
    next_news_in_s,
    share_out,
    without_gone,
)

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
        # Without a sender all of it is for answers.
        ([worker("b", "bot", 2), worker("c", "bot", 30)], {"b": (2, 0), "c": (28, 0)}),
        (
            [worker("b", "bot", 11), worker("c", "bot", 3), worker("d", "bot", 30)],
            {"b": (11, 0), "c": (3, 0), "d": (16, 0)},
        ),
        # With nothing to do there is room for what comes next.
        ([worker("b", "bot"), worker("c", "bot"), worker("s", "sender")], {"b": (3, 0), "c": (2, 0), "s": (25, 25)}),
    ],
)
def test_each_gets_what_it_needs_of_the_rate(workers: list[Worker], parts: dict[str, tuple[int, int]]) -> None:
    assert share_out(LIMIT, workers) == {name: Slots(*one) for name, one in parts.items()}


@pytest.mark.parametrize(("bot", "sender"), [(True, False), (False, True)])
def test_what_a_worker_leads_is_known_by_its_part(bot: bool, sender: bool) -> None:
    leader = replace(worker("a", "all"), leads_bot=bot, leads_sender=sender)
    assert (leader.leads("bot"), leader.leads("sender")) == (bot, sender)


@pytest.mark.parametrize("limit", [1, 2, 5, 30, 1000])
def test_the_parts_are_never_more_than_the_limit(limit: int) -> None:
    rng = random.Random(limit)
    for _ in range(200):
        roles = [rng.choice(["all", "bot", "sender"]) for _ in range(rng.randrange(1, 9))]
        crew = [
            worker(f"{n}", role, rng.randrange(limit + 1), rng.randrange(limit + 1)) for n, role in enumerate(roles)
        ]
        parts = share_out(limit, crew).values()
        assert sum(one.all for one in parts) <= limit
        assert sum(one.bulk for one in parts) <= bulk_limit(limit)
        assert all(0 <= one.bulk <= one.all for one in parts)


NOW, COUNTS_S = 100.0, 6.0
FIRST = Worker("a", "all", NOW, NOW, NOW + LEASE_S, NOW + LEASE_S + COUNTS_S, True, True, ready_at_s=NOW)


def looked(me: Worker, *others: Worker, now: float = NOW, wants: tuple[int, int] = (2, 30)) -> tuple[Worker, Slots]:
    return look_around(me, others, now, wants, LIMIT, COUNTS_S)


def test_who_is_alone_leads_and_has_the_whole_rate_at_once() -> None:
    me, slots = looked(Worker("a", "all", 0, 0, 0, 0))
    assert me == replace(FIRST, wants_urgent=2, wants_bulk=30)
    assert slots == Slots(LIMIT, bulk_limit(LIMIT))


def test_a_worker_that_goes_on_has_joined_when_it_did() -> None:
    me, _ = looked(FIRST, now=NOW + 1)
    assert (me.joined_s, me.ready_at_s, me.alive_until_s) == (NOW, NOW, NOW + 1 + LEASE_S)


@pytest.mark.parametrize(("role", "leads"), [("all", (True, True)), ("bot", (True, False)), ("sender", (False, True))])
def test_a_worker_leads_only_what_it_does(role: str, leads: tuple[bool, bool]) -> None:
    me, slots = looked(Worker("a", role, 0, 0, 0, 0))
    assert (me.leads_bot, me.leads_sender) == leads
    assert slots == Slots(LIMIT, bulk_limit(LIMIT))


@pytest.mark.parametrize(
    ("others", "leads"),
    [((True, False), (False, True)), ((False, True), (True, False)), ((True, True), (False, False))],
)
def test_nobody_leads_what_another_leads_who_lives(others: tuple[bool, bool], leads: tuple[bool, bool]) -> None:
    other = replace(FIRST, worker="b", leads_bot=others[0], leads_sender=others[1])
    me, _ = looked(Worker("a", "all", 0, 0, 0, 0), other)
    assert (me.leads_bot, me.leads_sender) == leads
    me, _ = looked(Worker("a", "all", 0, 0, 0, 0), other, now=other.alive_until_s)
    assert (me.leads_bot, me.leads_sender) == (True, True)


def test_who_joins_others_says_nothing_until_all_have_seen_it_and_what_they_sent_counts_no_more() -> None:
    joining = Worker("b", "all", 0, 0, 0, 0, wants_urgent=5, wants_bulk=5)
    me, slots = looked(joining, FIRST)  # FIRST wrote at this very instant, and may not have seen it
    assert (me.ready_at_s, me.wants_urgent, me.wants_bulk, slots) == (None, 0, 0, Slots(0, 0))
    seen = replace(FIRST, beat_s=NOW + 1)
    me, slots = looked(me, seen, now=NOW + 1)
    assert (me.ready_at_s, slots) == (NOW + 1 + COUNTS_S, Slots(0, 0))
    seen = replace(seen, alive_until_s=NOW + 10)
    me, slots = looked(me, seen, now=NOW + 1 + COUNTS_S)
    assert (me.ready_at_s, me.wants_urgent, me.wants_bulk) == (NOW + 1 + COUNTS_S, 2, 30)
    assert slots == share_out(LIMIT, [me, seen])["b"]


def test_a_rate_is_shared_with_those_only_who_may_speak() -> None:
    other = replace(FIRST, worker="b", beat_s=NOW + 0.5, wants_urgent=30, wants_bulk=30)
    assert looked(FIRST, other, now=NOW + 1)[1] == Slots(7, 5)
    assert looked(FIRST, replace(other, ready_at_s=NOW + 2), now=NOW + 1)[1] == Slots(LIMIT, bulk_limit(LIMIT))


@pytest.mark.parametrize(
    ("session", "silent_for", "gone"),
    [(7, GONE_AFTER_S, True), (7, GONE_AFTER_S - 0.1, False), (8, GONE_AFTER_S, False), (None, GONE_AFTER_S, False)],
)
def test_a_worker_whose_connection_has_ended_is_dead(session: int | None, silent_for: float, gone: bool) -> None:
    now = NOW + silent_for
    [one] = without_gone([replace(FIRST, session=session)], {8}, now)
    assert one.is_alive(now) is not gone
    assert (one.leads_bot, one.leads_sender) == (not gone, not gone)
    assert one.session == (None if gone else session)  # so it sees that it was taken for dead, if it was not
    assert one.counts_until_s == (NOW + GONE_AFTER_S + GONE_COUNTS_S if gone else FIRST.counts_until_s)


@pytest.mark.parametrize(
    ("now", "session", "in_s"),
    [
        (NOW + 0.5, 7, GONE_AFTER_S - 0.5),  # then it is dead
        (NOW + GONE_AFTER_S, 7, None),  # it is
        (NOW + 0.5, 8, None),  # it lives
        (NOW + LEASE_S + 1, None, COUNTS_S - 1),  # then it counts no more
    ],
)
def test_it_is_known_when_to_look_again(now: float, session: int | None, in_s: float | None) -> None:
    assert next_news_in_s([replace(FIRST, session=session)], {8}, now) == in_s


@pytest.mark.parametrize(("counts_until", "slots"), [(NOW + 5, 30), (NOW + 5.1, 10)])
def test_what_a_dead_worker_sent_counts_for_a_while(counts_until: float, slots: int) -> None:
    dead = replace(FIRST, worker="b", slots=20, counts_until_s=counts_until)
    assert looked(FIRST, dead, now=NOW + 5)[1].all == slots


def test_slots_are_never_fewer_than_none() -> None:
    assert looked(FIRST, replace(FIRST, worker="b", slots=31), now=NOW + 5)[1] == Slots(0, 0)


@pytest.mark.parametrize(("limit", "bulk"), [(1, 1), (2, 1), (30, 25)])
def test_bulk_has_a_part_of_any_limit(limit: int, bulk: int) -> None:
    assert bulk_limit(limit) == bulk


@dataclass
class Process:
    """A process with a limiter's windows before a server that is a little late, at random."""

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

    def _step(self, one: Process) -> None:
        now, windows = self.now, one.windows
        if now >= one.beats_at:
            one.beats_at = now + BEAT_EVERY_S * self.rng.uniform(0.9, 1.3)
            self._beat(one)
        if now >= one.lease_until:
            windows.set_limit(0, 0)
        for at, ticket in list(one.answers):
            if at <= now:
                one.answers.remove((at, ticket))
                windows.settle(now, ticket)
        if one.next is None:
            priority = Priority.BULK if one.me.does("sender") else Priority.INTERACTIVE
            one.next = windows.enter(now, next(self.chats), priority)
        for ticket in windows.admit(now):
            one.next = None
            windows.left(now, ticket)
            arrives = now + self.rng.choice([0.0, 0.02, 0.02, 0.3])
            self.arrived.append(arrives)
            one.answers.append((arrives + 0.02, ticket))

    def _beat(self, one: Process) -> None:
        others = [row for name, row in self.rows.items() if name != one.me.worker and row.counts_until_s > self.now]
        counts_for_s = FLIGHT_S + one.windows.span_s
        wants = (1, LIMIT) if one.me.does("sender") else (2, 1)
        me, slots = look_around(one.me, others, self.now, wants, LIMIT, counts_for_s)
        smaller = slots.within(one.slots)
        one.windows.set_limit(smaller.all, smaller.bulk)
        one.me = self.rows[me.worker] = replace(me, slots=max(slots.all, one.windows.occupied(self.now)))
        one.slots, one.lease_until = slots, self.now + LEASE_S
        one.windows.set_limit(slots.all, slots.bulk)

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
    assert {one.me.worker for one in server.crew if one.me.leads_sender and not one.dead} <= {"s2", "s3"}
    server.join("s4", "sender")
    server.run(10)
    assert server.busiest_second() <= LIMIT
    assert min(alone, together, after) > 0.75 * bulk_limit(LIMIT)
