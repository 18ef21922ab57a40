"""Planning: the policy's ladder turned into sets of notices. What else a round does, and in which order, is in
`bot.work.runtime.planning_round`.

Nothing here is a loop over accounts: the loops are over days, segments and hours, each of which is one statement.
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
    """A set of notices that is to be planned, the hours in which they may leave, and what is new in it."""

    plan: Plan
    hours: Window
    news: News


@dataclass(frozen=True, slots=True)
class PlannedNotices:
    """How many notices were planned, and how many customers should be told something and no channel could."""

    notices: int = 0
    unreachable: int = 0


async def look(
    conn: Connection, policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> list[Due]:
    """Looks which sets have anybody new in them, and writes nothing: in most rounds none has."""
    due: list[Due] = []
    for of_a_day in _plans_by_day(policy, ladder, zones, channels, now):
        # Hours differ from zone to zone, what is new does not: in most rounds one answer does for all of them.
        if len(of_a_day) > 1 and not await notice_planning.news(conn, _together([by for by, _ in of_a_day])):
            continue
        due += [Due(by, hours, news) for by, hours in of_a_day if (news := await notice_planning.news(conn, by))]
    return due


async def plan_notices(db: Database, due: Due, rate: float | None, now: datetime) -> PlannedNotices:
    """Plans one set, in one transaction. What is planned in one go is spread over its hours by the `rate` (messages a
    second); without one it is not."""
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
    """The plans of each segment and day, with their hours. They differ by their zones only."""
    days: dict[tuple[str | None, date], list[tuple[Plan, Window]]] = {}
    for audience, hours in by_hours(policy, zones, now):
        its = policy.for_segment(audience.segment)
        if its.silenced_by:
            continue  # a pack of rules is past its time: nothing leaves by itself until somebody has looked at it
        steps = [step_dates(step, audience.today) for step in message_windows(its)]
        by = Plan(audience, steps, minimums_of(its), ladder, its.name, channels)
        days.setdefault((audience.segment, audience.today), []).append((by, hours))
    return days.values()


def _together(plans: Sequence[Plan]) -> Plan:
    zones = tuple(zone for by in plans for zone in by.audience.zones)
    return replace(plans[0], audience=replace(plans[0].audience, zones=zones))
