"""Cases in a forecast: for each customer, the first day on which something would open a case."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.case_reasons import CaseReason
from bot.rules.facts.settlement import ENDINGS
from storage.agreements.promises_kept import covered_of_plan
from storage.facts.debts import can_reach_by_any
from storage.outlook.forecasts_debts import Minimums, Question, day_number, debts_to_come, worth_it_under
from storage.runtime.capped_sums import running_sum_of, sum_of
from storage.runtime.prepared import prepared
from storage.schema import case_items, cases, holds, is_open, notice_items, notices, plan_parts


def opening(asked: Question, debts: CTE) -> CTE:
    """Customers without an open case, with the first day on which one opens: because of a step that opens a case, a
    broken promise, or because the customer could not be told anything."""
    due = _due_for_a_person(asked, debts)
    return (
        select(due.c.customer_id, due.c.zone, func.min(due.c.day).label("day"))
        .where(~_has_one(due))
        .group_by(due.c.customer_id, due.c.zone)
        .cte("opening")
    )


async def first_opening(conn: AsyncConnection, asked: Question) -> tuple[date, str] | None:
    """When a case opens for the customer in question, and why: 'not_reached', 'broken_promise', or 'called' (by a
    step). None if a case is open already, or none opens up to the last day."""
    row = (await conn.execute(_first_opening(_Asked(asked.form(), asked)), asked.values())).first()
    return None if row is None else (asked.audience.today + timedelta(days=row.day), row.why)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, which is the same as another one of its form."""

    form: tuple[Hashable, ...]
    question: Question = field(compare=False)


@prepared
def _first_opening(asked: _Asked) -> Select[Any]:
    due = _due_for_a_person(asked.question, debts_to_come(asked.question))
    return select(due.c.day, due.c.why).where(~_has_one(due)).order_by(due.c.day, due.c.place).limit(1)


def _due_for_a_person(asked: Question, debts: CTE) -> CTE:
    """Everything that would open a case, with its day and reason."""
    reasons: dict[str, Select[Any]] = {
        CaseReason.BROKEN_PROMISE: _unkept(asked, debts),
        CaseReason.NOT_REACHED: _untold(asked, debts),
    }
    if any(step.last_day is None for step in asked.steps):
        reasons["called"] = _called_for(asked, debts)
    rows = [(place, why, reason.subquery()) for place, (why, reason) in enumerate(reasons.items())]
    return union_all(
        *(
            select(
                row.c.customer_id,
                row.c.zone,
                row.c.day,
                literal(str(why), Text).label("why"),
                literal(place, Integer).label("place"),
            )
            for place, why, row in rows
        )
    ).cte("due_for_a_person")


def _has_one(due: CTE) -> ColumnElement[bool]:
    return exists().where(cases.c.customer_id == due.c.customer_id, is_open()).correlate(due)


def _called_for(asked: Question, debts: CTE) -> Select[Any]:
    """Debts that reach a step which opens a case, and have not opened one for this step yet."""
    steps = union_all(
        *(
            select(
                literal(step.version, Text).label("version"),
                literal(step.step_id, Text).label("step_id"),
                literal(step.first_day, Integer).label("first_day"),
            )
            for step in asked.steps
            if step.last_day is None
        )
    ).cte("person_steps")
    was_escalated = (
        exists()
        .where(
            case_items.c.instalment_id == debts.c.instalment_id,
            case_items.c.step_id == steps.c.step_id,
            case_items.c.due_date == debts.c.due_date,
            cases.c.case_id == case_items.c.case_id,
            debts.c.due >= 0,  # an overdue debt opens a case again when its hold is over
            func.coalesce(cases.c.outcome, "").not_in(ENDINGS),
        )
        .correlate(debts, steps)
    )
    called = (
        select(debts, steps.c.step_id, _from_day(debts, steps.c.first_day).label("day"))
        .join(steps, steps.c.version == debts.c.version)
        .where(~was_escalated)
        .cte("called")
    )
    return _enough(called, [called.c.version, called.c.step_id], asked.minimums)


def _untold(asked: Question, debts: CTE) -> Select[Any]:
    """Customers who would be silent. If they cannot be reached, turned reminders off or let them pause, their case
    opens the evening before. For all others one opens only if the time to tell them was over before they could be told,
    for example after an outage or a long hold."""
    was_told = (
        exists()
        .where(
            notice_items.c.instalment_id == debts.c.instalment_id,
            notices.c.notice_id == notice_items.c.notice_id,
            notices.c.state == "accepted",
        )
        .correlate(debts)
    )
    is_paused = func.coalesce(debts.c.paused_until, -1) >= debts.c.due + (asked.person_from - 1)
    out_of_reach = or_(debts.c.stopped, is_paused, ~can_reach_by_any(debts.c.customer_id, asked.channels))
    too_late = debts.c.due + asked.person_from <= func.coalesce(debts.c.held_until + 1, 0)
    days_past_due = case((out_of_reach, asked.person_from - 1), else_=asked.person_from)
    untold = (
        select(debts, _from_day(debts, days_past_due).label("day"))
        .where(or_(out_of_reach, too_late), ~was_told)
        .cte("untold")
    )
    return _enough(untold, [untold.c.version], asked.minimums)


def _unkept(asked: Question, debts: CTE) -> Select[Any]:
    """Customers whose promise or plan would be broken if nothing is paid: a promise after its last day, a plan after
    the due date of the first part that is not covered yet."""
    earlier = plan_parts.alias("earlier")
    by_then = (
        select(sum_of(earlier.c.amount))
        .where(earlier.c.plan_id == plan_parts.c.plan_id, earlier.c.part <= plan_parts.c.part)
        .correlate(plan_parts)
        .scalar_subquery()
    )
    part = select(func.min(plan_parts.c.due_date)).where(plan_parts.c.plan_id == holds.c.plan_id)
    part = part.where(plan_parts.c.due_date >= asked.value("given_parts_from", Date()))
    part = part.where(by_then > covered_of_plan())
    first = func.coalesce(part.correlate(holds).scalar_subquery(), holds.c.until)
    day_after = day_number(first, asked) + asked.promise_days + 1
    about = or_(
        holds.c.instalment_id == debts.c.instalment_id,
        and_(holds.c.instalment_id.is_(None), debts.c.due_date <= holds.c.until),
    )
    of_theirs = and_(holds.c.customer_id == debts.c.customer_id, holds.c.ended_at.is_(None))
    columns = (debts.c.customer_id, debts.c.zone, case((day_after < 0, 0), else_=day_after).label("day"))
    given = and_(of_theirs, holds.c.kind.in_(("promise", "plan")), about)
    return select(*columns).select_from(debts).join(holds, given)


def _from_day(debts: CTE, days_past_due: ColumnElement[Any]) -> ColumnElement[Any]:
    """The first day, today or later, on which a debt is at least `days_past_due` days past due and not on hold."""
    comes = debts.c.due + days_past_due
    freed = func.coalesce(debts.c.held_until + 1, 0)
    later = case((comes > freed, comes), else_=freed)
    return case((later < 0, 0), else_=later)


def _enough(rows: CTE, of: Iterable[Any], minimums: Minimums) -> Select[Any]:
    """Rows from the day on which the sum of the debts up to that day reaches the minimum."""
    per = [rows.c.customer_id, rows.c.currency, *of]
    owed = running_sum_of(rows.c.outstanding, per, rows.c.day)
    summed = select(rows, owed.label("owed")).cte(f"{rows.name}_owed")
    return select(summed.c.customer_id, summed.c.zone, summed.c.day).where(worth_it_under(summed, minimums))
