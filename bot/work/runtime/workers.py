"""This process among the others of the bot: it writes once a second that it is alive, sees who else is, leads where
nobody does, and takes its part of the bot's rate. `bot.rules.runtime.workers` has the rules.

On SQLite there is one process of each role, and nothing is written.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from bot.channels.rate_limiter import RateLimiter
from bot.rules.runtime.workers import (
    BEAT_EVERY_S,
    LEASE_S,
    Part,
    Slots,
    Worker,
    look_around,
    next_news_in_s,
    without_gone,
)
from bot.work.runtime.chat_turns import ChatTurns
from bot.work.runtime.lane_claims import LaneClaims
from storage.runtime import workers
from storage.runtime.engine import Connection, Database, is_unavailable
from storage.runtime.write_retry import persist

log = structlog.get_logger()

PARTS: tuple[Part, ...] = ("bot", "sender")
TIDY_EVERY_S = 60.0
LEAVE_WITHIN_S = 1.0
A_LITTLE_S = 0.01
STUCK_AFTER_S = 2  # a process that stops in the middle of its beat keeps nobody else from theirs


class Workers:
    """Call `join` before anything is sent or served, and `leave` at the end."""

    def __init__(
        self, db: Database, worker: str, role: str, limiter: RateLimiter, changed: Callable[[], None] = lambda: None
    ) -> None:
        """`changed` is called when another process has come or gone: there may be something to take over."""
        self._db, self._pacer, self._changed = db, limiter, changed
        self._living: set[str] = set()
        self._shares = not db.is_sqlite
        self._me = Worker(worker, role, 0.0, 0.0, 0.0, 0.0)
        self.lanes = LaneClaims(worker)
        self.chat_turns = ChatTurns(db, worker, limiter.per_chat_s, limiter.counts_for_s)
        self._slots = Slots(0, 0)
        self._leading = {part: asyncio.Event() for part in PARTS}
        self._led: dict[Part, set[asyncio.Task[None]]] = {part: set() for part in PARTS}
        self._hurry = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None
        self._lease: asyncio.TimerHandle | None = None
        self._tidied_at_s = 0.0
        self._session: workers.Session | None = None

    # --- Coming and going --------------------------------------------------------------------------------------------

    async def join(self) -> None:
        """Waits until the database knows of this process."""
        if not self._shares:
            for part in PARTS:
                self._lead(part, self._me.does(part))
            return
        self._pacer.chat_turns, self._pacer.flooded = self.chat_turns, self._hurry.set
        self._forget()
        await persist(self._beat)
        self._beating = asyncio.create_task(self._keep_beating(), name="beats")

    async def leave(self) -> None:
        """Lets the others take over at once. Nothing of this process may be under way any more."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.gather(self._beating, return_exceptions=True)
        with contextlib.suppress(Exception):  # they take over all the same, some seconds later
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self.chat_turns.close()
                await self._say_good_bye()
        self._forget()
        self._end_session()

    @property
    def bulk_slots(self) -> int:
        """How many reminders this process may send in a second."""
        return self._slots.bulk if self._shares else self._pacer.limit

    @property
    def has_company(self) -> bool:
        return bool(self._living)

    # --- Leading -----------------------------------------------------------------------------------------------------

    def leads(self, part: Part) -> bool:
        """Whether this process is the one that does this part for all."""
        return self._leading[part].is_set()

    async def while_leading(self, part: Part, do: Callable[[], Awaitable[None]]) -> None:
        """Runs `do` whenever this process leads, and cancels it when it does not any more; ends when `do` ends."""

        async def doing() -> None:
            await do()

        while True:
            await self._leading[part].wait()
            task = asyncio.create_task(doing(), name=f"leading the {part}")
            self._led[part].add(task)
            try:
                await task
            except asyncio.CancelledError:
                if (this := asyncio.current_task()) is not None and this.cancelling():
                    task.cancel()
                    raise
            else:
                return
            finally:
                self._led[part].discard(task)

    def _lead(self, part: Part, leads: bool) -> None:
        if leads == self.leads(part):
            return
        if self._shares:
            log.info("leads" if leads else "leads no more", part=part)
        if leads:
            self._leading[part].set()
        else:
            self._leading[part].clear()
            for task in self._led[part]:
                task.cancel()

    # --- Beats -------------------------------------------------------------------------------------------------------

    async def _keep_beating(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), BEAT_EVERY_S)
            self._hurry.clear()
            try:
                await self._beat()
            except Exception as error:
                if not is_unavailable(error):  # else the loops that work with the database tell of it
                    log.exception("a process could not say that it is alive")

    async def _beat(self) -> None:
        """Writes that this process is alive, after it has looked at all others; one process at a time does this."""
        began_s = time.monotonic()
        if self._session is None or self._session.is_lost:
            self._session = await workers.open_session(self._db)
        async with self._db.write() as conn:
            await workers.one_at_a_time(conn, workers.BEATS, idle_s=STUCK_AFTER_S)
            now_s, known = await workers.everybody(conn)
            others = await self._living_others(conn, known, now_s)
            self.chat_turns.shared = bool(others)
            self.lanes.bots = 1 + sum(other.does("bot") for other in others)
            if self.lanes.bots > 1 and not self.lanes.shared:
                self.lanes.shared = True
                await workers.keep_lanes(conn, self._me.worker, self.lanes.held)
                await workers.claim_by_force(conn, self._me.worker, self.lanes.held)
            wants, limit = self._pacer.demand(), self._pacer.limit
            me, slots = look_around(self._me, others, now_s, wants, limit, self._pacer.counts_for_s)
            # What is given up counts at once, what is new from when it is written down.
            in_use = self._pacer.set_slots(slots.within(self._slots))
            me = replace(me, slots=max(slots.all, in_use), paused_until_s=now_s + self._pacer.paused_for_s)
            me = replace(me, session=None if self._session is None else self._session.number)
            await workers.write(conn, me)
            if (me.leads_bot or me.leads_sender) and now_s - self._tidied_at_s > TIDY_EVERY_S:
                self._tidied_at_s = now_s
                await workers.drop_dead(conn, now_s - TIDY_EVERY_S)
        if time.monotonic() - began_s >= LEASE_S:
            self._forget()
        else:
            self.lanes.shared = self.lanes.bots > 1
            self._follow(me, slots, others, now_s, began_s)

    async def _living_others(self, conn: Connection, known: Sequence[Worker], now_s: float) -> list[Worker]:
        """All others that still count for something. Those that were killed are written down as dead; if others have
        written that of this one, it begins like a new one."""
        is_open = await workers.sessions(conn)
        others = [other for other in known if other.worker != self._me.worker]
        known_as = {worker.worker: worker for worker in known}
        for other in (settled := without_gone(others, is_open, now_s)):
            if other != known_as[other.worker]:
                await workers.write(conn, other)
        if (
            (mine := known_as.get(self._me.worker)) is not None
            and mine.session is None
            and self._me.session is not None
        ):
            self._forget()
        if self._session is not None and self._session.number not in is_open:
            self._end_session()  # it broke, and only the database knows so far
        if (news_in_s := next_news_in_s(settled, is_open, now_s)) is not None:
            asyncio.get_running_loop().call_later(news_in_s + A_LITTLE_S, self._hurry.set)
        return [other for other in settled if other.counts_until_s > now_s]

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _follow(self, me: Worker, slots: Slots, others: Sequence[Worker], now_s: float, began_s: float) -> None:
        """Does what was just written, until the lease ends."""
        self._me, self._slots = me, slots
        self.lanes.ready = me.is_ready(now_s)
        self._pacer.set_slots(slots)
        if (pause_s := max((other.paused_until_s for other in others), default=0.0) - now_s) > 0:
            self._pacer.pause(pause_s)
        for part in PARTS:
            self._lead(part, me.leads(part))
        if self._living != (living := {other.worker for other in others if other.is_alive(now_s)}):
            self._living = living
            self._changed()
        if self._lease is not None:
            self._lease.cancel()
        left_s = began_s + LEASE_S - time.monotonic()
        self._lease = asyncio.get_running_loop().call_later(left_s, self._forget)

    def _forget(self) -> None:
        """From now on others may have taken over what this process did: it begins like a new one."""
        if self._lease is not None:
            self._lease.cancel()
            self._lease = None
        self._me, self._slots = replace(self._me, joined_s=0.0, ready_at_s=None), Slots(0, 0)
        self._pacer.set_slots(self._slots)
        self.lanes.lose_all()
        for part in PARTS:
            self._lead(part, False)

    async def _say_good_bye(self) -> None:
        async with self._db.write() as conn:
            await workers.one_at_a_time(conn, workers.BEATS, idle_s=STUCK_AFTER_S)
            now_s, _ = await workers.everybody(conn)
            gone = replace(self._me, alive_until_s=now_s, leads_bot=False, leads_sender=False)
            # All that it sent was answered: it counts for one more span.
            await workers.write(conn, replace(gone, counts_until_s=now_s + self._pacer.span_s))
