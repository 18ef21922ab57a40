"""Several processes of one bot on one database: who leads, and how they share the bot's rate. Pure arithmetic.

Each process (a worker) writes once a second that it is alive, and what it could use of the rate; one at a time does so
and sees all others. From the same rows each of them finds the same parts. A part consists of slots: a worker never has
more messages under way and within the last second than slots, and all slots together are the bot's limit. So the limit
holds without asking anybody before a message. A worker gives slots up only when they are empty, and those of a dead one
are free when its last message no longer counts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Part = Literal["bot", "sender"]
"""What one worker at a time does for all: `bot` asks Telegram for updates and serves the agents' desk, `sender` plans
and guards."""

BEAT_EVERY_S = 1.0
GONE_AFTER_S = 2 * BEAT_EVERY_S
"""A worker whose connection has ended and that has not written for so long was killed: if only its connection had
broken, it would have noticed."""
GONE_COUNTS_S = 2.0
"""For so long after it wrote no more what a killed worker had sent may still count at Telegram: its requests ended with
it."""
LEASE_S = 4.0
"""A worker that has not written for so long counts as dead, and by itself does nothing more that others may do then."""
BULK_SHARE = 0.85
"""Bulk leaves the rest of the bot's budget free while people write, so that they are answered at once."""
LEAST_BULK = 0.3
"""What bulk has at least, however much there is that is more urgent."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One process, as it last wrote. Instants are seconds by the database's clock."""

    worker: str
    role: str  # all, bot, sender
    joined_s: float
    beat_s: float
    alive_until_s: float
    counts_until_s: float  # until then what it sent may count at Telegram
    leads_bot: bool = False
    leads_sender: bool = False
    slots: int = 0
    wants_urgent: int = 0
    wants_bulk: int = 0
    paused_until_s: float = 0.0
    ready_at_s: float | None = None  # from then it may speak; None: some do not know of it yet
    session: int | None = None  # the number of the connection that it keeps open as long as it lives

    def is_alive(self, now_s: float) -> bool:
        return self.alive_until_s > now_s

    def is_ready(self, now_s: float) -> bool:
        return self.ready_at_s is not None and self.ready_at_s <= now_s

    def leads(self, part: Part) -> bool:
        return self.leads_bot if part == "bot" else self.leads_sender

    def does(self, part: Part) -> bool:
        return self.role in ("all", part)


@dataclass(frozen=True, slots=True)
class Slots:
    """A worker's part of the bot's rate; `bulk` is how much of it reminders may take."""

    all: int
    bulk: int

    def within(self, other: Slots) -> Slots:
        return Slots(min(self.all, other.all), min(self.bulk, other.bulk))


def without_gone(others: Sequence[Worker], sessions: Collection[int], now_s: float) -> list[Worker]:
    """The same workers; those whose connection is not among the open ones are marked as dead."""

    def is_gone(worker: Worker) -> bool:
        return _has_ended(worker, sessions) and worker.is_alive(now_s) and now_s - worker.beat_s >= GONE_AFTER_S

    return [_ended(worker, now_s) if is_gone(worker) else worker for worker in others]


def next_news_in_s(others: Sequence[Worker], sessions: Collection[int], now_s: float) -> float | None:
    """In how many seconds one of these is dead, or counts no more, by what is known now; None: of none."""
    at = [worker.beat_s + GONE_AFTER_S for worker in others if worker.is_alive(now_s) and _has_ended(worker, sessions)]
    at += [worker.counts_until_s for worker in others if not worker.is_alive(now_s)]
    return min((instant - now_s for instant in at if instant > now_s), default=None)


def _has_ended(worker: Worker, sessions: Collection[int]) -> bool:
    return worker.session is not None and worker.session not in sessions


def _ended(worker: Worker, now_s: float) -> Worker:
    counts_until_s = min(worker.counts_until_s, worker.beat_s + GONE_AFTER_S + GONE_COUNTS_S)
    return replace(
        worker,
        alive_until_s=now_s,
        counts_until_s=counts_until_s,
        leads_bot=False,
        leads_sender=False,
        session=None,
    )


def look_around(
    me: Worker, others: Sequence[Worker], now_s: float, wants: tuple[int, int], limit: int, counts_for_s: float
) -> tuple[Worker, Slots]:
    """What this worker is from now on, and its part of the bot's `limit`. `others` are those of whom something counts
    still, `wants` is what it could use: urgent and bulk. A message counts for `counts_for_s` at most."""
    me = replace(
        me,
        joined_s=me.joined_s or now_s,
        beat_s=now_s,
        alive_until_s=now_s + LEASE_S,
        counts_until_s=now_s + LEASE_S + counts_for_s,
    )
    living = [worker for worker in others if worker.is_alive(now_s)]
    me = replace(
        me,
        leads_bot=me.does("bot") and not any(worker.leads_bot for worker in living),
        leads_sender=me.does("sender") and not any(worker.leads_sender for worker in living),
        ready_at_s=_ready_at(me, living, now_s, counts_for_s),
    )
    if not me.is_ready(now_s):
        return replace(me, wants_urgent=0, wants_bulk=0), Slots(0, 0)
    me = replace(me, wants_urgent=wants[0], wants_bulk=wants[1])
    company = [worker for worker in living if worker.is_ready(now_s)]
    mine = share_out(limit, [me, *company])[me.worker] if company else Slots(limit, bulk_limit(limit))
    left = max(0, limit - sum(worker.slots for worker in others if worker.counts_until_s > now_s))
    return me, mine.within(Slots(left, left))


def _ready_at(me: Worker, living: Sequence[Worker], now_s: float, counts_for_s: float) -> float | None:
    """A worker waits until all others have seen it, and share with it from then on; what they sent before counts no
    more a little later."""
    if any(worker.beat_s <= me.joined_s for worker in living):
        return None
    if me.ready_at_s is not None:
        return me.ready_at_s
    return now_s + counts_for_s if living else now_s


def bulk_limit(limit: int) -> int:
    return max(1, math.floor(limit * BULK_SHARE))


def share_out(limit: int, workers: Sequence[Worker]) -> dict[str, Slots]:
    """How many slots each of these workers gets; all are alive. Answers to people come first, but reminders keep the
    share LEAST_BULK. Workers of one kind get equal parts, unless one wants less. What nobody asks for is spread,
    so that there is room for what comes next."""
    answering = {worker.worker: worker.wants_urgent for worker in workers if worker.does("bot")}
    sending = {worker.worker: worker.wants_bulk for worker in workers if worker.does("sender")}
    urgent = sum(answering.values())
    bulk = min(bulk_limit(limit), max(limit - urgent, math.floor(limit * LEAST_BULK))) if sending else 0
    answers, reminders = _spread(limit - bulk, answering), _spread(bulk, sending)
    return {
        worker.worker: Slots(
            answers.get(worker.worker, 0) + reminders.get(worker.worker, 0), reminders.get(worker.worker, 0)
        )
        for worker in workers
    }


def _spread(number: int, wanted: Mapping[str, int]) -> dict[str, int]:
    """Spreads a number over those who want some of it: as equally as what each wants allows, the rest equally."""
    given = dict.fromkeys(sorted(wanted), 0)
    hungry = [worker for worker in given if wanted[worker] > 0]
    while number > 0 and given:
        takers = hungry or list(given)
        each = max(1, number // len(takers))
        for worker in takers[:number]:
            more = min(each, wanted[worker] - given[worker]) if hungry else each
            given[worker] += more
            number -= more
        hungry = [worker for worker in hungry if given[worker] < wanted[worker]]
    return given
