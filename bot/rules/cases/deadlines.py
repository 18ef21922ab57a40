"""Deadlines: the next action in a case, and by when, in the desk's working time.

A snoozed case has none until its day comes. `bot.work.cases.deadlines` says who is told before and after a deadline.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.rules.cases.case import Case, Due, DueKind
from bot.rules.cases.working_time import later_by
from bot.rules.policy.desk_terms import Desk


def due_of(desk: Desk, case: Case, now: datetime) -> Due:
    """The next action and its deadline. A waiting customer is answered within `first_answer` of their first message,
    and called at the time they chose: that may be past, and then the case is late. A case without any work is started
    within the same time after its opening. Otherwise the next action counts from the last one.

    Where nobody waits, a deadline that is worked out again (after a rest, in other hands) is not past: then there is
    time for a first answer from now on."""
    answer = desk.first_answer_within(case.reason)
    if case.waits_since is not None:
        return _or_call(case, Due(later_by(desk, case.waits_since, answer), "first_answer"))
    if case.call_at is not None:
        return Due(case.call_at, "call_back")
    if case.worked_at is None:
        due = Due(later_by(desk, case.opened_at, answer), "first_answer")
    else:
        due = Due(later_by(desk, case.worked_at, desk.next_action_within(case.reason)), "next_action")
    is_first = case.due_at is None or case.due_at <= case.opened_at  # a case opens with a deadline that is not known
    return due if due.at > now or is_first else Due(later_by(desk, now, answer), due.kind)


def due_after_snooze(desk: Desk, case: Case, ended: datetime) -> Due:
    """The next action after a snooze: what was due anyway, or an agreed call, or any action within the time of a first
    answer."""
    if case.due_kind is not None and case.due_at is not None and case.due_at > ended:
        return Due(case.due_at, case.due_kind)
    kind: DueKind = "first_answer" if case.waits_since is not None else "next_action"
    return _or_call(case, Due(later_by(desk, ended, desk.first_answer_within(case.reason)), kind))


def due_now(desk: Desk, case: Case, now: datetime) -> Due:
    """The next action as shown: as stored, or computed if something has happened since."""
    if case.due_kind is not None and case.due_at is not None:
        return Due(case.due_at, case.due_kind)
    return due_of(desk, case, now)


def with_due(desk: Desk, case: Case, now: datetime) -> Case:
    """The case with its next action as shown. A case that just opened is stored as due at once, until its deadline is
    computed. A closed or snoozed case has none."""
    if not case.is_open or case.snoozed_until is not None:
        return case
    due = due_now(desk, case, now)
    return replace(case, due_at=due.at, due_kind=due.kind)


def remind_until(desk: Desk, now: datetime) -> datetime:
    """Actions due by this instant are reminded now."""
    return later_by(desk, now, desk.remind_before)


def is_over(last: datetime, allowed: timedelta, desk: Desk, now: datetime) -> bool:
    """Whether so much working time has passed since `last`."""
    return later_by(desk, last, allowed) <= now


def _or_call(case: Case, due: Due) -> Due:
    """This, or the agreed call if it is sooner."""
    return Due(case.call_at, "call_back") if case.call_at is not None and case.call_at < due.at else due
