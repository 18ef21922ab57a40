"""Audiences: customers grouped by what the policy needs: their segment, their day, and that day's hours.

There are as many groups as there are different days and hours now: a handful, for any number of customers and time
zones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from bot.rules.facts.wishes import HOW_OFTEN
from bot.rules.policy.dunning_ladder import StepWindow, escalation_windows, message_windows
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import SendingHours, Window, evening, local_day, window
from storage.facts.debts import Audience, StepDates
from storage.facts.looks import Person, Taken

K = TypeVar("K", bound=tuple[date, *tuple[object, ...]])

LONG_AGO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Customers to be grouped into audiences: all of some time zones, or (`of_zone`) a few, by zone and segment."""

    zones: tuple[str, ...]
    of_zone: Mapping[str, Mapping[str | None, tuple[str, ...]]] | None = None

    @classmethod
    def of(cls, persons: Iterable[Person | Taken]) -> Crowd:
        """These customers and no others."""
        found: dict[tuple[str, str | None], list[str]] = defaultdict(list)
        for person in persons:
            found[person.zone, person.segment].append(person.customer_id)
        grouped: dict[str, dict[str | None, tuple[str, ...]]] = {}
        for (zone, segment), ids in found.items():
            grouped.setdefault(zone, {})[segment] = tuple(ids)
        return cls(tuple(sorted(grouped)), grouped)

    @property
    def customer_ids(self) -> tuple[str, ...] | None:
        """All of the few; None where it is everybody of the zones."""
        if self.of_zone is None:
            return None
        return tuple(each for segments in self.of_zone.values() for ids in segments.values() for each in ids)

    def audience(
        self, zones: tuple[str, ...], today: date, segment: str | None = None, others: tuple[str, ...] = ()
    ) -> Audience | None:
        """Those of one segment (None: of none of the `others`) in these zones; None where there is nobody."""
        if self.of_zone is None:
            return Audience(zones, today, segment, others)
        names = (lambda name: name == segment) if segment is not None else (lambda name: name not in others)
        ids = [
            each for zone in zones for name, members in self.of_zone[zone].items() if names(name) for each in members
        ]
        return Audience(zones, today, segment, others, tuple(sorted(ids))) if ids else None

    def grouped(self, policy: Policy, key_of: Callable[[SendingHours, str], K | None]) -> Iterator[tuple[Audience, K]]:
        """Audiences by segment and by what `key_of` says of the segment's sending hours and a zone: the day there, and
        anything else that differs; None leaves the zone out."""
        for segment in (None, *policy.segments):
            hours_of = policy.for_segment(segment).sending_hours
            groups: dict[K, tuple[str, ...]] = {}
            for zone in self.zones:
                if (key := key_of(hours_of, zone)) is not None:
                    groups[key] = (*groups.get(key, ()), zone)
            others = tuple(policy.segments) if segment is None else ()
            for key, where in groups.items():
                if audience := self.audience(where, key[0], segment, others):
                    yield audience, key


def everybody(crowd: Crowd, now: datetime) -> Iterator[Audience]:
    """Audiences by the day that it is there now: two or three, however many zones there are."""
    days: dict[date, tuple[str, ...]] = {}
    for zone in crowd.zones:
        day = local_day(zone, now)
        days[day] = (*days.get(day, ()), zone)
    for day, where in days.items():
        if audience := crowd.audience(where, day):
            yield audience


def by_hours(policy: Policy, crowd: Crowd, now: datetime) -> Iterator[tuple[Audience, Window | None]]:
    """Audiences by segment, day and that day's sending hours; None where today has none, or no more: nothing is sent
    then, and tomorrow's round takes up what is still true."""

    def day_and_hours(hours_of: SendingHours, zone: str) -> tuple[date, Window | None]:
        day = local_day(zone, now)
        hours = window(hours_of, zone, day)
        return day, hours if hours is not None and hours.closes > now else None

    for audience, (_, hours) in crowd.grouped(policy, day_and_hours):
        yield audience, hours


def by_evening(policy: Policy, crowd: Crowd, now: datetime) -> Iterator[tuple[Audience, bool]]:
    """Audiences by segment and day, and whether it is that day's evening there."""

    def day_and_evening(hours_of: SendingHours, zone: str) -> tuple[date, bool]:
        day = local_day(zone, now)
        return day, evening(hours_of, zone, day).opens <= now

    for audience, (_, over) in crowd.grouped(policy, day_and_evening):
        yield audience, over


def step_dates(step: StepWindow, today: date, often: str | None = None) -> StepDates:
    """The due dates of the instalments that are on this step today, for customers with that wish."""
    due_from = LONG_AGO if step.last_day is None else today - timedelta(days=step.last_day)
    return StepDates(step.step.id, due_from, today - timedelta(days=step.first_day), step.step.channels, often)


def call_steps(policy: Policy, today: date) -> list[StepDates]:
    """The steps that call a person, as due dates."""
    return [step_dates(step, today) for step in escalation_windows(policy)]


def message_steps(policy: Policy, today: date) -> list[StepDates]:
    """The message steps as due dates: those that are the same for everybody once, the others by wish."""
    of_wish = {often: message_windows(policy.for_wish(often)) for often in HOW_OFTEN}
    of_all = [step for step in of_wish["usual"] if all(step in steps for steps in of_wish.values())]
    own = [(step, often) for often, steps in of_wish.items() for step in steps if step not in of_all]
    return [*(step_dates(step, today) for step in of_all), *(step_dates(step, today, often) for step, often in own)]
