"""Reminders of the parts of plans: planned in each round, and checked once more before they are sent. `sending` sends
them as it sends reminders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rules.agreements.instalment_plans import Part, Plan
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import day_ends, local_day, next_window
from bot.rules.reminders import part_reminders as rules
from bot.rules.reminders.part_reminders import PartToPay, Speak
from bot.rules.reminders.send_check import Never, NotNow
from bot.work.policy.audiences import Crowd, everybody
from bot.work.policy.policies import PolicyBook
from storage.agreements import instalment_plans
from storage.facts.looks import Person, persons
from storage.reminders import part_notices, receipts
from storage.reminders.notices import Notice
from storage.reminders.part_notices import ComingPart, PartNotice
from storage.runtime.engine import Connection


async def plan_part_reminders(conn: Connection, policy: Policy, crowd: Crowd, now: datetime) -> int:
    """Plans the reminders of the crowd; returns how many there are."""
    return await part_notices.plan(conn, await _due(conn, policy, crowd, now), now)


async def whose(conn: Connection, policy: Policy, crowd: Crowd, now: datetime) -> set[str]:
    """The customers of the crowd for whom one is to be planned; writes nothing."""
    return {each.coming.customer_id for each in await _due(conn, policy, crowd, now)}


async def _due(conn: Connection, policy: Policy, crowd: Crowd, now: datetime) -> list[PartNotice]:
    if not any(each.plans for each in (policy, *policy.segments.values())):
        return []
    found = [part for audience in everybody(crowd, now) for part in await part_notices.coming(conn, audience)]
    if not found:
        return []
    told = await part_notices.told(conn, [part.plan_id for part in found])
    of_whom = {each.customer_id: each for each in await persons(conn, [part.customer_id for part in found])}
    made = (
        notice
        for part in found
        if part.customer_id in of_whom
        for notice in _notice(policy, part, of_whom[part.customer_id], now)
    )
    return [each for each in made if (each.coming.plan_id, each.coming.part, each.step) not in told]


def _notice(policy: Policy, part: ComingPart, person: Person, now: datetime) -> Iterator[PartNotice]:
    """The notice of the step that is current, if one is."""
    of_segment, today = policy.for_segment(person.segment), local_day(person.zone, now)
    step = None if of_segment.plans is None else rules.step_today(of_segment.plans.remind, part.due_date, today)
    if step is None:
        return
    window = next_window(of_segment.sending_hours, person.zone, now)
    opens = now if window is None else max(now, window.opens)
    yield PartNotice(part, step, today, opens, day_ends(person.zone, part.due_date), of_segment.name, policy.version)


@dataclass(frozen=True, slots=True)
class Checked:
    """A reminder of a part that was checked, and the channels to try, in this order."""

    notice: Notice
    verdict: Speak | NotNow | Never
    channels: tuple[str, ...]
    plan: Plan | None
    part: Part | None


async def check(
    conn: Connection,
    book: PolicyBook,
    claimed: Sequence[Notice],
    known: Mapping[str, CustomerFacts],
    accepted_at: Mapping[str, Sequence[datetime]],
    arrives: datetime,
) -> list[Checked]:
    """Checks claimed reminders of parts against the plans as they are; they would arrive at `arrives`."""
    if not claimed:
        return []
    about = await part_notices.about(conn, [notice.notice_id for notice in claimed])
    distressed = await receipts.in_distress(conn, [notice.customer_id for notice in claimed])
    found = []
    for notice in claimed:
        customer = known[notice.customer_id].customer
        policy = book.current.for_segment(customer.segment)
        plan_id, number, step = about.get(notice.notice_id, (0, 0, 0))
        plan = await instalment_plans.latest(conn, notice.customer_id, "agreed")
        part = to_pay = None
        if plan is not None and plan.plan_id == plan_id:
            part = next((part for part in plan.parts if part.number == number), None)
        if plan is not None and part is not None:
            to_pay = PartToPay(part.due_date, (part.amount - plan.covered_of(part)).amount)
        verdict = rules.decide(
            policy,
            customer,
            to_pay,
            step,
            accepted_at.get(notice.customer_id, ()),
            arrives,
            in_distress=notice.customer_id in distressed,
        )
        channels = customer.wishes.ordered(policy.plans.channels if policy.plans else ())
        found.append(Checked(notice, verdict, channels, plan, part))
    return found
