"""`/plan`: the plan that a customer has or has to answer; without one, what they can put aside and when they are paid,
and the plans that fit."""

from __future__ import annotations

from collections.abc import Sequence

from bot.message import Message
from bot.rules.agreements.instalment_plans import Every
from bot.rules.customers.intents import Intent
from bot.rules.policy.packs import Advice
from bot.views.agreements import customer_agreements as views
from bot.views.agreements import own_plans as own_views
from bot.views.agreements.agent_agreements import schedule
from bot.work.agreements import instalment_plans, own_plans
from bot.work.agreements.debt_advice import advice_for
from bot.work.agreements.instalment_plans import Decided
from bot.work.agreements.own_plans import Current, Made, Pressed, Shown
from bot.work.agreements.plan_states import Choice, NothingFits, Question
from bot.work.customers.own_words import has_open_case
from handlers.customer.relays import absence_words
from handlers.customer.speakers import CustomerTalk, Talk, for_customers, reply
from handlers.registry import customer_command, customer_intent, customer_press
from locales import Translator

_EVERY: dict[str, Every] = {"week": "week", "2weeks": "2 weeks", "month": "month"}  # as buttons have it
OURS = frozenset({Intent.PLAN, Intent.PROMISE})
"""What a sentence may be taken for and still be an answer to a question about a plan."""


@customer_intent(Intent.PLAN)
@customer_command("plan")
@for_customers
async def show(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await _say(talk, await own_plans.show(parts.db, parts.policies.current, talk.customer_id, parts.clock.now()))


@customer_press(r"afford:currency:(?P<currency>[A-Z]{3})")
@for_customers
async def choose_currency(talk: CustomerTalk) -> None:
    await _answer(talk, Pressed(currency=_given(talk, "currency")))


@customer_press(r"afford:pace:(?P<every>week|2weeks|month)")
@for_customers
async def choose_pace(talk: CustomerTalk) -> None:
    await _answer(talk, Pressed(every=_EVERY[_given(talk, "every")]))


@customer_press(r"afford:(?P<every>week|2weeks|month):(?P<amount>[0-9]{1,13})(?P<currency>[A-Z]{3})")
@for_customers
async def choose_amount(talk: CustomerTalk) -> None:
    """The button carries the sum; what can be put aside is the customer's own word, whatever was suggested."""
    amount = int(_given(talk, "amount"))
    await _answer(talk, Pressed(every=_EVERY[_given(talk, "every")], amount=amount, currency=_given(talk, "currency")))


@customer_press(r"afford:day:2weeks:(?P<fortnight>[0-9]|1[0-3])")
@for_customers
async def choose_payday_of_two_weeks(talk: CustomerTalk) -> None:
    await _answer(talk, Pressed(every="2 weeks", payday=int(_given(talk, "fortnight"))))


@customer_press(r"afford:day:(?:(?P<every>week):(?P<weekday>[0-6])|month:(?P<day>[1-9]|[12][0-9]|3[01]))")
@for_customers
async def choose_payday(talk: CustomerTalk) -> None:
    assert talk.context.match is not None
    weekday, day = talk.context.match["weekday"], talk.context.match["day"]
    await _answer(talk, Pressed(every="week" if weekday else "month", payday=int(weekday or day)))


@customer_press("afford:anew")
@for_customers
async def answer_again(talk: CustomerTalk) -> None:
    await _answer(talk, Pressed(from_start=True))


@customer_press("afford:none")
@for_customers
async def none_fits(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    answers = await own_plans.answers(parts.db, talk.customer_id)
    await _call_person(talk, NothingFits(answers))


@customer_press("afford:cancel")
@customer_command("cancel")
@for_customers
async def leave(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    was_asked = await own_plans.cancel(parts.db, talk.customer_id, parts.clock.now())
    await reply(talk, own_views.left(talk.t, was_asked))


@customer_press(r"plan:take:(?P<key>[0-9a-f]{12})")
@for_customers
async def take(talk: CustomerTalk) -> None:
    """The button carries the key of a plan; it is taken only as it was shown."""
    await _take(talk, again=False)


@customer_press(r"plan:again:(?P<key>[0-9a-f]{12})")
@for_customers
async def take_again(talk: CustomerTalk) -> None:
    """The same about what is left of a plan."""
    await _take(talk, again=True)


async def _take(talk: CustomerTalk, *, again: bool) -> None:
    parts = talk.context.parts
    policy, now = parts.policies.current, parts.clock.now()
    await _say(talk, await own_plans.take(parts.db, policy, talk.customer_id, _given(talk, "key"), now, again=again))


@customer_press("plan:spread")
@for_customers
async def spread_again(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    await _say(
        talk, await own_plans.spread_again(parts.db, parts.policies.current, talk.customer_id, parts.clock.now())
    )


@customer_press(r"plan:end:(?P<plan>[0-9]{1,15})(?P<sure>:sure)?")
@for_customers
async def end(talk: CustomerTalk) -> None:
    """The button carries the plan's number; a plan in force is ended by a second press."""
    parts, now = talk.context.parts, talk.context.parts.clock.now()
    assert talk.context.match is not None
    plan_id = int(talk.context.match["plan"])
    current = await own_plans.show(parts.db, parts.policies.current, talk.customer_id, now)
    theirs = current.plan if isinstance(current, Current) and current.plan.plan_id == plan_id else None
    if theirs is not None and theirs.state == "agreed" and not talk.context.match["sure"]:
        await reply(talk, own_views.sure_to_end(talk.t, theirs))
        return
    done = await own_plans.end(parts.db, talk.customer_id, plan_id, now)
    parts.desk_has_work.set()
    await reply(talk, own_views.ended(talk.t, done.what))


@customer_press(r"plan:(?P<answer>yes|no):(?P<plan>[0-9]{1,15})")
@for_customers
async def decide(talk: CustomerTalk) -> None:
    """The button carries the plan's number; whether it is this customer's, and still open, is checked."""
    parts = talk.context.parts
    agreed, plan_id = _given(talk, "answer") == "yes", int(_given(talk, "plan"))
    desk = parts.policies.current.desk
    result = await instalment_plans.decide(parts.db, desk, talk.customer_id, plan_id, agreed, parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, _decided(talk.t, result))


async def takes_words(talk: Talk, intents: Sequence[Intent]) -> bool:
    """Takes words as the answer to a question about a plan; False if none is waited for, or they mean something else
    (`intents`)."""
    message, customer_id = talk.update.effective_message, talk.speaker.customer_id
    if message is None or customer_id is None or not message.text or not OURS.issuperset(intents):
        return False
    parts, policy, now = talk.context.parts, talk.context.parts.policies.current, talk.context.parts.clock.now()
    theirs = CustomerTalk(talk.update, talk.context, talk.speaker, talk.t, customer_id)
    paced, said_in = Intent.PROMISE in intents, talk.update.update_id
    said = await own_plans.say(parts.db, policy, customer_id, message.text, now, paced=paced, said_in=said_in)
    if said is None and Intent.PLAN not in intents and not await has_open_case(parts.db, customer_id):
        asked = await own_plans.is_asked(parts.db, policy, customer_id, now)
        if asked is not None and (not intents or asked.step == "payday"):  # a day alone may be taken for a promise
            said = own_plans.misread(asked)
    if said is None:
        return False
    await _say(theirs, said)
    return True


async def _answer(talk: CustomerTalk, pressed: Pressed) -> None:
    parts = talk.context.parts
    policy, now = parts.policies.current, parts.clock.now()
    await _say(talk, await own_plans.answer(parts.db, policy, talk.customer_id, pressed, now))


async def _say(talk: CustomerTalk, shown: Shown | Made) -> None:
    talk.context.parts.desk_has_work.set()
    if isinstance(shown, NothingFits):
        await _call_person(talk, shown)
        return
    is_asked = isinstance(shown, Made) and shown.plan.state == "asked"
    await reply(talk, _message(talk.t, shown, await absence_words(talk) if is_asked else ""))


async def _call_person(talk: CustomerTalk, nothing: NothingFits) -> None:
    parts, now = talk.context.parts, talk.context.parts.clock.now()
    policy = parts.policies.current
    already = await own_plans.none_fits(parts.db, policy, talk.customer_id, talk.speaker.user_id, now)
    parts.desk_has_work.set()
    advice: Sequence[Advice] = await advice_for(parts.db, policy, talk.customer_id)
    await reply(talk, own_views.nothing_fits(talk.t, nothing.answers, advice, already, await absence_words(talk)))


def _message(t: Translator, shown: Shown | Made, absent: str = "") -> Message:
    if isinstance(shown, Question):
        if shown.step == "currency":
            return own_views.which_currency(t, shown.owed)
        if shown.step == "amount":
            return own_views.how_much(t, shown.owed[0], shown.every, shown.suggested, shown.misread)
        assert shown.amount is not None
        return own_views.which_payday(t, shown.every, shown.amount, shown.today, bool(shown.misread))
    if isinstance(shown, Choice):
        choice = (shown.offers, shown.answers)
        return own_views.choose_plan(t, *choice, again=shown.again, changed=shown.is_changed)
    if isinstance(shown, Current):
        return views.plan(t, shown.plan, shown.today, can_spread=shown.can_spread)
    if isinstance(shown, Made):
        if shown.plan.state == "agreed":
            return views.plan_agreed(t, shown.plan, shown.today)
        return own_views.plan_asked(t, shown.plan, schedule(t, shown.plan.parts, shown.today), now=True, absent=absent)
    assert not isinstance(shown, NothingFits), "it is a person's"
    return views.no_plan(t) if shown.reason == "no_plans" else own_views.not_offered(t, shown.reason)


def _decided(t: Translator, result: Decided) -> Message:
    if result.result == "paid":
        return views.plan_paid(t)
    if result.result == "not_needed":
        return views.plan_not_needed(t)
    if result.result == "agreed" and result.plan is not None:
        return views.plan_agreed(t, result.plan, result.today)
    if result.result == "declined" or (result.result == "already" and result.plan is None):
        return views.plan_declined(t)
    return views.plan(t, result.plan, result.today) if result.plan is not None else views.plan_gone(t)


def _given(talk: CustomerTalk, name: str) -> str:
    """What the pressed button carries."""
    assert talk.context.match is not None
    return talk.context.match[name]
