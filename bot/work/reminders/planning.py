"""Planning: turns the policy's ladder into sets of notices. `bot.work.runtime.planning_round` says what else a round
does, and in which order.

No loop here runs over accounts. The loops run over days, segments and hours, with one statement for each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import SendingHours, Window, from_hour, window
from bot.rules.reminders.spreading import spread
from bot.work.guarantee.guard import minimums_of
from bot.work.policy.audiences import Crowd, by_hours, message_steps
from storage.facts.debts import Ladder
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

    async def over(self, conn: Connection, hours: Window, batch: Batch, now: datetime) -> None:
        if not self.rate or not batch.notices:
            return
        if hours not in self.waiting:  # counted once a round
            self.waiting[hours] = await notice_planning.waiting_in(conn, hours) - batch.notices
        instants = spread(hours, now, self.waiting[hours], batch.notices, self.rate)
        self.waiting[hours] += batch.notices
        if instants:
            await notice_planning.spread(conn, batch, hours, instants)


async def look(
    conn: Connection, policy: Policy, ladder: Ladder, crowd: Crowd, channels: Collection[str], now: datetime
) -> list[Due]:
    """Finds the customers of the crowd who have to be told something new. Writes nothing: mostly there are none."""
    due: list[Due] = []
    for day_plans in _plans_by_day(policy, ladder, crowd, channels, now):
        # Hours differ by time zone, what is new does not: one query answers for all zones with the same day.
        news = await notice_planning.news(conn, _merged([plan for plan, _ in day_plans]))
        if news:
            for plan, hours in day_plans:
                if new := news.of(plan.audience.customer_ids):
                    due.append(Due(plan, hours, new, policy.for_segment(plan.audience.segment).sending_hours))
    return due


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


def _plans_by_day(
    policy: Policy, ladder: Ladder, crowd: Crowd, channels: Collection[str], now: datetime
) -> Collection[Sequence[tuple[Plan, Window]]]:
    """The plans of each segment and day, with their hours. They differ only in their time zones."""
    days: dict[tuple[str | None, date], list[tuple[Plan, Window]]] = {}
    for audience, hours in by_hours(policy, crowd, now):
        segment_policy = policy.for_segment(audience.segment)
        if segment_policy.silenced_by:
            continue  # a policy pack has expired: nothing is sent automatically until somebody has reviewed it
        steps = message_steps(segment_policy, audience.today)
        plan = Plan(audience, steps, minimums_of(segment_policy), ladder, segment_policy.name, channels)
        days.setdefault((audience.segment, audience.today), []).append((plan, hours))
    return days.values()


def _merged(plans: Sequence[Plan]) -> Plan:
    audiences = [plan.audience for plan in plans]
    zones = tuple(zone for audience in audiences for zone in audience.zones)
    ids = None
    if audiences[0].customer_ids is not None:
        ids = tuple(each for audience in audiences for each in audience.customer_ids or ())
    return replace(plans[0], audience=replace(audiences[0], zones=zones, customer_ids=ids))
