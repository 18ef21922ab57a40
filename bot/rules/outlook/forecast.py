"""The arithmetic of a forecast: which days have sending hours, how long a day's messages take, and whether they fit
into the hours. Others count who owes what.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.facts.wishes import HOW_OFTEN, Often
from bot.rules.policy.dunning_ladder import StepWindow, escalation_windows, message_windows
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window, local_day, window

What = Literal["channel", "step", "unreachable", "case"]
Group = tuple[str | None, str]  # segment and zone: all its customers have the same hours
Hours = Mapping[date, Window]  # of one group, in order of day; a missing day has no hours

_A_MESSAGE = 0.01  # a smaller rest is a rounding error


@dataclass(frozen=True, slots=True)
class StepSpan:
    """The days past due on which a version's step is current, first and last included. `last_day` None: for ever, as
    for a step that calls a person. `often`: for those who want reminders so often; None: for everybody."""

    version: str
    step_id: str
    channels: tuple[str, ...]
    first_day: int
    last_day: int | None
    often: Often | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many customers of a group, on one of their days; `key` is the channel or the step, or empty."""

    what: What
    group: Group
    day: date
    key: str
    customers: int


@dataclass(frozen=True, slots=True)
class Demand:
    """So many messages that may be sent within a window."""

    day: date
    window: Window
    messages: int


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """What would happen on one day of the customers' calendars. A message about several steps counts under each of them
    in `by_step`, and once everywhere else."""

    day: date
    messages: int
    by_step: Mapping[str, int]
    by_channel: Mapping[str, int]
    unreachable: int  # should be told something, and no channel can
    cases: int
    hours_needed: float
    hours_open: float
    fits: bool

    def as_json(self) -> dict[str, object]:
        return {
            "day": self.day.isoformat(),
            "messages": self.messages,
            "by_step": dict(self.by_step),
            "by_channel": dict(self.by_channel),
            "unreachable": self.unreachable,
            "cases": self.cases,
            "hours_needed": round(self.hours_needed, 3),
            "hours_open": round(self.hours_open, 3),
            "fits": self.fits,
        }


@dataclass(frozen=True, slots=True)
class Forecast:
    """What would be sent if nobody paid and nobody answered. `rate` is the one in the settings, in messages per
    second."""

    as_of: datetime
    rate: float
    days: tuple[ForecastDay, ...] = field(default=())

    @property
    def first_day_that_does_not_fit(self) -> ForecastDay | None:
        return next((day for day in self.days if not day.fits), None)

    def as_json(self) -> dict[str, object]:
        late = self.first_day_that_does_not_fit
        return {
            "as_of": self.as_of.isoformat(timespec="seconds"),
            "rate": self.rate,
            "days": [day.as_json() for day in self.days],
            "first_day_that_does_not_fit": late.day.isoformat() if late else None,
        }


# --- Which days, and who is on a step then ---------------------------------------------------------------------------


def days_from(first: date, days: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=ahead) for ahead in range(days))


def sending_hours(policies: Mapping[date, Policy], zone: str, now: datetime) -> dict[date, Window]:
    """The rest of each day's sending hours in a zone; `policies` has the policy of each day, for one segment."""
    today = local_day(zone, now)
    found = {}
    for day, policy in policies.items():
        hours = None if day < today or policy.silenced_by else window(policy.sending_hours, zone, day)
        if hours is not None and hours.closes > now:
            found[day] = Window(max(hours.opens, now), hours.closes)
    return found


def step_spans(policy: Policy) -> Iterator[StepSpan]:
    """The steps of a segment's policy, message steps first; those that are not the same for everybody by how often
    reminders are wanted."""
    wishes: dict[StepWindow, list[Often]] = {}
    for often in HOW_OFTEN:
        for span in message_windows(policy.for_wish(often)):
            wishes.setdefault(span, []).append(often)
    for span, wanted in wishes.items():
        for_whom = [None] if len(wanted) == len(HOW_OFTEN) else wanted
        yield from (_span(policy, span, often) for often in for_whom)
    yield from (_span(policy, span, None) for span in escalation_windows(policy.for_wish("usual")))


def _span(policy: Policy, span: StepWindow, often: Often | None) -> StepSpan:
    return StepSpan(policy.version, span.step.id, span.step.channels, span.first_day, span.last_day, often)


# --- Whether it fits -------------------------------------------------------------------------------------------------


def forecast(
    as_of: datetime,
    rate: float,
    days: Sequence[date],
    counts: Iterable[Count],
    hours: Mapping[Group, Hours],
    *,
    share: float = 1.0,
    order: Sequence[str] = (),
) -> Forecast:
    """The days with their counts. `share` is the reminders' share of the rate; `order` is that of steps and channels.
    Messages of a day without hours are sent on the group's next day with hours. What does not fit into a day is not
    added to the next."""
    places = {key: place for place, key in enumerate(order)}
    placed = [placed for count in counts if (placed := _placed(count, hours)) is not None]
    placed.sort(key=lambda count: (places.get(count.key, len(places)), count.key))
    sums: dict[tuple[date, What], Counter[str]] = defaultdict(Counter)
    messages: Counter[tuple[date, Window]] = Counter()
    for count in placed:
        sums[count.day, count.what][count.key] += count.customers
        if count.what == "channel":
            messages[count.day, hours[count.group][count.day]] += count.customers
    demands = [Demand(day, within, number) for (day, within), number in messages.items()]
    late = late_days(demands, rate * share)
    return Forecast(as_of, rate, tuple(_day(day, sums, demands, hours, rate * share, late) for day in days))


def late_days(demands: Iterable[Demand], rate: float) -> frozenset[date]:
    """The days on which messages are left when the hours close, at `rate` messages per second in total. Those that
    close first go first, as in sending; no other order sends more in time."""
    coming = sorted(demands, key=lambda demand: demand.window.opens)
    waiting: list[tuple[datetime, int]] = []  # by closing time; the number is an index into `coming`
    left = [float(demand.messages) for demand in coming]
    late: set[date] = set()
    for place, demand in enumerate(coming):
        heapq.heappush(waiting, (demand.window.closes, place))
        now = demand.window.opens
        until = coming[place + 1].window.opens if place + 1 < len(coming) else None
        while waiting and (until is None or now < until):
            closes, first = waiting[0]
            end = closes if until is None else min(until, closes)
            needs_s = left[first] / rate
            open_s = max(0.0, (end - now).total_seconds())
            left[first] -= min(needs_s, open_s) * rate
            now += timedelta(seconds=min(needs_s, open_s))
            if left[first] <= _A_MESSAGE:
                heapq.heappop(waiting)
            elif end == closes:
                late.add(coming[first].day)
                heapq.heappop(waiting)
            else:
                now = end
    return frozenset(late)


def length_h(windows: Iterable[Window]) -> float:
    """How many hours are in at least one of the windows."""
    total = timedelta()
    until: datetime | None = None
    for each in sorted(windows, key=lambda w: w.opens):
        begins = each.opens if until is None else max(each.opens, until)
        if each.closes > begins:
            total += each.closes - begins
            until = each.closes
    return total / timedelta(hours=1)


def _placed(count: Count, hours: Mapping[Group, Hours]) -> Count | None:
    """The same on the day on which it can happen. A case needs no sending hours, and may have been due already."""
    if count.what == "case":
        return count
    day = next((day for day in hours[count.group] if day >= count.day), None)
    return None if day is None else Count(count.what, count.group, day, count.key, count.customers)


def _day(
    day: date,
    sums: Mapping[tuple[date, What], Counter[str]],
    demands: Sequence[Demand],
    hours: Mapping[Group, Hours],
    rate: float,
    late: Collection[date],
) -> ForecastDay:
    def number(what: What) -> Mapping[str, int]:
        return dict(sums.get((day, what), {}))

    by_channel = number("channel")
    messages = sum(by_channel.values())
    # The hours of the customers with messages on that day; if there are none, of all customers.
    used = [d.window for d in demands if d.day == day] or [h[day] for h in hours.values() if day in h]
    return ForecastDay(
        day=day,
        messages=messages,
        by_step=number("step"),
        by_channel=by_channel,
        unreachable=sum(number("unreachable").values()),
        cases=sum(number("case").values()),
        hours_needed=messages / rate / 3600,
        hours_open=length_h(used),
        fits=day not in late,
    )
