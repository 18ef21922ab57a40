"""Planning: the policy's ladder turned into sets of notices, and into cases where it calls for a person.

Nothing here is a loop over accounts: the loops are over days, segments, ladders and steps, each of which is one
statement. A round is: holds that are over, cases whose debts are settled, escalations, notices, the guard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from bot.rules.guarantee.states import DISPUTE_RESTS_DAYS
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.ladder import StepWindow, escalation_windows, message_windows
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window, local_day, window
from bot.rules.reminders.spreading import spread
from bot.work.agreements import agreement_outcomes
from bot.work.guarantee.guard import guard, minimums_of
from bot.work.policy.policies import PolicyBook
from storage.agreements import cases_closing, wallet_disputes
from storage.cases import cases_opening
from storage.cases.cases_opening import Escalation
from storage.facts import debts
from storage.facts.debts import Audience, Ladder, StepDates
from storage.reminders import notice_planning, pending_work
from storage.reminders.notice_planning import News
from storage.runtime import statistics
from storage.runtime.engine import Database

LONG_AGO = date(1970, 1, 1)
TELEGRAM_ONLY = ("telegram",)


@dataclass(frozen=True, slots=True)
class Planned:
    """What one round of planning did."""

    notices: int = 0
    unreachable: int = 0  # should be told something, and there is no channel that could
    cases_opened: int = 0
    cases_closed: int = 0
    holds_ended: int = 0
    agreements_due: int = 0  # calls that are due, plans that nobody answered

    def __add__(self, other: Planned) -> Planned:
        return Planned(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __bool__(self) -> bool:
        return self != Planned()


async def plan(
    db: Database,
    book: PolicyBook,
    now: datetime,
    *,
    channels: Collection[str] = TELEGRAM_ONLY,
    rate: float | None = None,
) -> Planned:
    """Plans all that is due now: notices for the customer's day, cases for who needs a person, and the end of cases
    whose debts are settled. Doing it twice plans nothing twice.

    `channels` are those that are set up. Who is in the middle of a ladder of an earlier version finishes that one.
    What is planned in one go is spread over the hours by the `rate` (messages a second); without one it is not.
    """
    policy = book.current
    await _know_the_tables(db)
    async with db.read() as conn:
        zones = await debts.zones_in_use(conn)
        over = [
            audience
            for audience in everybody(zones, now)
            if await pending_work.is_anything_over(
                conn, audience, agreement_outcomes.judging(policy.desk, audience), now
            )
        ]
    done = Planned()
    # Each step is a transaction of its own: a long round never keeps senders and handlers waiting for all of it.
    done += Planned(agreements_due=await agreement_outcomes.take_up_what_is_due(db, policy.desk, now))
    for audience in over:
        done += await _end_what_is_over(db, policy.desk, audience, now)
    for version in (policy, *book.earlier):
        to_do = await _look(db, version, Ladder(version.version, version is policy), zones, channels, now)
        for escalation in to_do.escalations:
            async with db.write() as conn:
                done += Planned(cases_opened=await cases_opening.open_overdue(conn, escalation, now))
        for by, hours, news in to_do.plans:
            done += await _plan_notices(db, by, hours, news, rate, now)
        if to_do.is_anybody_lost:
            async with db.write() as conn:
                done += Planned(cases_opened=await cases_opening.open_unreachable(conn, channels, now))
    return done + Planned(cases_opened=await guard(db, policy, zones, channels, now))


async def _know_the_tables(db: Database) -> None:
    """What came in since the last round, by files or by what people did, is counted before anything is planned."""
    if not db.is_sqlite:
        async with db.write() as conn:
            await statistics.count_what_grew(conn)


async def _end_what_is_over(db: Database, desk: Desk, audience: Audience, now: datetime) -> Planned:
    async with db.write() as conn:
        ended, opened, kept = await agreement_outcomes.end_holds(conn, desk, audience, now)
        opened += await wallet_disputes.hand_over(conn, ended, now)
        await wallet_disputes.hold(conn, audience, audience.today + timedelta(days=DISPUTE_RESTS_DAYS), now)
        settled = await cases_closing.close_settled(conn, audience, now)
    return Planned(cases_opened=opened, cases_closed=kept + settled, holds_ended=len(ended))


@dataclass(frozen=True, slots=True)
class _ToDo:
    """For whom there is anything to be done: in most rounds for nobody."""

    escalations: Sequence[Escalation]
    plans: Sequence[tuple[notice_planning.Plan, Window, News]]
    is_anybody_lost: bool


async def _look(
    db: Database, policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> _ToDo:
    """Looks in one go, and in nobody's way."""
    async with db.read() as conn:
        escalations = [
            e for e in _escalations(policy, ladder, zones, now) if await cases_opening.calls_for_somebody(conn, e)
        ]
        plans: list[tuple[notice_planning.Plan, Window, News]] = []
        for of_a_day in _plans_by_day(policy, ladder, zones, channels, now):
            # Hours differ from zone to zone, what is new does not: in most rounds one answer does for all of them.
            if len(of_a_day) > 1 and not await notice_planning.news(conn, _together([by for by, _ in of_a_day])):
                continue
            plans += [(by, hours, news) for by, hours in of_a_day if (news := await notice_planning.news(conn, by))]
        lost = ladder.current and await cases_opening.is_anybody_lost(conn, channels)
    return _ToDo(escalations, plans, lost)


def _plans_by_day(
    policy: Policy, ladder: Ladder, zones: Sequence[str], channels: Collection[str], now: datetime
) -> Collection[Sequence[tuple[notice_planning.Plan, Window]]]:
    """The plans of each segment and day, with their hours. They differ by their zones only."""
    days: dict[tuple[str | None, date], list[tuple[notice_planning.Plan, Window]]] = {}
    for audience, hours in by_hours(policy, zones, now):
        its = policy.for_segment(audience.segment)
        if its.silenced_by:
            continue  # a pack of rules is past its time: nothing leaves by itself until somebody has looked at it
        steps = [step_dates(step, audience.today) for step in message_windows(its)]
        by = notice_planning.Plan(audience, steps, minimums_of(its), ladder, its.name, channels)
        days.setdefault((audience.segment, audience.today), []).append((by, hours))
    return days.values()


def _together(plans: Sequence[notice_planning.Plan]) -> notice_planning.Plan:
    zones = tuple(zone for by in plans for zone in by.audience.zones)
    return replace(plans[0], audience=replace(plans[0].audience, zones=zones))


def _escalations(policy: Policy, ladder: Ladder, zones: Sequence[str], now: datetime) -> Iterator[Escalation]:
    for audience in by_day(policy, zones, now):
        its = policy.for_segment(audience.segment)
        for step in escalation_windows(its):
            dates, reason = step_dates(step, audience.today), str(step.step.escalate)
            yield Escalation(audience, reason, dates, minimums_of(its), ladder)


async def _plan_notices(
    db: Database, by: notice_planning.Plan, hours: Window, news: News, rate: float | None, now: datetime
) -> Planned:
    async with db.write() as conn:
        unreachable = await notice_planning.note_unreachable(conn, by, now) if news.to_note else 0
        if not news.to_plan:
            return Planned(unreachable=unreachable)
        waiting = await notice_planning.waiting_in(conn, hours) if rate else 0
        planned = await notice_planning.plan(conn, by, hours, now)
        if rate and (over := spread(hours, now, waiting, planned.notices, rate)):
            await notice_planning.spread(conn, planned, hours, over)
    return Planned(notices=planned.notices, unreachable=unreachable)


def everybody(zones: Sequence[str], now: datetime) -> Iterator[Audience]:
    """Audiences by the day that it is there now: two or three, however many zones there are."""
    days: dict[date, tuple[str, ...]] = {}
    for zone in zones:
        day = local_day(zone, now)
        days[day] = (*days.get(day, ()), zone)
    for day, where in days.items():
        yield Audience(where, day, None)


def by_day(policy: Policy, zones: Sequence[str], now: datetime) -> Iterator[Audience]:
    """Audiences by segment and by the day that it is there now."""
    for segment in (None, *policy.segments):
        for audience in everybody(zones, now):
            yield replace(audience, segment=segment, other_segments=() if segment else tuple(policy.segments))


def by_hours(policy: Policy, zones: Sequence[str], now: datetime) -> Iterator[tuple[Audience, Window]]:
    """Audiences by segment, day and that day's sending hours. Where today has none, or no more, nothing is planned:
    tomorrow's round takes up what is still true then."""
    for segment in (None, *policy.segments):
        hours_of = policy.for_segment(segment).sending_hours
        groups: dict[tuple[date, Window], tuple[str, ...]] = {}
        for zone in zones:
            day = local_day(zone, now)
            hours = window(hours_of, zone, day)
            if hours is not None and hours.closes > now:
                groups[day, hours] = (*groups.get((day, hours), ()), zone)
        for (day, hours), where in groups.items():
            yield Audience(where, day, segment, tuple(policy.segments) if segment is None else ()), hours


def step_dates(step: StepWindow, today: date) -> StepDates:
    """The due dates of those who are on this step today."""
    due_from = LONG_AGO if step.last_day is None else today - timedelta(days=step.last_day)
    return StepDates(step.step.id, due_from, today - timedelta(days=step.first_day), step.step.channels)
