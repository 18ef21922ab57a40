"""Holes of a valid policy: settings with which customers could be lost, because nobody tells them or no agent takes
over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from bot.rules.policy.desk_holes import desk_holes
from bot.rules.policy.dunning_ladder import message_windows
from bot.rules.policy.faults import Fault
from bot.rules.policy.packs_force import EVERY_DAY, effective, narrowed
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours, holidays_in
from bot.rules.policy.terms import Policy, Step

LONGEST_SILENCE_DAYS = 14
WEEK_DAYS = 7
EXPIRES_SOON_DAYS = 30


def find_holes(policy: Policy, today: date | None = None) -> list[Fault]:
    """Every hole, with those of segments and those caused by packs; without line numbers. Weeks that holidays leave
    without sending days depend on the year: they are searched in the year after `today`, if that is given, and so are
    packs that have expired or soon will."""
    policy = policy.untightened or policy
    holes = [*_holes(policy, today), *desk_holes(policy.desk, tuple(policy.minimum_amount))]
    for name, segment in policy.segments.items():
        own = (hole for hole in _holes(segment, today) if hole not in holes)
        holes += [Fault(None, ": ".join(filter(None, (f"segment {name!r}", hole.where))), hole.message) for hole in own]
    return holes


def _holes(policy: Policy, today: date | None) -> Iterator[Fault]:
    """The holes of a policy as its file has it, for those who get the usual reminders or the fewest."""
    fewest = policy.for_wish("fewer")
    policy = policy.for_wish("usual")
    yield from _nobody_takes_over(policy)
    yield from _long_silences(policy)
    yield from _never_sent(policy, today)
    yield from _sent_too_late(policy, fewest)
    yield from _one_sided_currencies(policy)
    yield from _no_hours_left(policy, today)
    yield from _empty_weeks(policy, today)
    if today is not None:
        yield from _expired(policy, today)


def _nobody_takes_over(policy: Policy) -> Iterator[Fault]:
    escalations = [step for step in policy.steps if step.escalate is not None]
    if not escalations:
        yield _hole("step", 'the ladder ends without a person; add a step with escalate = "overdue"')
    for step in escalations:
        if step.day <= policy.grace_days:
            message = f"calls a person on day {step.day}, within grace; expected after day {policy.grace_days}"
            yield _hole(_called(step), message)


def _long_silences(policy: Policy) -> Iterator[Fault]:
    for step, later in pairwise(policy.steps):
        if later.day - step.day > LONGEST_SILENCE_DAYS:
            message = f"nothing for {later.day - step.day} days after it; expected a step every {LONGEST_SILENCE_DAYS}"
            yield _hole(_called(step), message)


def _never_sent(policy: Policy, today: date | None) -> Iterator[Fault]:
    """Steps that the caps never let through for a customer with one debt, if each earlier step is sent on its first
    possible day."""
    most = policy.as_of(today).max_per_week
    under = "" if most == policy.max_per_week else f" under {_named(policy)}"
    sent: list[int] = []
    for window in message_windows(policy):
        last = window.first_day if window.last_day is None else window.last_day
        free = (
            day for day in range(window.first_day, last + 1) if sum(day - WEEK_DAYS < before for before in sent) < most
        )
        day = next(free, None)
        if day is None:
            message = f"can never be sent: earlier steps use up max_per_week, which is {most}{under}"
            yield _hole(_called(window.step), message)
        else:
            sent.append(day)


def _sent_too_late(policy: Policy, fewest: Policy) -> Iterator[Fault]:
    by = policy.guarantee.sent_by_day
    if _says_something(policy, by) and not _says_something(fewest, by):
        yield _hole("choices: least", f"none of these steps says anything by day {by}; add one that does")
    if not _says_something(policy, by):
        message = f"no step says anything by day {by}; add one with a message, or expect it later"
        yield _hole("guarantee: sent_by_day", message)


def _says_something(policy: Policy, by: int) -> bool:
    return any(step.message is not None and step.day <= by for step in policy.steps)


def _one_sided_currencies(policy: Policy) -> Iterator[Fault]:
    if policy.charges is None:
        return
    fees, minimums = set(policy.charges.late_fee), set(policy.minimum_amount)
    for currency in sorted(minimums - fees):
        yield _hole(
            "charges: late_fee", f'{currency} has a minimum_amount and no late_fee; "0" says that none is meant'
        )
    for currency in sorted(fees - minimums):
        yield _hole("minimum_amount", f'{currency} has a late_fee and no minimum_amount; "0" says that none is meant')


def _no_hours_left(policy: Policy, today: date | None) -> Iterator[Fault]:
    """Sending hours that are empty: by the file's own rest days, or because packs leave none."""
    hours = policy.sending_hours
    if hours.rest_days == EVERY_DAY:
        yield _hole("sending_hours: rest_days", "every day is a rest day, so nothing is ever sent")
        return
    if policy.as_of(today).sending_hours.rest_days != EVERY_DAY:
        return
    wish, way = f"sending_hours, {_span(hours)}", "so nothing is ever sent; move them into the hours it allows"
    alone = [pack for pack in effective(policy.applied, today) if narrowed(hours, [pack]).rest_days == EVERY_DAY]
    for pack in alone:
        yield _hole(f"pack {pack.name!r}", f"leaves nothing of {wish}, {way}")
    if not alone:
        yield _hole(_named(policy), f"together leave nothing of {wish}, {way}")


def _expired(policy: Policy, today: date) -> Iterator[Fault]:
    for pack in policy.applied:
        if pack.expires is None or (left := (pack.expires - today).days) > EXPIRES_SOON_DAYS:
            continue
        rules = ", ".join(rule.id for rule in pack.rules if rule.expires == pack.expires)
        when = f"expired after {pack.expires}" if left < 0 else f"expires after {pack.expires}, {_in_days(left)}"
        then = "so nothing is sent unasked" if left < 0 else "and then nothing is sent unasked"
        message = f"{when}, {then}; have its rules reviewed ({rules}) and set new expires dates"
        yield _hole(f"pack {pack.name!r}", message)


def _in_days(days: int) -> str:
    return {0: "today", 1: "in 1 day"}.get(days, f"in {days} days")


def _empty_weeks(policy: Policy, today: date | None) -> Iterator[Fault]:
    hours = policy.as_of(today).sending_hours
    if today is None or hours.holidays is None or hours.rest_days == EVERY_DAY:
        return
    holidays = holidays_in(hours.holidays, (today.year, today.year + 1))
    closed = 0
    for day in (today + timedelta(days=ahead) for ahead in range(366)):
        closed = closed + 1 if day in holidays or day.weekday() in hours.rest_days else 0
        if closed == WEEK_DAYS:
            message = f"nothing is sent from {day - timedelta(days=WEEK_DAYS - 1)} to {day} or longer"
            yield _hole("sending_hours: holidays", f"{message}; agents need to cover that week")


def _span(hours: SendingHours) -> str:
    closes = "24:00" if hours.closes == MIDNIGHT else f"{hours.closes:%H:%M}"
    return f"{hours.opens:%H:%M} to {closes}"


def _named(policy: Policy) -> str:
    return f"pack {policy.packs[0]!r}" if len(policy.packs) == 1 else f"packs {', '.join(map(repr, policy.packs))}"


def _called(step: Step) -> str:
    return f"step {step.id!r}"


def _hole(where: str, message: str) -> Fault:
    return Fault(None, where, message)
