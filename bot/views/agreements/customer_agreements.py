"""What a customer reads about agreements with an agent: a promise, a hold, a dispute, a plan to agree to."""

from __future__ import annotations

from datetime import date

from bot.message import Button, Message
from bot.rules.agreements.instalment_plans import Part, Plan
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.views.agreements import own_plans
from bot.views.agreements.agent_agreements import schedule
from bot.views.lines import clipped, day_near, instalment_line
from bot.views.menu import Rows, button, menu_buttons
from locales import Html, Translator


def promise_noted(t: Translator, name: str, amount: Money, until: date, today: date) -> Message:
    """An agent wrote down what the customer promised."""
    parts = (
        t(
            "{name} has noted what you agreed on: you’ll pay <b>{amount}</b> by {day} ({in_days}).",
            name=clipped(name, 60),
            amount=t.money(amount),
            day=t.day(until),
            in_days=t.in_days((until - today).days),
        ),
        t("Until then I won’t remind you."),
        t("If it isn’t right, or something comes up, you can choose another day, or talk to a person."),
    )
    rows = (
        (Button(t.plain("Pay"), "pay"), Button(t.plain("Another day"), "promise")),
        (button(t, "agent"),),
    )
    return Message("\n\n".join(parts), rows)


def promise_seen(t: Translator, name: str, until: date) -> Message:
    """An agent has seen the promise that the customer made by themselves."""
    said = t("{name} has seen your promise and will look on {day}.", name=clipped(name, 60), day=t.day(until))
    more = t("If something comes up, you can choose another day, or just write here.")
    return Message("\n\n".join((said, more)), ((Button(t.plain("Another day"), "promise"),),))


def hold_noted(t: Translator, name: str, until: date, today: date) -> Message:
    """An agent lets reminders rest."""
    parts = (
        t("{name} has paused your reminders until {day}.", name=clipped(name, 60), day=day_near(t, until, today)),
        t("What is due stays as it is, and you can pay or talk to a person whenever you like."),
    )
    return Message("\n\n".join(parts), ((Button(t.plain("Pay"), "pay"), button(t, "agent")),))


def dispute_noted(t: Translator, name: str, instalment: Instalment, today: date, until: date) -> Message:
    """An agent noted that an instalment is wrong."""
    parts = (
        t("{name} has noted that this one isn’t right, and it is being looked into:", name=clipped(name, 60)),
        instalment_line(t, instalment, today, details=False),
        t("I won’t remind you of it until {day}.", day=day_near(t, until, today)),
        t("If that’s a misunderstanding, please tell us: a person will put it right."),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),),))


def dispute_accepted(
    t: Translator, name: str, instalment: Instalment, today: date, reason: str, until: date
) -> Message:
    """An agent found that the customer is right, and why."""
    parts = (
        t("{name} has looked into it, and you’re right:", name=clipped(name, 60)),
        instalment_line(t, instalment, today, details=False),
        t("<i>{reason}</i>", reason=clipped(reason, 300)),
        t("It will be put right. I won’t remind you of it until {day}.", day=day_near(t, until, today)),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),),))


def dispute_rejected(t: Translator, name: str, instalment: Instalment, today: date, reason: str) -> Message:
    """An agent found that the instalment is right, and why."""
    parts = (
        t("{name} has looked into it and found it to be right as it is:", name=clipped(name, 60)),
        instalment_line(t, instalment, today, details=False),
        t("<i>{reason}</i>", reason=clipped(reason, 300)),
        t("Reminders for it go on as before. If you see it differently, write here: a person will read it."),
    )
    rows = ((Button(t.plain("Pay"), "pay"), button(t, "promise")), (button(t, "agent"),))
    return Message("\n\n".join(parts), rows)


# --- A plan ----------------------------------------------------------------------------------------------------------


def plan_proposed(t: Translator, name: str, plan: Plan, today: date) -> Message:
    """A plan to agree to or decline."""
    parts = (
        t("{name} proposes that you pay in parts:", name=clipped(name, 60)),
        schedule(t, plan.parts, today),
        t("While you keep to it, I won’t remind you of what it covers. You can pay earlier at any time."),
        t("Does that work for you? If not, just say no, and a person will look for another way with you."),
    )
    return Message("\n\n".join(parts), _answers(t, plan))


def plan_agreed(t: Translator, plan: Plan, today: date) -> Message:
    """The customer agreed."""
    parts = (
        t("Thank you. Your plan is set:"),
        schedule(t, plan.parts, today),
        t("If a part doesn’t work out, tell us before it is due: a person will look for a way with you."),
    )
    return Message("\n\n".join(parts), _below(t))


def plan_declined(t: Translator) -> Message:
    parts = (
        t("That’s fine, nothing has changed. A person will look for another way with you."),
        t("If you like, write here what would suit you."),
    )
    return Message("\n\n".join(parts), ((button(t, "agent"),),))


def plan(t: Translator, plan: Plan | None, today: date, *, can_spread: bool = False) -> Message:
    """`/plan`: the plan that is agreed, proposed or asked for, or how to get one. `can_spread`: what is left of it can
    be spread again."""
    if plan is None:
        return no_plan(t)
    if plan.state == "asked":
        return own_plans.plan_asked(t, plan, schedule(t, plan.parts, today), now=False)
    if plan.state == "proposed":
        parts = (t("This plan waits for your answer:"), schedule(t, plan.parts, today), t("Does that work for you?"))
        return Message("\n\n".join(parts), _answers(t, plan))
    lines = [_part(t, plan, part, today) for part in plan.parts]
    so_far = "\n".join((*_so_far(t, plan), *_next(t, plan, today)))
    rows = (*own_plans.below_plan(t, plan, can_spread), *_below(t))
    return Message("\n\n".join((t("<b>Your plan</b>"), "\n".join(lines), so_far)), rows)


def no_plan(t: Translator) -> Message:
    """There is no plan; how to get one."""
    parts = (
        t("You don’t have a plan with us."),
        t("If you’d like to pay what is due in parts, talk to a person: together you’ll find parts that fit."),
    )
    return Message("\n\n".join(parts), menu_buttons(t))


def plan_gone(t: Translator) -> Message:
    """A press on a proposal that is no longer there."""
    return Message(
        t("This proposal is no longer there. If you’d like a plan, a person can help."), ((button(t, "agent"),),)
    )


def plan_not_needed(t: Translator) -> Message:
    """The plan's debts ended before the answer, and not all of them were paid."""
    return Message(t("What this plan was for no longer has to be paid, so there’s nothing left to agree on."))


def plan_paid(t: Translator) -> Message:
    """Everything was paid before the answer."""
    return Message(t("What this plan was for has been paid meanwhile, so there’s nothing left to agree on. Thank you."))


def _so_far(t: Translator, plan: Plan) -> list[Html]:
    paid = t("Paid so far: <b>{paid}</b> of {total}.", paid=t.money(plan.paid), total=t.money(plan.total))
    given_up = plan.covered - plan.paid
    return [paid, *([t("No longer to be paid: {amount}.", amount=t.money(given_up))] if given_up else [])]


def _part(t: Translator, plan: Plan, part: Part, today: date) -> Html:
    covered = plan.covered_of(part)
    words = {"n": part.number, "amount": t.money(part.amount), "day": day_near(t, part.due_date, today)}
    if covered == part.amount:
        return t("✅ {n}. {amount}, due {day}", **words)
    if not covered:
        return t("▫️ {n}. {amount}, due {day}", **words)
    if plan.covered == plan.paid:
        return t("▫️ {n}. {amount}, due {day}: {paid} paid", paid=t.money(covered), **words)
    return t("▫️ {n}. {amount}, due {day}: {left} left", left=t.money(part.amount - covered), **words)


def _next(t: Translator, plan: Plan, today: date) -> list[Html]:
    part = plan.next_part
    if part is None:
        return []
    left = part.amount - plan.covered_of(part)
    when = {"amount": t.money(left), "day": day_near(t, part.due_date, today)}
    return [t("Next: <b>{amount}</b>, due {day} ({in_days}).", in_days=t.in_days((part.due_date - today).days), **when)]


def _answers(t: Translator, plan: Plan) -> Rows:
    return (
        (
            Button(t.plain("Yes, I agree"), f"plan:yes:{plan.plan_id}"),
            Button(t.plain("No, I don’t agree"), f"plan:no:{plan.plan_id}"),
        ),
        (button(t, "agent"),),
    )


def _below(t: Translator) -> Rows:
    return ((Button(t.plain("Pay"), "pay"), button(t, "agent")),)
