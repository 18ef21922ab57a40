"""Planning: the policy's ladder turned into sets of notices, and into cases where it calls for a person.

Nothing here is a loop over accounts: the loops are over zones, segments and steps, each of which is one statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.hours import local_day, window
from bot.rules.ladder import StepWindow, escalation_windows, message_windows
from bot.rules.policy import Policy
from storage import cases, notices
from storage.engine import Connection, Database
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
    done = Planned()
    async with db.read() as conn:
        zones = await notices.zones_in_use(conn)
    for zone in zones:
        # One transaction a zone: a long round never keeps senders and handlers waiting for all of it.
        async with db.write() as conn:
            for audience, its_policy in audiences(policy, zone, now):
                closed = await cases.close_paid(conn, audience, now)
                opened = 0
                for step in escalation_windows(its_policy):
                    dates = step_dates(step, audience.today)
                    reason = str(step.step.escalate)
                    opened += await cases.open_overdue(
                        conn, audience, reason, dates, its_policy.minimum_amount, its_policy.version, now
                    )
                done += Planned(cases_opened=opened, cases_closed=closed)
                done += await _plan_notices(conn, audience, its_policy, now)
    async with db.write() as conn:
        done += Planned(cases_opened=await cases.open_unreachable(conn, notices.CHANNEL, now))
    return done


async def _plan_notices(conn: Connection, audience: Audience, policy: Policy, now: datetime) -> Planned:
    hours = window(policy.sending_hours, audience.zone, audience.today)
    if hours is None or hours.closes <= now:
        return Planned()  # nothing more today; tomorrow's round takes up what is still true then
    steps = [step_dates(s, audience.today) for s in message_windows(policy) if notices.CHANNEL in s.step.channels]
    told = (policy.name, policy.version)
    unreachable = await notices.note_unreachable(conn, audience, steps, policy.minimum_amount, told, now)
    planned = await notices.plan(conn, audience, steps, policy.minimum_amount, hours, told, now)
    return Planned(notices=planned, unreachable=unreachable)


def audiences(policy: Policy, zone: str, now: datetime) -> Iterator[tuple[Audience, Policy]]:
    """The customers of a zone by segment, each with the policy that stands for them."""
    today = local_day(zone, now)
    named = tuple(policy.segments)
    yield Audience(zone, today, None, named), policy.for_segment(None)
    for segment in named:
        yield Audience(zone, today, segment), policy.for_segment(segment)


def step_dates(step: StepWindow, today: date) -> StepDates:
    """The due dates of those who are on this step today."""
    due_from = LONG_AGO if step.last_day is None else today - timedelta(days=step.last_day)
    return StepDates(step.step.id, due_from, today - timedelta(days=step.first_day))
