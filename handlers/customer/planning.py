"""`/plan`: the instalment plan that a customer has, or has to answer."""

from __future__ import annotations

from bot.message import Message
from bot.rules.customers.intents import Intent
from bot.views.agreements import customer_agreements as views
from bot.work.agreements import instalment_plans
from bot.work.agreements.instalment_plans import Decided
from handlers.context import answer
from handlers.customer.speaking import CustomerTalk, for_customers
from handlers.registry import customer_command, customer_intent, customer_press
from locales import Translator


@customer_intent(Intent.PLAN)
@customer_command("plan")
@for_customers
async def show(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    plan, today = await instalment_plans.plan_of(parts.db, talk.customer_id, parts.clock.now())
    await answer(talk.context, talk.speaker.user_id, views.plan(talk.t, plan, today))


@customer_press(r"plan:(?P<answer>yes|no):(?P<plan>[0-9]{1,15})")
@for_customers
async def decide(talk: CustomerTalk) -> None:
    """The button carries the plan's number; whether it is this customer's, and still open, is checked."""
    parts = talk.context.parts
    assert talk.context.match is not None
    agreed, plan_id = talk.context.match["answer"] == "yes", int(talk.context.match["plan"])
    desk = parts.policies.current.desk
    result = await instalment_plans.decide(parts.db, desk, talk.customer_id, plan_id, agreed, parts.clock.now())
    parts.desk_has_work.set()
    await answer(talk.context, talk.speaker.user_id, _said(talk.t, result))


def _said(t: Translator, result: Decided) -> Message:
    if result.result == "paid":
        return views.plan_paid(t)
    if result.result == "not_needed":
        return views.plan_not_needed(t)
    if result.result == "agreed" and result.plan is not None:
        return views.plan_agreed(t, result.plan, result.today)
    if result.result == "declined" or (result.result == "already" and result.plan is None):
        return views.plan_declined(t)
    return views.plan(t, result.plan, result.today) if result.plan is not None else views.plan_gone(t)
