"""Planning: turns the policy's ladder into sets of notices. `bot.work.runtime.planning_round` says what else a round
does, and in which order.

No loop here runs over accounts. The loops run over days, segments and hours, with one statement for each.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.rules.policy.ladder import message_windows
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window
from bot.rules.reminders.spreading import spread
from bot.work.guarantee.guard import minimums_of
from bot.work.policy.audiences import by_hours, step_dates
from storage.facts.debts import Ladder
from storage.reminders import notice_planning
from storage.reminders.notice_planning import News, Plan
from storage.runtime.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class Due:
    """A set of notices to plan, the hours in which they may be sent, and what is new in it."""

    plan: Plan
    hours: Window
    news: News


@dataclass(frozen=True, slots=True)
class PlannedNotices:
    """How many notices were planned, and how many customers could not be told something because no channel fits."""

    notices: int = 0
    unreachable: int = 0


async def look(
    conn: Connection, policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> list[Due]:
    """Finds the sets that have new customers in them. Writes nothing: in most rounds there are none."""
    due: list[Due] = []
    for day_plans in _plans_by_day(policy, ladder, zones, channels, now):
        # Hours differ by time zone, what is new does not: in most rounds one query answers for all zones.
        if len(day_plans) > 1 and not await notice_planning.news(conn, _merged([plan for plan, _ in day_plans])):
            continue
        due += [Due(plan, hours, news) for plan, hours in day_plans if (news := await notice_planning.news(conn, plan))]
    return due


async def plan_notices(db: Database, due: Due, rate: float | None, now: datetime) -> PlannedNotices:
    """Plans one set, in one transaction. With a `rate` (messages per second) the notices are spread over their hours;
    without one they are not."""
    async with db.write() as conn:
        unreachable = await notice_planning.note_unreachable(conn, due.plan, now) if due.news.to_note else 0
        if not due.news.to_plan:
            return PlannedNotices(unreachable=unreachable)
        waiting = await notice_planning.waiting_in(conn, due.hours) if rate else 0
        batch = await notice_planning.plan(conn, due.plan, due.hours, now)
        if rate and (over := spread(due.hours, now, waiting, batch.notices, rate)):
            await notice_planning.spread(conn, batch, due.hours, over)
    return PlannedNotices(batch.notices, unreachable)


def _plans_by_day(
    policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> Collection[Sequence[tuple[Plan, Window]]]:
    """The plans of each segment and day, with their hours. They differ only in their time zones."""
    days: dict[tuple[str | None, date], list[tuple[Plan, Window]]] = {}
    for audience, hours in by_hours(policy, zones, now):
        segment_policy = policy.for_segment(audience.segment)
        if segment_policy.silenced_by:
            continue  # a policy pack has expired: nothing is sent automatically until somebody has reviewed it
        steps = [step_dates(step, audience.today) for step in message_windows(segment_policy)]
        plan = Plan(audience, steps, minimums_of(segment_policy), ladder, segment_policy.name, channels)
        days.setdefault((audience.segment, audience.today), []).append((plan, hours))
    return days.values()


def _merged(plans: Sequence[Plan]) -> Plan:
    zones = tuple(zone for plan in plans for zone in plan.audience.zones)
    return replace(plans[0], audience=replace(plans[0].audience, zones=zones))
