"""A look at some customers under all versions of the policy that are in use: what they owe, and what planning has to do
about it now. Nothing is written: mostly there is nothing to do.

There is one statement for each day, segment and version, never one for a customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.rules.policy.dunning_ladder import escalation_windows
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window
from bot.work.cases.escalations import Calls
from bot.work.guarantee.guard import minimums_of
from bot.work.policy.audiences import Crowd, by_hours, call_steps, message_steps
from bot.work.policy.policies import PolicyBook
from bot.work.reminders.planning import Due
from storage.cases import cases_opening
from storage.cases.cases_opening import Escalation
from storage.facts.debts import Audience, Ladder
from storage.reminders import ladder_look
from storage.reminders.ladder_look import Asked, Found
from storage.reminders.notice_planning import Plan
from storage.runtime.engine import Connection


@dataclass(frozen=True, slots=True)
class Seen:
    """`owing`: of each customer who owes anything the day on which the earliest of it is due, and whether the wallet
    calls any of it disputed; then what needs a person, and which sets of notices are to be planned."""

    owing: Mapping[str, tuple[date, bool]] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    due: tuple[Due, ...] = ()

    @property
    def customer_ids(self) -> set[str]:
        """Those about whom planning has something to do."""
        return self.calls.customer_ids.union(*(due.news.customer_ids for due in self.due))

    def of(self, customer_ids: Collection[str]) -> Seen:
        """The part of it that is about these customers."""
        owing = {customer_id: earliest for customer_id, earliest in self.owing.items() if customer_id in customer_ids}
        due = (notices.of(customer_ids) for notices in self.due)
        return Seen(owing, self.calls.of(customer_ids), tuple(notices for notices in due if notices.news))

    def __add__(self, other: Seen) -> Seen:
        return Seen({**self.owing, **other.owing}, self.calls + other.calls, (*self.due, *other.due))


async def look(
    conn: Connection,
    book: PolicyBook,
    crowd: Crowd,
    channels: Collection[str],
    now: datetime,
    *,
    owing: bool = True,
) -> Seen:
    """What there is to be seen of a few who are chosen; without `owing` not what they owe. Debtors who have no channel
    left are looked for only once."""
    seen = Seen()
    for policy in (book.current, *book.earlier):
        ladder = Ladder(policy.version, policy is book.current)
        for audience, parts in _audiences(policy, crowd, now):
            terms = policy.for_segment(audience.segment)
            calls = call_steps(terms, audience.today)
            # Of a policy pack that has expired nothing is sent until somebody has reviewed it.
            messages = message_steps(terms, audience.today) if parts and not terms.silenced_by else ()
            earliest = owing and ladder.current
            asked = Asked(audience, messages, calls, minimums_of(terms), ladder, channels, earliest)
            found = await ladder_look.look(conn, asked)
            seen += Seen(found.owing, _calls(terms, ladder, found), tuple(_due(terms, ladder, parts, found)))
    return seen + Seen(calls=Calls(unreachable=await cases_opening.unreachable(conn, channels, crowd.customer_ids)))


def _audiences(policy: Policy, crowd: Crowd, now: datetime) -> Iterator[tuple[Audience, list[tuple[Audience, Window]]]]:
    """Those of each segment and day for whom there are sending hours, with the parts of them by these hours, and those
    for whom there are none. Hours differ by time zone, what is new does not: one statement answers for all of them."""
    alike: dict[tuple[str | None, date, bool], list[tuple[Audience, Window | None]]] = {}
    for audience, hours in by_hours(policy, crowd, now):
        alike.setdefault((audience.segment, audience.today, hours is None), []).append((audience, hours))
    for parts in alike.values():
        whole = parts[0][0]
        if len(parts) > 1:
            zones = tuple(zone for audience, _ in parts for zone in audience.zones)
            ids = tuple(customer_id for audience, _ in parts for customer_id in audience.customer_ids or ())
            whole = replace(whole, zones=zones, customer_ids=ids)
        yield whole, [(audience, hours) for audience, hours in parts if hours is not None]


def _calls(terms: Policy, ladder: Ladder, found: Found) -> Calls:
    reasons = {span.step.id: str(span.step.escalate) for span in escalation_windows(terms)}
    return Calls(
        tuple(Escalation(reasons[step_id], step_id, ladder.version, debts) for step_id, debts in found.calls.items())
    )


def _due(terms: Policy, ladder: Ladder, parts: list[tuple[Audience, Window]], found: Found) -> Iterator[Due]:
    for audience, hours in parts if found.news else ():
        if news := found.news.of(audience.customer_ids):
            yield Due(Plan(audience, ladder, terms.name), hours, news, terms.sending_hours)
