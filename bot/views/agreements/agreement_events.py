"""What a case's topic is told of agreements: who made or changed one, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.rules.cases import case_events_agreements as events
from bot.rules.cases.case_events import CallBack, CallCancelled, CallChosen
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import Change
from bot.rules.policy.sending_hours import zones
from bot.views.agreements import agent_disputes
from bot.views.agreements.plan_words import plan_words
from bot.views.lines import clipped
from locales import Html, Translator


def event_text(t: Translator, event: Event | BareEvent, who: str) -> Html | None:
    """A line of a case's history; None for an event that is not about an agreement. An erased event is described by its
    kind."""
    name = who or t.plain("An agent")
    told = _TELLING.get(type(event))
    if told is not None:
        return told(t, event, name)
    plain = {
        events.Promised.kind: t("The customer has promised to pay."),
        events.PromiseMoved.kind: t("The customer moved the promise."),
        events.PromiseSeen.kind: t("{name} has told the customer that they have seen the promise.", name=name),
        events.PromiseCancelled.kind: t("The customer has taken the promise back."),
        events.PromiseWithdrawn.kind: t("{name} has taken the promise back.", name=name),
        events.HoldWithdrawn.kind: t("{name} has ended the hold.", name=name),
        events.PlanWithdrawn.kind: t("{name} has taken the plan back.", name=name),
        events.PlanDeclined.kind: t("The customer doesn’t agree to the plan."),
        events.PlanUnanswered.kind: t("The customer hasn’t answered the proposed plan for a week; it is withdrawn."),
        events.PlanPaid.kind: t("What the proposed plan was for has been paid, so it is withdrawn."),
        events.ProposalNotNeeded.kind: t("What the proposed plan was for is no longer owed, so it is withdrawn."),
        events.Disputed.kind: t("The customer says that something isn’t right."),
        events.DisputeWhy.kind: t("The customer has said what isn’t right."),
        events.DisputeTakenBack.kind: t("The customer says that it is right after all."),
        events.DisputeAnswered.kind: t("{name} has answered the dispute.", name=name),
        events.DisputeDue.kind: t("The answer to the customer’s dispute is due."),
        CallCancelled.kind: t("The customer no longer wants to be called."),
    }
    return plain.get(event.kind)


def _promised(t: Translator, event: events.Promised, name: str) -> Html:
    day = t.day(event.until)
    if event.money is None:
        return t("The customer has promised to pay by {day}.", day=day)
    return t("The customer has promised to pay {amount} by {day}.", amount=t.money(event.money), day=day)


def _promise_moved(t: Translator, event: events.PromiseMoved, name: str) -> Html:
    days = {"day": t.day(event.until), "earlier": t.day(event.earlier)}
    if event.money is None:
        return t("The customer moved the promise: {day} instead of {earlier}.", **days)
    amount = t.money(event.money)
    return t("The customer moved the promise: {amount} by {day} instead of {earlier}.", amount=amount, **days)


def _promise_agreed(t: Translator, event: events.PromiseAgreed, name: str) -> Html:
    money = t.money(Money(event.amount, event.currency))
    return t("{name} agreed on {amount} by {day}.", name=name, amount=money, day=t.date(event.until))


def _hold_set(t: Translator, event: events.HoldSet, name: str) -> Html:
    until = t.date(event.until)
    if not event.reason:
        return t("{name} lets reminders rest until {day}.", name=name, day=until)
    why = clipped(event.reason, 200)
    return t("{name} lets reminders rest until {day}: {why}", name=name, day=until, why=why)


def _plan_proposed(t: Translator, event: events.PlanProposed, name: str) -> Html:
    return t("{name} proposed a plan: {plan}.", name=name, plan=plan_words(t, event))


def _plan_agreed(t: Translator, event: events.PlanAgreed, name: str) -> Html:
    return t("The customer agreed to the plan: {plan}.", plan=plan_words(t, event))


def _promise_kept(t: Translator, event: events.PromiseKept, name: str) -> Html:
    return _with_rest(t, t("The promise was kept{sums}.", sums=_sums(t, event)), event)


def _plan_kept(t: Translator, event: events.PlanKept, name: str) -> Html:
    return _with_rest(t, t("The plan was kept{sums}.", sums=_sums(t, event)), event)


def _promise_not_needed(t: Translator, event: events.PromiseNotNeeded, name: str) -> Html:
    sums = _sums(t, event)
    head = (
        t("The promise is no longer needed{sums}; the rest isn’t owed now.", sums=sums)
        if sums
        else t("The promise is no longer needed: nothing of it is owed now.")
    )
    return _with_rest(t, head, event)


def _plan_not_needed(t: Translator, event: events.PlanNotNeeded, name: str) -> Html:
    return _with_rest(t, t("The plan is no longer needed{sums}; the rest isn’t owed now.", sums=_sums(t, event)), event)


def _promise_broken(t: Translator, event: events.PromiseBroken, name: str) -> Html:
    day = t.date(event.until)
    return _with_rest(t, t("The promise for {day} was not kept{sums}.", day=day, sums=_sums(t, event)), event)


def _plan_broken(t: Translator, event: events.PlanBroken, name: str) -> Html:
    return _with_rest(t, t("A part of the plan was missed{sums}.", sums=_sums(t, event)), event)


def _with_rest(t: Translator, head: Html, event: events.AgreementEnded) -> Html:
    left = [t.money(Money(amount, currency)) for currency, amount in event.left.items()]
    parts = [head]
    if left:
        parts.append(t("Still overdue: {amounts}.", amounts=t.joined(left)))
    if event.closed:
        parts.append(t("The case is closed."))
    return t.sentences(*parts)


def _sums(t: Translator, event: events.AgreementEnded) -> Html:
    if event.amount is None or event.came_in is None or event.currency is None:
        return Html("")
    return t(
        ": {came_in} of {amount} came in",
        came_in=t.money(Money(max(0, event.came_in), event.currency)),
        amount=t.money(Money(event.amount, event.currency)),
    )


def _came_in(t: Translator, event: events.CameIn, name: str) -> Html:
    lines = [line for item in event.items for line in _changed(t, item)]
    if so_far := event.promised:
        sums = {
            "came_in": t.money(Money(max(0, so_far.came_in), so_far.currency)),
            "amount": t.money(Money(max(0, so_far.amount), so_far.currency)),
        }
        lines.append(
            t("Of the plan’s {amount}, {came_in} came in so far.", **sums)
            if so_far.kind == "plan"
            else t("{came_in} of {amount} promised came in.", **sums)
        )
    return Html("\n".join(lines))


def _changed(t: Translator, change: Change) -> list[Html]:
    """A line for each change that the wallet made to an instalment: money, and other changes."""

    def words(amount: int) -> dict[str, str]:
        event = {"instalment": clipped(change.instalment_id, 60), "left": t.money(Money(change.left, change.currency))}
        return {"amount": t.money(Money(abs(amount), change.currency)), **event}

    lines: list[Html] = []
    if change.came_in > 0:
        lines.append(t("{amount} came in for {instalment}; {left} left.", **words(change.came_in)))
    if change.came_in < 0:
        lines.append(t("{amount} was reversed for {instalment}; {left} left.", **words(change.came_in)))
    if change.waived > 0:
        lines.append(t("The wallet waived {amount} of {instalment}; {left} left.", **words(change.waived)))
    if change.waived < 0:
        lines.append(t("The wallet no longer waives {amount} of {instalment}; {left} left.", **words(change.waived)))
    if change.more_due < 0:
        lines.append(t("The wallet lowered {instalment} by {amount}; {left} left.", **words(change.more_due)))
    if change.more_due > 0:
        lines.append(t("The wallet raised {instalment} by {amount}; {left} left.", **words(change.more_due)))
    if change.taken_off:
        lines.append(t("{instalment} is no longer this customer’s: {amount}.", **words(change.taken_off)))
    if change.moved_to is not None:
        day = t.date(change.moved_to)
        lines.append(t("The wallet moved {instalment}: it is due {day} now; {left} left.", day=day, **words(0)))
    return lines


def _call_chosen(t: Translator, event: CallChosen, name: str) -> Html:
    return t("The customer would like a call: {when}, their time.", when=_moment(t, event))


def _call_back(t: Translator, event: CallBack, name: str) -> Html:
    return t("It’s time for the call that the customer asked for: {when}, their time.", when=_moment(t, event))


def _moment(t: Translator, event: CallChosen | CallBack) -> str:
    return t.moment(event.at, zones(event.zone)[0])


_TELLING: Mapping[type[Any], Callable[[Translator, Any, str], Html]] = {
    events.Promised: _promised,
    events.PromiseMoved: _promise_moved,
    events.PromiseAgreed: _promise_agreed,
    events.PromiseKept: _promise_kept,
    events.PromiseBroken: _promise_broken,
    events.PromiseNotNeeded: _promise_not_needed,
    events.PlanProposed: _plan_proposed,
    events.PlanAgreed: _plan_agreed,
    events.PlanKept: _plan_kept,
    events.PlanBroken: _plan_broken,
    events.PlanNotNeeded: _plan_not_needed,
    events.HoldSet: _hold_set,
    events.CameIn: _came_in,
    CallChosen: _call_chosen,
    CallBack: _call_back,
    **agent_disputes.TELLING,
}
