"""Forecast: what would be sent on the coming days, and whether it fits into the sending hours. Nothing is written.

The loops run over segments and zones; customers are counted in the database, with the ladders that planning uses. A
forecast assumes that nobody pays or answers and that no agent acts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.channels.rate_windows import BULK_SHARE
from bot.rules.channels import NAMES as CHANNELS
from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.money import Money
from bot.rules.guarantee.states import person_from
from bot.rules.outlook.forecast import Count, Forecast, Group, Hours, days_from, forecast, sending_hours, step_spans
from bot.rules.policy.policy import Policy, policy_from_json
from bot.rules.policy.sending_hours import local_day
from bot.work.policy.policies import PolicyBook
from storage.facts import debts
from storage.facts.debts import Audience
from storage.outlook import forecasts, forecasts_cases
from storage.outlook.forecasts_debts import Question
from storage.policy import policy_versions
from storage.runtime.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class _Ladder:
    """One version's policy for one segment: as it is on each day, and which of the days have sending hours."""

    by_day: Mapping[date, Policy]
    hours: Hours

    @property
    def policy(self) -> Policy:
        return next(iter(self.by_day.values()))


async def read_book(conn: Connection, policy: Policy, now: datetime) -> PolicyBook:
    """The policies in force, as in `open_book`, without writing down that this one is in force."""
    _, sources = await policy_versions.unfinished(conn, policy.version)
    return PolicyBook(policy, tuple(policy_from_json(source) for source in sources)).as_of(now)


async def forecast_days(
    db: Database, book: PolicyBook, channels: Collection[str], rate: float, days: int, now: datetime
) -> Forecast:
    """What would be sent on the customers' days from today on, at `rate` messages per second; reminders get their share
    of it."""
    counts: list[Count] = []
    hours: dict[Group, Hours] = {}
    async with db.read() as conn:
        zones = await debts.zones_in_use(conn)
        coming = days_from(min((local_day(zone, now) for zone in zones), default=now.date()), days)
        for audience, ladders, hours_of in _audiences(book, zones, coming, now):
            hours |= {(audience.segment, zone): of_zone for zone, of_zone in hours_of.items()}
            counts += await forecasts.count(conn, _question(audience, ladders, channels, coming[-1]))
    policies = [policy for version in (book.current, *book.earlier) for policy in (version, *version.segments.values())]
    steps = [step.id for policy in policies for step in policy.steps]
    return forecast(now, rate, coming, counts, hours, share=BULK_SHARE, order=[*dict.fromkeys(steps), *CHANNELS])


async def first_case_of(
    conn: Connection,
    book: PolicyBook,
    customer: Customer,
    channels: Collection[str],
    days: Sequence[date],
    now: datetime,
) -> tuple[date, str] | None:
    """The first of these days on which a case opens for this customer, and why: not_reached, broken_promise, or called
    (by a step). None if none opens, or one is open."""
    for audience, ladders, _ in _audiences(book, [customer.zone], days, now):
        asked = replace(_question(audience, ladders, channels, days[-1]), customer_id=customer.customer_id)
        if found := await forecasts_cases.first_opening(conn, asked):
            return found
    return None


def _audiences(
    book: PolicyBook, zones: Sequence[str], days: Sequence[date], now: datetime
) -> Iterator[tuple[Audience, Sequence[_Ladder], Mapping[str, Hours]]]:
    """Customers by segment, in zones with the same day now and the same days with sending hours. With the ladders they
    may be on, the current version's first, and its hours in each zone."""
    versions = (book.current, *book.earlier)
    segments = dict.fromkeys(segment for version in versions for segment in version.segments)
    for segment in (None, *segments):
        by_day = [{day: version.as_of(day).for_segment(segment) for day in days} for version in versions]
        groups: dict[tuple[date, tuple[tuple[date, ...], ...]], dict[str, list[_Ladder]]] = {}
        for zone in zones:
            ladders = [_Ladder(policies, sending_hours(policies, zone, now)) for policies in by_day]
            pattern = (local_day(zone, now), tuple(tuple(ladder.hours) for ladder in ladders))
            groups.setdefault(pattern, {})[zone] = ladders
        for (today, _), where in groups.items():
            audience = Audience(tuple(where), today, segment, tuple(segments) if segment is None else ())
            yield audience, next(iter(where.values())), {zone: ladders[0].hours for zone, ladders in where.items()}


def _question(audience: Audience, ladders: Sequence[_Ladder], channels: Collection[str], last: date) -> Question:
    current = ladders[0].policy
    return Question(
        audience=audience,
        last=last,
        version=current.version,
        steps=[step for ladder in ladders for step in step_spans(ladder.policy)],
        # Planned by the hours of the ladder's own version, sent by the hours of the current one.
        sending_days={ladder.policy.version: [d for d in ladder.hours if d in ladders[0].hours] for ladder in ladders},
        minimums={ladder.policy.version: ladder.policy.minimum_amount for ladder in ladders},
        sent_minimums={ladder.policy.version: _higher(ladder.policy, current) for ladder in ladders},
        channels=channels,
        max_per_day=current.max_per_day,
        max_per_week=current.max_per_week,
        person_from=person_from(current),
        promise_days=current.desk.promise_days,
    )


def _higher(first: Policy, second: Policy) -> dict[str, Money]:
    """The higher minimum amounts of the two policies."""
    currencies = (*first.minimum_amount, *second.minimum_amount)
    return {currency: max(first.minimum(currency), second.minimum(currency)) for currency in currencies}
