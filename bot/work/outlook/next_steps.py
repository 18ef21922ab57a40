"""Next steps: what comes next for one customer, when, and why. It uses the same rules as planning and sending.

It looks only at what is known now. Another reminder that uses up a cap, or a payment, is not predicted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.policy.ladder import escalation_windows, message_windows, step_for
from bot.rules.policy.minimum import worth_it
from bot.rules.policy.policy import Policy, Step
from bot.rules.policy.sending_hours import Window, local_day, window, zones
from bot.rules.reminders import send_check
from bot.rules.reminders.due_today import Told, may_be_planned, may_be_told
from bot.rules.reminders.send_check import PlannedItem
from bot.work.outlook.forecast import Coming
from storage.outlook.customer_history import Escalated, Known
from storage.outlook.forecasts import Foretold

NOTHING_COMES = Coming()
CAPS_OVER = timedelta(days=9)  # reminders that an earlier week's cap still counts


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next for an instalment, or for the customer as a whole (`instalment_id` None).

    `what` is reminder, person (a case opens), case (one is open) or nothing. `day` is the customer's, `at` the first
    instant. `reason` is a slug: why it waits or why nothing comes; empty if there is no such reason.
    """

    what: str
    instalment_id: str | None = None
    step_id: str | None = None
    day: date | None = None
    at: datetime | None = None
    reason: str = ""
    case_id: int | None = None
    notice_id: int | None = None


@dataclass(frozen=True, slots=True)
class _View:
    """The facts for every decision here."""

    policy: Policy  # of the customer's segment
    facts: CustomerFacts
    known: Known
    unreached: Mapping[str, str]  # for each channel that is set up: why nothing arrives, or empty
    accepted_at: Sequence[datetime]
    now: datetime
    today: date

    @property
    def zone(self) -> str:
        return self.facts.customer.zone


def next_steps(
    policy: Policy,
    facts: CustomerFacts,
    known: Known,
    unreached: Mapping[str, str],
    now: datetime,
    forecast: Coming = NOTHING_COMES,
) -> tuple[Next, ...]:
    """Everything that comes next. `policy` is that of the customer's segment. `unreached` says for each channel that is
    set up why no message would arrive (not_linked, blocked …), or is empty. `forecast` is the forecast for this
    customer, in their own days."""
    if facts.customer.forgotten:
        return (Next("nothing", reason="forgotten"),)
    today = local_day(facts.customer.zone, now)
    view = _View(policy, facts, known, unreached, known.accepted_at(now - CAPS_OVER), now, today)
    coming = [Next("case", case_id=c.case_id, reason=c.reason) for c in known.cases if c.state != "closed"]
    of_instalments = [found for i in facts.unsettled for found in _of_instalment(view, i, forecast)]
    if forecast.case is not None and not any(n.what == "person" for n in of_instalments):
        day, why = forecast.case
        coming.append(Next("person", day=day, reason="overdue" if why == "called" else why))
    coming += of_instalments
    if facts.unsettled:
        return tuple(coming)
    return (*coming, Next("nothing", reason="settled" if known.instalments else "no_facts"))


def _of_instalment(view: _View, instalment: Instalment, forecast: Coming) -> Iterator[Next]:
    if instalment.status == "disputed" or (instalment.held and not _told_of(instalment, forecast)):
        yield Next("nothing", instalment.instalment_id, reason="disputed")
        return
    message = _pending(view, instalment) or _as_forecast(view, instalment, _message(view, instalment), forecast)
    person = _person(view, instalment)
    if message is not None:
        yield message
    # The forecast predicts a case for all debts together, and while one is open a step opens no other.
    if person is not None and _is_another_case(view, person, forecast):
        person = None
    if person is not None:
        yield person
    if message is None and person is None:
        yield Next("nothing", instalment.instalment_id, reason="ladder_ended")


def _told_of(instalment: Instalment, forecast: Coming) -> Foretold | None:
    """The first predicted reminder about it; else one that a cap seems to hold back."""
    reminders = [told for told in forecast.messages if told.instalment_id == instalment.instalment_id]
    return next((told for told in reminders if told.day is not None), reminders[0] if reminders else None)


def _as_forecast(view: _View, instalment: Instalment, message: Next | None, forecast: Coming) -> Next | None:
    """The next reminder of the forecast; the decision made here says why it waits, or why none comes."""
    first = _told_of(instalment, forecast)
    if first is None:  # the version of its ladder sends nothing, even if the present version would
        return _nothing(message, "no_longer_true") if message is not None and message.what == "reminder" else message
    if first.day is None:
        return message  # caps are computed more exactly here
    if message is not None and (message.what, message.step_id, message.day) == ("reminder", first.step_id, first.day):
        return message
    hours = window(view.policy.sending_hours, view.zone, first.day)
    at = None if hours is None else max(hours.opens, view.now)
    reason = "week_cap" if first.put_off else ""
    return Next("reminder", instalment.instalment_id, first.step_id, first.day, at, reason)


def _is_another_case(view: _View, person: Next, forecast: Coming) -> bool:
    is_open = any(case.state != "closed" for case in view.known.cases)
    return person.what == "person" and not is_open and forecast.case != (person.day, "called")


# --- Reminders -------------------------------------------------------------------------------------------------------


def _pending(view: _View, instalment: Instalment) -> Next | None:
    """The notice about this instalment that waits or is being sent."""
    for told in view.known.told:
        if told.instalment_id != instalment.instalment_id or told.state not in ("planned", "claimed"):
            continue
        notice = next(n for n in view.known.notices if n.notice_id == told.notice_id)
        at = max(notice.send_after, view.now)
        items = [PlannedItem(t.instalment_id, t.step_id, t.due_date) for t in view.known.told if _same(t, told)]
        waits = notice.reason or ("" if at > view.now else "due_now")
        upcoming = Next("reminder", told.instalment_id, told.step_id, notice.local_day, at, waits, None, told.notice_id)
        return _judged(view, items, upcoming)
    return None


def _same(one: Told, other: Told) -> bool:
    return one.notice_id == other.notice_id


def _message(view: _View, instalment: Instalment) -> Next | None:
    """The first coming reminder of the ladder that could be sent; else why the last one could not."""
    from_day, lost = view.today, None
    while (found := _candidate(view, instalment, from_day)) is not None:
        step, day, hours = found
        upcoming = Next("reminder", instalment.instalment_id, step.id, day, max(hours.opens, view.now))
        if _below_minimum(view, instalment, [i for i in _open(view) if step_for(view.policy, i.days_past_due(day))]):
            return _nothing(upcoming, "below_minimum")
        items = [
            PlannedItem(i.instalment_id, own_step.id, i.due_date)
            for i in _open(view)
            if (own_step := _step_on(view, i, day)) is not None
        ]
        judged = _judged(view, items, upcoming)
        if judged.day is None or step_for(view.policy, instalment.days_past_due(judged.day)) == step:
            return judged
        from_day = max(judged.day, day + timedelta(days=1))
        lost = _nothing(upcoming, judged.reason)  # delayed until it is no longer true
    return lost


def _candidate(view: _View, instalment: Instalment, from_day: date) -> tuple[Step, date, Window] | None:
    """The first step that was not sent yet, and the first day with hours to send it in."""
    for span in message_windows(view.policy):
        about = [told for told in view.known.told if told.is_of(instalment, span.step.id)]
        if not _is_set_up(view, span.step):
            continue
        assert span.last_day is not None, "what is said is not true for ever"
        day = max(from_day, instalment.due_date + timedelta(days=span.first_day))
        while day <= instalment.due_date + timedelta(days=span.last_day):
            hours = window(view.policy.sending_hours, view.zone, day)
            if hours is not None and hours.closes > view.now and may_be_planned(about, day):
                return span.step, day, hours
            day += timedelta(days=1)
    return None


def _judged(view: _View, items: Sequence[PlannedItem], upcoming: Next) -> Next:
    """What the last check would decide at that moment, with what is known now."""
    assert upcoming.at is not None
    if (why := _why_unreached(view, items)) and not view.facts.customer.stopped:
        return _nothing(upcoming, why)
    verdict = send_check.decide(view.policy, view.facts, items, view.accepted_at, upcoming.at, ladders={})
    if isinstance(verdict, send_check.Never):
        return _nothing(upcoming, verdict.reason)
    if isinstance(verdict, send_check.NotNow):
        at = max(verdict.window.opens, view.now)
        day = local_day(view.zone, at)
        return Next(
            "reminder", upcoming.instalment_id, upcoming.step_id, day, at, verdict.reason, None, upcoming.notice_id
        )
    return upcoming


def _nothing(upcoming: Next, reason: str) -> Next:
    """It would have come then, except for a reason."""
    return Next(
        "nothing", upcoming.instalment_id, upcoming.step_id, upcoming.day, None, reason, None, upcoming.notice_id
    )


def _step_on(view: _View, instalment: Instalment, day: date) -> Step | None:
    step = step_for(view.policy, instalment.days_past_due(day))
    return step if step is not None and _is_set_up(view, step) else None


def _is_set_up(view: _View, step: Step) -> bool:
    return any(channel in view.unreached for channel in step.channels)


def _why_unreached(view: _View, items: Sequence[PlannedItem]) -> str:
    """Why none of the steps' channels reaches the customer; empty if one does."""
    told = {item.step_id for item in items}
    over = {channel for step in view.policy.steps if step.id in told for channel in step.channels} or view.unreached
    reasons = [why for channel, why in view.unreached.items() if channel in over]
    if not all(reasons):
        return ""
    return reasons[0] if len(reasons) == 1 else "no_channel"


# --- A person --------------------------------------------------------------------------------------------------------


def _person(view: _View, instalment: Instalment) -> Next | None:
    """The first step of the ladder that calls a person and has not done so for this instalment."""
    for span in escalation_windows(view.policy):
        if any(_is_about(e, instalment, span.step.id) for e in view.known.escalated):
            continue
        day = max(view.today, instalment.due_date + timedelta(days=span.first_day))
        at = view.now if day == view.today else _day_begins(view.zone, day)
        upcoming = Next("person", instalment.instalment_id, span.step.id, day, at, str(span.step.escalate))
        on_step = [i for i in _open(view) if i.days_past_due(day) >= span.first_day]
        return _nothing(upcoming, "below_minimum") if _below_minimum(view, instalment, on_step) else upcoming
    return None


def _day_begins(zone: str, day: date) -> datetime:
    """The first instant of a customer's day; of several candidate zones the last one's."""
    return max(datetime.combine(day, time(0), place).astimezone(UTC) for place in zones(zone))


# --- Both ------------------------------------------------------------------------------------------------------------


def _is_about(called: Escalated, instalment: Instalment, step_id: str) -> bool:
    return (called.instalment_id, called.step_id, called.due_date) == (
        instalment.instalment_id,
        step_id,
        instalment.due_date,
    )


def _open(view: _View) -> list[Instalment]:
    return [i for i in view.facts.unsettled if may_be_told(i)]


def _below_minimum(view: _View, instalment: Instalment, on_step: Sequence[Instalment]) -> bool:
    """Whether too little is owed in its currency over all that is on a step that day."""
    return instalment not in worth_it(view.policy, (*on_step, *([instalment] if instalment not in on_step else ())))
