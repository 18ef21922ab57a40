"""Next steps: what comes next for one customer, when, and why. Reminders are predicted by the rules with which planning
plans and sending checks (`bot.rules.reminders.reminders_ahead`), under the policy version of each debt's ladder; a case
by the statement of the forecast.

It looks only at what is known now: nobody pays, answers or acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from bot.rules.case_reasons import CaseReason
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.dunning_ladder import escalation_windows
from bot.rules.policy.minimum import worth_it
from bot.rules.policy.sending_hours import beginning
from bot.rules.reminders.due_today import Told, may_be_told
from bot.rules.reminders.reminders_ahead import Ahead, Outlook, Terms, Waiting, reminders_ahead
from bot.work.policy.policies import PolicyBook
from storage.outlook.customer_history import Known, Rows

CAPS_OVER = timedelta(days=9)  # reminders that an earlier week's cap still counts


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next for an instalment, or for the customer as a whole (`instalment_id` None).

    `what` is reminder, person (a case opens), case (one is open) or nothing. `day` is the customer's, `at` the first
    instant. `reason` is a slug: why it waits or why nothing comes; empty if there is no such reason. `channel` is that
    by which a reminder is tried first.
    """

    what: str
    instalment_id: str | None = None
    step_id: str | None = None
    day: date | None = None
    at: datetime | None = None
    reason: str = ""
    case_id: int | None = None
    notice_id: int | None = None
    channel: str | None = None


def next_steps(
    book: PolicyBook,
    facts: CustomerFacts,
    known: Known,
    unreached: Mapping[str, str],
    days: Sequence[date],
    now: datetime,
    first_case: tuple[date, str] | None = None,
) -> tuple[Next, ...]:
    """Everything that comes next on these of the customer's days, today first. `unreached` says for each channel that
    is set up why no message would arrive (not_linked, blocked …), or is empty. `first_case` is the day on which the
    forecast opens a case, and why (not_reached, broken_promise, or called, by a step); None if it opens none."""
    if facts.customer.forgotten:
        return (Next("nothing", reason="forgotten"),)
    view = _View(_outlook(book, facts, known, unreached, now), known, now, days[0], first_case)
    ahead = reminders_ahead(view.outlook, days, now)
    coming = [Next("case", case_id=c.case_id, reason=c.reason) for c in known.cases if c.is_open]
    of_debts = [found for i in facts.unsettled for found in _of_debt(view, i, ahead.get(i.instalment_id))]
    if first_case is not None and not any(n.what == "person" for n in of_debts):
        day, why = first_case
        coming.append(Next("person", day=day, reason=CaseReason.OVERDUE if why == "called" else why))
    if facts.unsettled:
        return (*coming, *of_debts)
    return (*coming, Next("nothing", reason="settled" if known.instalments else "no_facts"))


@dataclass(frozen=True, slots=True)
class _View:
    """The facts for every decision here; `today` is the customer's."""

    outlook: Outlook
    known: Known
    now: datetime
    today: date
    first_case: tuple[date, str] | None


def _of_debt(view: _View, instalment: Instalment, ahead: Ahead | None) -> Iterator[Next]:
    if instalment.status == "disputed" or (instalment.held and (ahead is None or ahead.at is None)):
        yield Next("nothing", instalment.instalment_id, reason=_why_held(view.known, instalment))
        return
    person = _person(view, instalment)
    if ahead is not None:
        yield _reminder(instalment, ahead)
    if person is not None:
        yield person
    if ahead is None and person is None:
        yield Next("nothing", instalment.instalment_id, reason="ladder_ended")


def _reminder(instalment: Instalment, ahead: Ahead) -> Next:
    what = "nothing" if ahead.at is None else "reminder"
    id_, notice_id = instalment.instalment_id, ahead.notice_id
    return Next(what, id_, ahead.step_id, ahead.day, ahead.at, ahead.reason, notice_id=notice_id, channel=ahead.channel)


def _why_held(known: Known, instalment: Instalment) -> str:
    is_disputed = instalment.status == "disputed" or any(h.kind == "dispute" for h in _holds_of(known, instalment))
    return "disputed" if is_disputed else "on_hold"


# --- What the rules of reminders need --------------------------------------------------------------------------------


def _outlook(
    book: PolicyBook, facts: CustomerFacts, known: Known, unreached: Mapping[str, str], now: datetime
) -> Outlook:
    versions, segment = (book.current, *book.earlier), facts.customer.segment

    @cache
    def terms_on(day: date) -> Terms:
        current, *earlier = (version.as_of(day).for_segment(segment) for version in versions)
        return Terms(current, {policy.version: policy for policy in (current, *earlier)})

    held = {i.instalment_id: [hold.until for hold in _holds_of(known, i)] for i in facts.unsettled}
    return Outlook(
        facts=facts,
        terms_on=terms_on,
        began_under=known.began_under,
        held_until={instalment_id: max(until) for instalment_id, until in held.items() if until},
        told=[_as_ended(told, known, now) for told in known.told],
        waiting=_waiting(known, now),
        unreached=unreached,
        accepted_at=known.accepted_at(now - CAPS_OVER),
    )


def _holds_of(known: Known, instalment: Instalment) -> Rows:
    """The holds in force on this debt, or on everything that the customer owes."""
    return [h for h in known.holds if h.ended_at is None and h.instalment_id in (None, instalment.instalment_id)]


def _waiting(known: Known, now: datetime) -> Waiting | None:
    """The notice that waits or is being sent: there is one at most."""
    for notice in known.notices:
        if notice.state == "claimed" or (notice.state == "planned" and notice.expires_at > now):
            at = max(notice.send_after, now)
            reason = notice.reason or ("" if at > now else "due_now")
            return Waiting(notice.notice_id, at, reason, on_its_way=notice.state == "claimed")
    return None


def _as_ended(told: Told, known: Known, now: datetime) -> Told:
    """The next round of sending ends notices whose hours are over, before it does anything else."""
    notice = next(n for n in known.notices if n.notice_id == told.notice_id)
    is_over = told.state == "planned" and notice.expires_at <= now
    return replace(told, state="not_sent", reason=told.reason or "hours_ended") if is_over else told


# --- A person --------------------------------------------------------------------------------------------------------


def _person(view: _View, instalment: Instalment) -> Next | None:
    """The first step of the debt's ladder that calls a person and has not done so for it. The forecast predicts a case
    for all debts together, and while one is open a step opens no other."""
    terms = view.outlook.terms_on(view.today)
    policy = view.outlook.policy_of(instalment, terms)
    if policy is None:
        return None
    for span in escalation_windows(policy):
        if any(e.is_of(instalment, span.step.id) for e in view.known.escalated):
            continue
        free = view.today
        if until := view.outlook.held_until.get(instalment.instalment_id):
            free = max(free, until + timedelta(days=1))
        day = max(free, instalment.due_date + timedelta(days=span.first_day))
        open_then = [i for i in view.outlook.facts_on(day).unsettled if may_be_told(i)]
        theirs = [(i, view.outlook.policy_of(i, terms)) for i in open_then]
        same_ladder = [i for i, own in theirs if own is not None and own.version == policy.version]
        on_step = [i for i in same_ladder if i.days_past_due(day) >= span.first_day]
        if instalment.instalment_id not in {i.instalment_id for i in worth_it(policy, on_step)}:
            return Next("nothing", instalment.instalment_id, span.step.id, day, reason="below_minimum")
        if view.first_case != (day, "called"):
            return None
        at = view.now if day == view.today else beginning(view.outlook.facts.customer.zone, day)
        return Next("person", instalment.instalment_id, span.step.id, day, at, str(span.step.escalate))
    return None
