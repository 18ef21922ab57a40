"""Planning: the policy's ladder turned into sets of notices, and into cases where it calls for a person.

Nothing here is a loop over accounts: the loops are over zones, segments and steps, each of which is one statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.hours import Window, local_day, window
from bot.rules.ladder import StepWindow, escalation_windows, message_windows
from bot.rules.policy import Policy
from storage import cases, notices
from storage.engine import Database
from storage.notices import Audience, StepDates

LONG_AGO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Planned:
    """What one round of planning did."""

    notices: int = 0
    unreachable: int = 0  # should be told something, and there is no channel that could
    cases_opened: int = 0
    cases_closed: int = 0

    def __add__(self, other: Planned) -> Planned:
        return Planned(
            self.notices + other.notices,
            self.unreachable + other.unreachable,
            self.cases_opened + other.cases_opened,
            self.cases_closed + other.cases_closed,
        )

    def __bool__(self) -> bool:
        return self != Planned()


async def plan(db: Database, policy: Policy, now: datetime) -> Planned:
    """Plans all that is due now: notices for the customer's day, cases for who needs a person, and the end of cases
    whose debts are settled. Doing it twice plans nothing twice."""
    async with db.read() as conn:
        zones = await notices.zones_in_use(conn)
    done = Planned()
    # Each step is a transaction of its own: a long round never keeps senders and handlers waiting for all of it.
    for segment in (None, *policy.segments):
        its_policy = policy.for_segment(segment)
        others = tuple(policy.segments) if segment is None else ()
        for today, where in _by_day(zones, now).items():
            done += await _plan_cases(db, Audience(where, today, segment, others), its_policy, now)
        for (today, hours), where in _by_hours(zones, its_policy, now).items():
            done += await _plan_notices(db, Audience(where, today, segment, others), its_policy, hours, now)
    async with db.write() as conn:
        done += Planned(cases_opened=await cases.open_unreachable(conn, notices.CHANNEL, now))
    return done


async def _plan_cases(db: Database, audience: Audience, policy: Policy, now: datetime) -> Planned:
    done = Planned()
    async with db.write() as conn:
        done += Planned(cases_closed=await cases.close_paid(conn, audience, now))
    for step in escalation_windows(policy):
        dates, reason = step_dates(step, audience.today), str(step.step.escalate)
        async with db.write() as conn:
            opened = await cases.open_overdue(conn, audience, reason, dates, policy.minimum_amount, policy.version, now)
        done += Planned(cases_opened=opened)
    return done


async def _plan_notices(db: Database, audience: Audience, policy: Policy, hours: Window, now: datetime) -> Planned:
    steps = [step_dates(s, audience.today) for s in message_windows(policy) if notices.CHANNEL in s.step.channels]
    told, least = (policy.name, policy.version), policy.minimum_amount
    async with db.write() as conn:
        unreachable = await notices.note_unreachable(conn, audience, steps, least, told, now)
        planned = await notices.plan(conn, audience, steps, least, hours, told, now)
    return Planned(notices=planned, unreachable=unreachable)


def _by_day(zones: Sequence[str], now: datetime) -> dict[date, tuple[str, ...]]:
    """The zones by the day that it is there now: two or three groups, however many zones there are."""
    groups: dict[date, tuple[str, ...]] = {}
    for zone in zones:
        day = local_day(zone, now)
        groups[day] = (*groups.get(day, ()), zone)
    return groups


def _by_hours(zones: Sequence[str], policy: Policy, now: datetime) -> dict[tuple[date, Window], tuple[str, ...]]:
    """The zones by their day and its sending hours. Where today has none, or no more, nothing is planned: tomorrow's
    round takes up what is still true then."""
    groups: dict[tuple[date, Window], tuple[str, ...]] = {}
    for zone in zones:
        day = local_day(zone, now)
        hours = window(policy.sending_hours, zone, day)
        if hours is not None and hours.closes > now:
            groups[day, hours] = (*groups.get((day, hours), ()), zone)
    return groups


def step_dates(step: StepWindow, today: date) -> StepDates:
    """The due dates of those who are on this step today."""
    due_from = LONG_AGO if step.last_day is None else today - timedelta(days=step.last_day)
    return StepDates(step.step.id, due_from, today - timedelta(days=step.first_day))
