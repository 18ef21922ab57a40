"""The sender's side: plans every minute and when something is new, and sends what is due.

`bot.work` says what planning and sending do; here is when, and how fast.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.loops import LOOK_EVERY_S, LOOK_SELDOM_S, Loops
from bot.rounds import EACH_MINUTE, Round, every
from bot.work.operations.clock_steps import correct_clock_steps
from bot.work.operations.hook_sending import Courier
from bot.work.reminders import notice_checks, sending
from bot.work.runtime import planning_round
from bot.work.runtime.parts import BotParts
from bot.work.runtime.workers import Workers
from storage.facts import looks
from storage.runtime.heartbeats import beat
from storage.runtime.write_retry import persist

log = structlog.get_logger()

LOOK_FOR_NEWS_S = 2  # facts, links: planned at once
TICK_EVERY = timedelta(seconds=10)  # how often the sender writes a heartbeat
MOST_NAMED = 10  # customers in a line of the log


class SenderSide:
    """Call `start`, then run its loops and `rounds` until the loops end."""

    def __init__(self, parts: BotParts, loops: Loops, workers: Workers, rate: float) -> None:
        """`rate`: messages per second that all senders together may send."""
        self._parts = parts
        self._loops = loops
        self._workers = workers
        self._rate = rate
        self._planning = asyncio.Lock()
        self._ticked_at: datetime | None = None
        self._window = sending.Window(parts.clock.now, refused=self._refused, has_room=parts.bells.sending.wake)
        self._refusals = 0
        self._courier = Courier(parts.db, parts.settings, parts.clock)

    def start(self) -> None:
        """Starts with a round of planning, and starts sending."""
        self._loops.woken_at_stop(self._parts.bells.sending.wake)
        self._loops.woken_at_stop(self._courier.wake)
        self._loops.loop("first plan", partial(self._if_leading, self.plan))
        self._loops.loop("sending", self._send)
        self._loops.loop("events out", self._tell)

    def rounds(self) -> list[Round]:
        """What it does by the clock. A new hour, and a new day, begins with a minute. A long round of planning does not
        hold up the guard."""
        return [
            Round("plan", self._plan_by_the_clock, EACH_MINUTE),
            Round("plan news", partial(self._if_leading, self._plan_news), every(LOOK_FOR_NEWS_S)),
            Round("guard", partial(self._if_leading, self.guard), EACH_MINUTE),
        ]

    async def _if_leading(self, do: Callable[[], Awaitable[None]]) -> None:
        """One sender at a time plans for all."""
        if self._workers.leads("sender"):
            await do()

    async def catch_up(self) -> None:
        """Plans and sends all that is due now: for a clock that was moved."""
        before = self._refusals
        await self.plan()
        await self.guard()
        while (sent := await self.send_once()).claimed or self._window.in_flight:
            self._refusals += sent.claimed - sent.accepted
            await self._window.all_ended()
        if self._refusals > before:
            await self.plan()

    # --- Planning ----------------------------------------------------------------------------------------------------

    async def plan(self) -> None:
        """One round of planning. If the database is away for a while, it is only late."""
        async with self._planning:
            await persist(self._plan)

    async def _plan_by_the_clock(self) -> None:
        if not self._workers.leads("sender"):
            await persist(self._reopen_policies)
        elif not self._planning.locked():
            await self.plan()

    async def _reopen_policies(self) -> None:
        """For what is sent; who plans does it anyway."""
        await self._parts.in_force.reopen(self._parts.db, self._parts.clock.now())

    async def _plan(self) -> None:
        parts, now = self._parts, self._parts.clock.now()
        if (ahead := await correct_clock_steps(parts.db, now)) is not None:
            log.warning("the clock was set back; times in the future were corrected", by_s=int(ahead.total_seconds()))
        book = await parts.in_force.reopen(parts.db, now)
        done = await planning_round.plan_due(parts.db, book, now, channels=parts.channels, rate=self._rate)
        async with parts.db.write() as conn:
            await beat(conn, "planner", now)
        if done:
            log.info("planned", notices=done.notices, opened=done.cases_opened, closed=done.cases_closed)
            parts.bells.sending.set()
            parts.desk_has_work.set()

    async def guard(self) -> None:
        """The guard's part of this minute, whatever planning does."""
        await persist(self._guard)

    async def _guard(self) -> None:
        parts, now = self._parts, self._parts.clock.now()
        walked = await planning_round.guard(parts.db, parts.in_force.book, now, channels=parts.channels)
        if walked.overlooked:
            log.error("planning had overlooked customers", customers=sorted(walked.overlooked)[:MOST_NAMED])
        if walked.opened:
            log.info("guarded", opened=walked.opened)
            parts.desk_has_work.set()

    async def _plan_news(self) -> None:
        """Plans at once where something changed for anybody: facts, links, channels, agreements, cases."""
        if not self._planning.locked() and await persist(self._is_anybody_due):
            await self.plan()

    async def _is_anybody_due(self) -> bool:
        async with self._parts.db.read() as conn:
            return await looks.is_anybody_due(conn, self._parts.clock.now())

    # --- Sending -----------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        """Sends what is due, as fast as the channels accept it. Claims are taken only a little ahead, so that hardly
        any time passes between a message's last check and its sending."""
        window = self._window
        try:
            while not self._loops.stopping:
                await persist(lambda: self._tick(self._parts.clock.now()))
                window.look_ahead(self._ahead())
                has_room = await window.room(LOOK_EVERY_S)
                if not await persist(lambda: window.fill(self._sender())) and has_room:
                    await self._idle()
            await window.finish()
        finally:
            window.abandon()

    async def _tell(self) -> None:
        """Sends events to hooks; all senders share the work."""
        await self._courier.run(lambda: self._loops.stopping)

    async def send_once(self) -> sending.Sent:
        """Sends so many messages as would be claimed at once, and waits for their outcomes."""
        now = self._parts.clock.now()
        await self._tick(now)
        return await sending.send_due(self._sender(), now, self._ahead())

    def _ahead(self) -> int:
        return sending.ahead_at(self._workers.bulk_slots)  # 0 while the others have the whole rate

    def _sender(self) -> notice_checks.Sender:
        parts = self._parts
        return notice_checks.Sender(
            parts.db, parts.policies, parts.settings, parts.channels, parts.worker, parts.lessons
        )

    def _refused(self) -> None:
        self._refusals += 1
        self._parts.desk_has_work.set()
        self._parts.bells.sending.wake()  # what was given back is due at once

    async def _idle(self) -> None:
        """Until something was planned, or may be due. A flood wait of Telegram holds up no other channel."""
        bells = self._parts.bells
        look_in_s = LOOK_SELDOM_S if bells.are_heard else LOOK_EVERY_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bells.sending.wait(), min(look_in_s, self._window.pause_s or look_in_s))
        bells.sending.clear()

    async def _tick(self, now: datetime) -> None:
        if self._ticked_at is None or abs(now - self._ticked_at) >= TICK_EVERY:
            async with self._parts.db.write() as conn:
                await beat(conn, "sender", now)
            self._ticked_at = now
