"""Planning: turns what a look (`bot.work.runtime.ladder_look`) found into sets of notices. What else a round does, and
in which order, is in `bot.work.runtime.planning_round`.

No loop here runs over accounts. There is one statement for each set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.rules.policy.sending_hours import SendingHours, Window, from_hour, window
from bot.rules.reminders.spreading import spread
from storage.reminders import notice_planning
from storage.reminders.notice_planning import Batch, News, Plan
from storage.runtime.engine import Connection


@dataclass(frozen=True, slots=True)
class Due:
    """A set of notices to plan, the hours in which they may be sent, and what is new in it."""

    plan: Plan
    hours: Window
    news: News
    sending_hours: SendingHours

    def of(self, customer_ids: Collection[str]) -> Due:
        """The part of it that is about these customers."""
        return replace(self, news=self.news.of(customer_ids))


@dataclass(frozen=True, slots=True)
class PlannedNotices:
    """How many notices were planned, and how many customers could not be told something because no channel fits."""

    notices: int = 0
    unreachable: int = 0


@dataclass(slots=True)
class Spread:
    """Spreads what a round plans over the hours, slice after slice: at a `rate` (messages per second), behind what
    waits for the same hours already. Without a rate nothing is spread."""

    rate: float | None
    waiting: dict[Window, int] = field(default_factory=dict)
    _counting: asyncio.Lock = field(default_factory=asyncio.Lock)  # slices side by side count one after the other

    async def over(self, conn: Connection, hours: Window, batch: Batch, now: datetime) -> None:
        if not self.rate or not batch.notices:
            return
        async with self._counting:
            if hours not in self.waiting:  # counted once a round
                self.waiting[hours] = await notice_planning.waiting_in(conn, hours) - batch.notices
        instants = spread(hours, now, self.waiting[hours], batch.notices, self.rate)
        self.waiting[hours] += batch.notices
        if instants:
            await notice_planning.spread(conn, batch, hours, instants)


async def plan_notices(conn: Connection, due: Due, spreading: Spread, now: datetime) -> PlannedNotices:
    """Plans one set."""
    unreachable = notices = 0
    if due.news.to_note:
        unreachable = await notice_planning.note_unreachable(conn, due.plan, due.news.to_note, now)
    if due.news.to_plan:
        batch = await notice_planning.plan(conn, due.plan, due.news.to_plan, due.hours, now)
        await _wait_for_hours(conn, due, batch)
        await spreading.over(conn, due.hours, batch, now)
        notices = batch.notices
    return PlannedNotices(notices, unreachable)


async def _wait_for_hours(conn: Connection, due: Due, batch: Batch) -> None:
    """What was planned for somebody who chose an hour waits for it. The last check asks again."""
    if not batch.notices:
        return
    for zone, hour in await notice_planning.hours_chosen(conn, batch):
        chosen = window(from_hour(due.sending_hours, hour), zone, due.plan.audience.today)
        if chosen is not None and chosen.opens > due.hours.opens:
            await notice_planning.wait_for_hour(conn, batch, zone, hour, chosen.opens)
