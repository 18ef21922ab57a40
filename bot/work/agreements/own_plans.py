"""Plans of parts that customers make by themselves: two questions, the plans that fit, one press. What the policy lets
them agree to alone holds at once; of all else an agent decides (`asked_plans`).

Every answer is written down as it is given, so that any process can go on after any of them, and two phones see the
same. A press that comes late is an answer like any other; a plan is taken only as it was shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.agreements.affordable_plans import Answers, Offer, answers_of, day_of_fortnight
from bot.rules.agreements.instalment_plans import Plan
from bot.rules.agreements.promises import rests_through
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case_events import Words
from bot.rules.cases.case_events_agreements import NoPlanFits, PlanAgreed, PlanAsked, PlanEnded
from bot.rules.cases.event_codec import Event
from bot.rules.customers.affordable_sum_parsing import said_put_aside
from bot.rules.customers.payday_parsing import said_next_payday, said_payday
from bot.rules.customers.text_parsing import NotSaid
from bot.rules.policy.policy import Policy
from bot.work.agreements.agent_agreements import rest_until_over
from bot.work.agreements.plan_states import (
    Choice,
    Next,
    Question,
    State,
    answered,
    current_plan,
    next_step,
    pace_of,
    read_state,
)
from storage.agreements import case_agreements, instalment_plans, plan_answers
from storage.cases import cases, cases_opening, snoozes
from storage.customers import customer_rows, telegram_chats
from storage.runtime.engine import Connection, Database

WORDS_COUNT = timedelta(days=1)  # for so long after a question words are taken as its answer
SAME_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Current:
    """The plan that the customer has, or that waits for an answer. `can_spread`: what is left of it can be spread
    again."""

    plan: Plan
    today: date
    can_spread: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A plan that the customer has just taken: agreed, or asked for."""

    plan: Plan
    today: date


@dataclass(frozen=True, slots=True)
class Ended:
    """A plan was ended by the customer, what they asked for was taken back, or there was nothing to end."""

    what: Literal["ended", "taken_back", "nothing"]


Shown = Next | Current


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a button answers: `amount`, in minor units of `currency`, or none, can be put aside `every` so long, and pay
    comes on the `payday` of that time; `from_start` asks for everything again."""

    currency: str | None = None
    every: str | None = None
    amount: int | None = None
    payday: int | None = None
    from_start: bool = False


async def show(db: Database, policy: Policy, customer_id: str, now: datetime) -> Shown:
    """The customer's plan, or the question to be answered next."""
    async with db.write() as conn:
        state = await _state(conn, policy, customer_id, now)
        if state.plan is not None:
            return _current(state)
        return await _next(conn, state, now)


async def answer(db: Database, policy: Policy, customer_id: str, pressed: Pressed, now: datetime) -> Shown:
    """One answer by a button. Another pace asks for the payday again."""
    async with db.write() as conn:
        state = await _state(conn, policy, customer_id, now)
        if not _is_open(state, pressed.from_start):
            return _current(state)
        given, pace = state.given, pace_of(state.given)
        currency, every, amount, payday = pressed.currency, pressed.every, pressed.amount, pressed.payday
        changed: dict[str, str | int | None] = {}
        if pressed.from_start or (every is not None and every != pace and payday is None):
            changed |= {"amount": None, "payday": None}
        if payday is not None:
            changed |= {"payday": payday} if every == pace else {}
        elif every is not None:
            changed["every"] = every
        if currency is not None and any(i.outstanding.currency == currency for i in state.debts):
            changed |= (
                {"currency": currency}
                if given and given.currency == currency
                else {"currency": currency, "amount": None}
            )
            changed |= {} if amount is None else {"amount": amount}
        return await _with(conn, state, changed, now)


def _is_open(state: State, from_start: bool) -> bool:
    """Whether answers are asked for: not while an answer is waited for, and of a plan in force only while its rest is
    to be spread again by other answers."""
    if state.agreed is None:
        return state.plan is None
    return from_start or (state.given is not None and answered(state.given) is None)


async def say(
    db: Database,
    policy: Policy,
    customer_id: str,
    text: str,
    now: datetime,
    *,
    paced: bool = False,
    said_in: int | None = None,
) -> Shown | None:
    """An answer in words; None if nothing was asked, or the words are no answer. `paced`: a sum is one only if it says
    how often. `said_in` is the update with these words: handled again after a kill, they answer nothing more."""
    async with db.read() as conn:
        given = await plan_answers.given(conn, customer_id)
    if given is None or now - given.changed_at > WORDS_COUNT:
        return None
    async with db.write() as conn:
        state = await _state(conn, policy, customer_id, now)
        if said_in is not None and said_in == given.said_in:
            return _current(state) if state.plan is not None else await _next(conn, state, now)
        asked = next_step(state)
        if not isinstance(asked, Question) or not _is_open(state, from_start=False):
            return None
        if asked.step == "payday":
            payday = _payday_in(text, asked)
            return None if payday is None else await _with(conn, state, {"payday": payday, "said_in": said_in}, now)
        try:
            said = said_put_aside(text, [money.currency for money in asked.owed], asked.every)
        except NotSaid as wrong:
            return replace(asked, misread=wrong.why) if wrong.why != "unreadable" and not paced else None
        if paced and not said.is_paced:
            return None
        changed: dict[str, str | int | None] = {
            "currency": said.amount.currency,
            "amount": said.amount.amount,
            "said_in": said_in,
        }
        if said.every != asked.every:
            changed |= {"payday": None}
        return await _with(conn, state, {**changed, "every": said.every}, now)


def _payday_in(text: str, asked: Question) -> int | None:
    if asked.every != "2 weeks":
        return said_payday(text, asked.every)
    day = said_next_payday(text, asked.today)
    return None if day is None else day_of_fortnight(day)


async def is_asked(db: Database, policy: Policy, customer_id: str, now: datetime) -> Question | None:
    """The question that waits for an answer in words, if one does."""
    async with db.read() as conn:
        given = await plan_answers.given(conn, customer_id)
        if given is None or now - given.changed_at > WORDS_COUNT:
            return None
        state = await read_state(conn, policy, customer_id, now)
    asked = next_step(state)
    return asked if isinstance(asked, Question) and _is_open(state, from_start=False) else None


def misread(asked: Question) -> Question:
    """The same question, with a word that what was written could not be read."""
    return replace(asked, misread="unreadable")


async def answers(db: Database, customer_id: str) -> Answers | None:
    """What the customer answered; None if not all is answered, or nothing can be put aside."""
    async with db.read() as conn:
        return answered(await plan_answers.given(conn, customer_id))


async def take(
    db: Database, policy: Policy, customer_id: str, key: str, now: datetime, *, again: bool = False
) -> Made | Shown:
    """The customer takes the plan that was shown with this key; `again`: for what is left of the plan in force. If
    anything that is owed has changed since, the plans that fit now are shown, and nothing is agreed. The same press
    twice makes one plan."""
    async with db.write() as conn:
        state = await _state(conn, policy, customer_id, now)
        if state.plan is not None and (state.agreed is None or not again):
            return _current(state)
        said = answered(state.given)
        chosen = next((offer for offer in (state.offers(said) if said else ()) if offer.key == key), None)
        if chosen is None:
            following = await _next(conn, state, now)
            return replace(following, is_changed=True) if isinstance(following, Choice) else following
        if state.agreed is not None and state.agreed.parts == chosen.parts:
            return _current(state)
        return await _make(conn, policy, state, chosen, now)


async def spread_again(db: Database, policy: Policy, customer_id: str, now: datetime) -> Shown:
    """The plans that fit what is left of the plan in force, by the answers that were kept, or by the plan itself."""
    async with db.write() as conn:
        state = await _state(conn, policy, customer_id, now)
        if state.agreed is None:
            return _current(state) if state.plan is not None else await _next(conn, state, now)
        if answered(state.given) is None and state.policy.plans is not None and state.debts:
            shown = answers_of(state.agreed.parts)
            given = {"every": shown.every, "amount": shown.amount.amount, "payday": shown.payday}
            return await _with(conn, state, {"currency": shown.amount.currency, **given}, now)
        return await _next(conn, state, now)


async def none_fits(db: Database, policy: Policy, customer_id: str, user_id: int, now: datetime) -> bool:
    """A person is asked to come, at once; the answers are on the card of the case. True if there was a case already."""
    async with db.write() as conn:
        state = await _state(conn, policy, customer_id, now)
        case_id, is_new = await cases_opening.open_asked(
            conn, customer_id, state.today, now, reason=CaseReason.HARDSHIP
        )
        if words := await telegram_chats.take_messages(conn, user_id):
            await cases.add_event(conn, case_id, Words(words), now, to_tell=True)
        if not await cases.had_event_since(conn, case_id, NoPlanFits(), now - SAME_AGAIN):
            await cases.add_event(conn, case_id, NoPlanFits(), now, to_tell=True)
        await plan_answers.touch(conn, customer_id, now)
        await cases.mark_card_stale(conn, [customer_id])
    return not is_new


async def cancel(db: Database, customer_id: str, now: datetime) -> bool:
    """Leaves the questions; what was answered is deleted. False if nothing was being asked."""
    async with db.write() as conn:
        await customer_rows.lock(conn, customer_id)
        if await current_plan(conn, customer_id, now) is not None:
            return False
        dropped = await plan_answers.drop(conn, customer_id)
        if dropped:
            await cases.mark_card_stale(conn, [customer_id])
        return dropped


async def end(db: Database, customer_id: str, plan_id: int, now: datetime) -> Ended:
    """The customer ends their plan, or takes back what they asked for: reminders go on by the debts' own days."""
    async with db.write() as conn:
        await customer_rows.lock(conn, customer_id)
        plan = await instalment_plans.plan(conn, plan_id)
        if plan is None or plan.customer_id != customer_id or plan.state not in ("agreed", "asked"):
            return Ended("nothing")
        await instalment_plans.withdraw(conn, plan, now)
        case = await _tell_case(conn, customer_id, PlanEnded(plan_id), now)
        if case is not None and plan.state == "agreed":
            await case_agreements.rest_no_more(conn, case)
        if plan.state == "agreed":
            await plan_answers.drop(conn, customer_id)
        return Ended("ended" if plan.state == "agreed" else "taken_back")


# --- Making it -------------------------------------------------------------------------------------------------------


async def _make(conn: Connection, policy: Policy, state: State, chosen: Offer, now: datetime) -> Made:
    customer_id = state.facts.customer.customer_id
    about = [i.instalment_id for i in state.debts_in(chosen.total.currency)]
    case = await cases.open_case_of(conn, customer_id)
    case_id = None if case is None else case.case_id
    if chosen.needs_person and case_id is None:
        case_id, _ = await cases_opening.open_asked(conn, customer_id, state.today, now, due_since=state.today)
    plan_id = await instalment_plans.ask(conn, customer_id, case_id, chosen.parts, about, now)
    await plan_answers.touch(conn, customer_id, now)
    plan = await instalment_plans.plan(conn, plan_id)
    assert plan is not None, "it was written just now"
    terms = (plan_id, len(plan.parts), plan.total.amount, plan.total.currency, plan.until)
    if chosen.needs_person:
        assert case_id is not None
        await cases.add_event(conn, case_id, PlanAsked(*terms), now, to_tell=True)
        await snoozes.customer_waits(conn, case_id, now)
        await cases.mark_card_stale(conn, [customer_id])
        return Made(plan, state.today)
    await agree(conn, plan, state.agreed, None, now)
    if case_id is not None and case is not None:
        await cases.add_event(conn, case_id, PlanAgreed(*terms), now, to_tell=True)
        await rest_until_over(conn, case, state.facts, case.owner_id or 0, rests_through(policy.desk, plan.until), now)
        await cases.mark_card_stale(conn, [customer_id])
    made = await instalment_plans.plan(conn, plan_id)
    assert made is not None
    return Made(made, state.today)


async def agree(conn: Connection, plan: Plan, before: Plan | None, agent_id: int | None, now: datetime) -> bool:
    """What was asked for holds from now on, in place of the plan before it; False if it was taken back meanwhile."""
    if not await instalment_plans.settle(conn, plan.plan_id, agent_id, now, agreed=True):
        return False
    if before is not None:
        await instalment_plans.replaced(conn, before, now)
    await instalment_plans.begin(conn, replace(plan, proposed_by=agent_id), now)
    return True


# --- Parts of it -----------------------------------------------------------------------------------------------------


async def _state(conn: Connection, policy: Policy, customer_id: str, now: datetime) -> State:
    """Nobody else changes this customer's plan until the transaction ends."""
    await customer_rows.lock(conn, customer_id)
    return await read_state(conn, policy, customer_id, now)


async def _with(conn: Connection, state: State, changed: dict[str, str | int | None], now: datetime) -> Shown:
    customer_id = state.facts.customer.customer_id
    await plan_answers.keep(conn, customer_id, now, **changed)
    return await _next(conn, replace(state, given=await plan_answers.given(conn, customer_id)), now)


async def _next(conn: Connection, state: State, now: datetime) -> Next:
    """What comes next; of a question it is written down that words may answer it."""
    following = next_step(state)
    customer_id = state.facts.customer.customer_id
    if isinstance(following, Question):
        await plan_answers.keep(conn, customer_id, now)
    await cases.mark_card_stale(conn, [customer_id])
    return following


def _current(state: State) -> Current:
    assert state.plan is not None
    can_spread = state.agreed is not None and bool(state.debts) and state.policy.plans is not None
    return Current(state.plan, state.today, can_spread)


async def _tell_case(conn: Connection, customer_id: str, event: Event, now: datetime) -> int | None:
    case = await cases.open_case_of(conn, customer_id)
    if case is None:
        return None
    await cases.add_event(conn, case.case_id, event, now, to_tell=True)
    await cases.mark_card_stale(conn, [customer_id])
    return case.case_id
