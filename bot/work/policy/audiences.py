"""Audiences: customers grouped by what the policy needs: their segment, their day, and that day's hours.

There are as many groups as there are different days and hours now: a handful, for any number of customers and time
zones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.rules.policy.ladder import StepWindow
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window, local_day, window
from storage.facts.debts import Audience, StepDates

LONG_AGO = date(1970, 1, 1)


def everybody(zones: Sequence[str], now: datetime) -> Iterator[Audience]:
    """Audiences by their present day: two or three, for any number of time zones."""
    days: dict[date, tuple[str, ...]] = {}
    for zone in zones:
        day = local_day(zone, now)
        days[day] = (*days.get(day, ()), zone)
    for day, where in days.items():
        yield Audience(where, day, None)


def by_day(policy: Policy, zones: Sequence[str], now: datetime) -> Iterator[Audience]:
    """Audiences by segment and by their present day."""
    for segment in (None, *policy.segments):
        for audience in everybody(zones, now):
            yield replace(audience, segment=segment, other_segments=() if segment else tuple(policy.segments))


def by_hours(policy: Policy, zones: Sequence[str], now: datetime) -> Iterator[tuple[Audience, Window]]:
    """Audiences by segment, day and that day's sending hours. If today has no hours, or no more, nothing is planned:
    tomorrow's round plans what is still due then."""
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
    """The due dates of the instalments that are on this step today."""
    due_from = LONG_AGO if step.last_day is None else today - timedelta(days=step.last_day)
    return StepDates(step.step.id, due_from, today - timedelta(days=step.first_day), step.step.channels)
