"""What agents read about agreements with customers: what was agreed, why something was refused, and the outcome.
`customer_agreements` has what the customer reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.message import Button, Message
from bot.rules.agreements.agreed_terms import MOST_HOLD_DAYS, NotAgreed
from bot.rules.agreements.instalment_plans import ANSWER_WITHIN, FEWEST_PARTS, MOST_PARTS, Part, Plan
from bot.rules.cases import case_events_agreements as events
from bot.rules.cases.agent_notices import ToldInPrivate
from bot.rules.cases.case_events import CallBack, CallCancelled, CallChosen
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.settling import Change
from bot.rules.policy.sending_hours import zones
from bot.views.agreements import agent_disputes
from bot.views.agreements.agent_disputes import instalment_words
from bot.views.agreements.plan_words import plan_words
from bot.views.lines import clipped, day_near
from locales import Html, Translator, escape

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "promise": ("/promise 500 2026-03-20", "/promise all friday", "/promise TWD 1,200.50 明天", "/promise cancel"),
    "plan": (
        "/plan 3",
        "/plan 300+400+500",
        "/plan 6 2026-03-20 every 2 weeks",
        "/plan 4 every month all",
        "/plan cancel",
    ),
    "hold": ("/hold 14", "/hold 30 in hospital", "/hold cancel"),
    "dispute": ("/dispute", "/dispute 1", "/dispute accept REASON", "/dispute reject 2 REASON"),
}

# --- What was done ---------------------------------------------------------------------------------------------------


def promised(t: Translator, amount: Money, until: date, told: bool) -> Message:
    """`/promise` worked; `told`: the customer knows."""
    head = t("Agreed: {amount} by {day}. The case rests until then.", amount=t.money(amount), day=t.day(until))
    return Message(f"{head}\n{_told(t, told)}")


def seen(t: Translator, until: date, told: bool) -> Message:
    """The button under a promise worked."""
    head = t("The promise for {day} is yours to look after. The case rests until then.", day=t.day(until))
    return Message(f"{head}\n{_told(t, told)}")


def see_button(t: Translator, case_id: int) -> Button:
    """Under a promise that the customer made by themselves."""
    return Button(t.plain("I’ve seen it"), f"promise_seen:{case_id}")


def held(t: Translator, until: date, told: bool) -> Message:
    """`/hold` worked."""
    head = t("No reminders until {day}. The case rests until then.", day=t.day(until))
    return Message(f"{head}\n{_told(t, told)}")


def taken_back(t: Translator) -> Message:
    """`/promise cancel`, `/hold cancel` or `/plan cancel` worked."""
    return Message(t("Taken back. Reminders go on, and the case no longer rests."))


def proposed(t: Translator, plan: Plan, today: date) -> Message:
    """A plan as it goes to the customer."""
    head = t("This goes to the customer, who can agree or decline with a button:")
    rests = t("The case rests until they answer, {days} at most.", days=t.days(ANSWER_WITHIN.days))
    tail = t.sentences(rests, t("You’ll read here what they answer. /plan cancel takes it back."))
    return Message("\n\n".join((head, schedule(t, plan.parts, today), tail)))


def not_shown(t: Translator) -> Message:
    """A plan did not reach the customer."""
    return Message(t("The plan didn’t reach the customer, so it is withdrawn. Please try again later."))


def dispute_noted(t: Translator, instalment: Instalment, today: date, until: date, told: bool) -> Message:
    head = t(
        "Noted as not right: {instalment}. No reminders about it until {day}.",
        instalment=instalment_words(t, instalment, today),
        day=day_near(t, until, today),
    )
    return Message(f"{head}\n{_told(t, told)}")


def dispute_answered(t: Translator, instalment: Instalment, today: date, is_wrong: bool, told: bool) -> Message:
    """`/dispute accept` or `/dispute reject` worked."""
    named = instalment_words(t, instalment, today)
    head = (
        t("Answered: {instalment} is wrong. It rests until the wallet has put it right.", instalment=named)
        if is_wrong
        else t("Answered: {instalment} is right. Its reminders go on.", instalment=named)
    )
    return Message(f"{head}\n{_told(t, told)}")


def schedule(t: Translator, parts: Sequence[Part], today: date) -> str:
    """The parts of a plan, a line each, and their sum."""
    lines = [
        t("{n}. {amount}, due {day}", n=p.number, amount=t.money(p.amount), day=day_near(t, p.due_date, today))
        for p in parts
    ]
    whole = Money(sum(p.amount.amount for p in parts), parts[0].amount.currency)
    return "\n".join([*lines, t("Total: <b>{amount}</b>", amount=t.money(whole))])


def _told(t: Translator, told: bool) -> Html:
    if told:
        return t("The customer has been told, and how to change it.")
    return t("The customer could not be told in Telegram: please tell them another way.")


# --- Why it was not done ---------------------------------------------------------------------------------------------


def not_agreed(t: Translator, command: str, why: NotAgreed) -> Message:
    """What is wrong, and how to write it correctly."""
    money, on = t.joined(t.money(amount) for amount in why.amounts), t.date(why.day) if why.day else ""
    plain = {
        "nothing_owed": t("This customer has nothing to pay that isn’t disputed."),
        "nothing_due_by": t("Nothing is due by that day; the next is due {day}.", day=on),
        "plan_exists": t("A plan is agreed until {day}. /plan cancel takes it back.", day=on),
        "nothing_to_see": t("The customer has no promise of their own just now."),
        "nothing_to_cancel": t("There is nothing of the kind to take back."),
        "not_reachable": t(
            "The customer can’t be reached in Telegram to agree to it. {hold} lets it rest meanwhile.",
            hold=_code("/hold 14"),
        ),
        "no_such_instalment": t("There is no such instalment to dispute. /dispute lists them."),
        "no_such_dispute": t("There is no such dispute. If there are several, say which: /dispute reject 2 REASON."),
        "no_reason": t("Please say why, in words for the customer: /dispute reject REASON."),
        "disputed_already": t("That one is being looked into already."),
    }
    if why.reason in plain:
        return Message(plain[why.reason])
    wrong = {
        "amount_unreadable": t("I can’t read the amount. Write it like 500, 1,200.50 or all."),
        "amount_decimals": t("The amount has more decimals than the currency."),
        "amount_zero": t("The amount has to be more than nothing."),
        "which_currency": t("In which currency? There is {amounts} to pay.", amounts=money),
        "other_currency": t("Nothing is owed in that currency. There is {amounts} to pay.", amounts=money),
        "more_than_owed": t("That is more than is owed: {amounts}.", amounts=money),
        "day_unreadable": t(
            "I can’t read the day. Write it like 2026-03-20, 03-20, tomorrow, friday, 3d, 明天, 周五 or 3天."
        ),
        "day_past": t("{day} is past. Please choose a day to come.", day=on),
        "day_too_far": t("That day is too far ahead: {day} is the last one.", day=on),
        "parts_sum": t("The parts have to add up to what is owed: {amounts}.", amounts=_of_sums(t, why.amounts)),
        "parts": t("A plan has {fewest} to {most} parts.", fewest=FEWEST_PARTS, most=MOST_PARTS),
        "too_small": t("{amounts} can’t be divided into so many parts.", amounts=money),
        "days": t("A hold lasts 1 to {most} days.", most=MOST_HOLD_DAYS),
    }
    examples = "\n".join(_code(example) for example in EXAMPLES[command])
    head = wrong.get(why.reason) or t("How it is written:")
    return Message(f"{head}\n\n{examples}")


def _of_sums(t: Translator, amounts: Sequence[Money]) -> Html:
    """What was written, and what it has to be."""
    if len(amounts) < 2:
        return Html("")
    return t("{given} was written, {expected} is owed", given=t.money(amounts[0]), expected=t.money(amounts[-1]))


def agreement_notice(t: Translator, about: type[ToldInPrivate], number: str) -> Html:
    """The outcome of an agreement, in private to the case's agent."""
    known: dict[type[ToldInPrivate], Html] = {
        events.PromiseKept: t("Case {number}: the promise was kept, and something is left.", number=number),
        events.PromiseBroken: t("Case {number}: the promise was not kept.", number=number),
        events.PlanKept: t("Case {number}: the plan was kept, and something is left.", number=number),
        events.PlanBroken: t("Case {number}: a part of the plan was missed.", number=number),
        events.PlanAgreed: t("Case {number}: the customer agreed to the plan.", number=number),
        events.PlanDeclined: t("Case {number}: the customer doesn’t agree to the plan.", number=number),
        events.PlanUnanswered: t("Case {number}: the proposed plan was not answered.", number=number),
        events.PlanPaid: t("Case {number}: what the proposed plan was for has been paid.", number=number),
        events.PromiseNotNeeded: t("Case {number}: the promise is no longer needed.", number=number),
        events.PlanNotNeeded: t("Case {number}: the plan is no longer needed.", number=number),
        events.DisputeDue: t("Case {number}: the answer to the customer’s dispute is due.", number=number),
        events.ProposalNotNeeded: t("Case {number}: the plan is no longer needed.", number=number),
        CallBack: t("Case {number}: it’s time for the call that the customer asked for.", number=number),
    }
    return known[about]


# --- Outcomes, in the topic ------------------------------------------------------------------------------------------


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


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>")
