"""What an agent can do in a case, by the name of its form: each calls one function of the work, which the HTTP API
calls, too, and returns what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from bot.rules.agreements.agreed_terms import NotAgreed, PlanWish
from bot.rules.agreements.instalment_plans import Every
from bot.rules.cases.call_limits import RESULTS
from bot.rules.cases.case import OUTCOMES
from bot.rules.cases.case_thread import CaseThread
from bot.rules.cases.snoozes import NoDay
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import zones
from bot.rules.topics.message_screening import Found
from bot.views.topics.held_words import reasons_anyway
from bot.web.console.access import Refused, Visitor, number_in
from bot.work.acting_outside import Order
from bot.work.agreements import agreements_outside as agreements
from bot.work.agreements import disputes_outside as disputes
from bot.work.agreements.plan_previews import preview
from bot.work.cases import calls_outside, contact_outside
from bot.work.cases import casework_outside as casework
from bot.work.cases.case_pages import may_act
from bot.work.runtime.parts import Parts
from bot.work.topics import files_outside as files
from bot.work.topics import messages_outside as words
from bot.work.topics import scheduled_messages_outside
from bot.work.topics.message_screening_outside import Anyway, look_at_words
from storage.cases.agents import Agent
from storage.runtime.engine import Database

EVERY: tuple[Every, ...] = get_args(Every)


@dataclass(frozen=True, slots=True)
class Form:
    """A form that an agent sent on a case's page."""

    parts: Parts
    visitor: Visitor
    case: CaseThread
    fields: Mapping[str, str]
    now: datetime
    order: Order

    @property
    def who(self) -> tuple[Database, Agent, int]:
        """What every function of the work takes first."""
        return (self.parts.db, self.visitor.agent, self.case.card.case.case_id)

    @property
    def desk(self) -> Desk:
        return self.parts.policies.current.desk

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def number(self, name: str) -> int | None:
        return number_in(self.text(name))

    def day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            return None

    def instant(self, name: str) -> datetime | None:
        """A day and time on the customer's clock."""
        try:
            said = datetime.fromisoformat(self.text(name))
        except ValueError:
            return None
        zone = zones(self.case.card.facts.customer.zone)[0]
        return said.replace(tzinfo=zone) if said.tzinfo is None else None


Act = Callable[[Form], Awaitable[object]]

# --- What each form does ---------------------------------------------------------------------------------------------


async def _take(form: Form) -> object:
    return await casework.claim(*form.who, form.now, form.order)


async def _release(form: Form) -> object:
    return await casework.release(*form.who, form.now, form.order)


async def _transfer(form: Form) -> object:
    return await casework.transfer(*form.who, form.number("to") or 0, form.now, form.order)


async def _snooze(form: Form) -> object:
    until = form.instant("until")
    return NoDay("unreadable") if until is None else await casework.snooze(*form.who, until, form.now, form.order)


async def _wake(form: Form) -> object:
    return await casework.end_snooze(*form.who, form.now, form.order)


@dataclass(frozen=True, slots=True)
class Asked:
    """Words that have not left: what their author is asked about."""

    found: tuple[Found, ...]


async def _looked_at(form: Form) -> Asked | tuple[Order, tuple[str, ...]]:
    """What the author of these words is asked about; else the order by which they may leave, and the kinds of what was
    found in them."""
    db, agent, _ = form.who
    case, order = form.case.card.case, form.order
    if not may_act(case, agent):
        return order, ()
    policy, text = form.parts.policies.current, form.text("text")
    found = await look_at_words(db, policy, form.parts.forbidden, case.customer_id, text, form.now)
    reason = reasons_anyway(form.visitor.t).get(form.text("anyway"))
    if not found:
        return order, ()
    if reason is None:
        return Asked(found)
    return Anyway(order, agent, found, reason, form.now), tuple(dict.fromkeys(one.kind for one in found))


async def _say(form: Form) -> object:
    looked = await _looked_at(form)
    if isinstance(looked, Asked):
        return looked
    if (file := form.number("file")) is not None:
        return await files.say_with_file(*form.who, file, form.text("text"), form.now, looked[0])
    return await words.say(*form.who, form.text("text"), form.now, looked[0])


async def _drop_file(form: Form) -> object:
    return await files.take_back(*form.who, form.now, form.order)


async def _later(form: Form) -> object:
    at = form.instant("at")
    if at is None:
        return NoDay("unreadable")
    looked = await _looked_at(form)
    if isinstance(looked, Asked):
        return looked
    db, agent, case_id = form.who
    about = (agent, case_id, at, form.text("text"), form.now)
    return await scheduled_messages_outside.keep(db, form.parts.policies.current, *about, *looked)


async def _drop_later(form: Form) -> object:
    return await scheduled_messages_outside.drop(*form.who, form.number("which") or 0, form.now, form.order)


async def _note(form: Form) -> object:
    return await words.note(*form.who, form.text("text"), form.now, form.order)


async def _promise(form: Form) -> object:
    day = form.day("day")
    if day is None:
        return NotAgreed("day_unreadable")
    db, agent, case_id = form.who
    of = (form.text("amount") or None, form.text("currency") or None, day)
    return await agreements.promise(db, form.desk, agent, case_id, *of, form.now, form.order)


async def _end_promise(form: Form) -> object:
    return await agreements.end_promise(*form.who, form.now, form.order)


async def _hold(form: Form) -> object:
    return await agreements.hold(*form.who, form.number("days") or 0, form.text("reason") or None, form.now, form.order)


async def _end_hold(form: Form) -> object:
    return await agreements.end_hold(*form.who, form.now, form.order)


async def _plan(form: Form) -> object:
    every: Every = next((known for known in EVERY if known == form.text("every")), "month")
    amounts = tuple(form.text("amounts").replace("+", " ").split())
    wish = PlanWish(
        parts=form.number("parts"),
        amounts=amounts,
        first=form.day("first"),
        every=every,
        everything=form.text("everything") == "yes",
        currency=form.text("currency") or None,
    )
    if form.text("look"):
        return await preview(*form.who, wish, form.now)
    return await agreements.plan(*form.who, wish, form.now, form.order)


async def _end_plan(form: Form) -> object:
    return await agreements.end_plan(*form.who, form.now, form.order)


async def _answer_plan(form: Form, agreed: bool) -> object:
    db, agent, case_id = form.who
    about = (form.desk, agent, case_id, form.number("plan") or 0, agreed)
    return await agreements.answer_asked_plan(db, *about, form.now, form.order)


async def _agree_plan(form: Form) -> object:
    return await _answer_plan(form, True)


async def _decline_plan(form: Form) -> object:
    return await _answer_plan(form, False)


async def _reveal(form: Form) -> object:
    db, agent, case_id = form.who
    book = form.parts.policies
    return await contact_outside.reveal(db, book, agent, case_id, form.text("what_for"), form.now, form.order)


async def _calling(form: Form) -> object:
    db, agent, case_id = form.who
    parts = form.parts
    about = (parts.policies, parts.settings.brand, agent, case_id, form.now)
    return await calls_outside.announce(db, *about, form.order)


async def _call(form: Form) -> object:
    result = next((known for known in RESULTS if known == form.text("result")), None)
    if result is None:
        raise Refused("wrong_form")
    db, agent, case_id = form.who
    about = (agent, case_id, result, form.text("note"))
    return await contact_outside.call(db, form.parts.policies, *about, form.now, form.order)


async def _dispute(form: Form) -> object:
    db, agent, case_id = form.who
    return await disputes.dispute(db, form.desk, agent, case_id, form.text("which"), form.now, form.order)


async def _answer_dispute(form: Form) -> object:
    is_wrong, reason = form.text("is_wrong") == "yes", form.text("reason")
    return await disputes.answer(*form.who, form.text("which"), is_wrong, reason, form.now, form.order)


async def _done(form: Form) -> object:
    outcome = next((known for known in OUTCOMES if known == form.text("outcome")), None)
    if outcome is None:
        raise Refused("wrong_form")
    return await casework.close(*form.who, outcome, form.now, form.order)


ACTS: Mapping[str, Act] = {
    "take": _take,
    "release": _release,
    "transfer": _transfer,
    "snooze": _snooze,
    "wake": _wake,
    "say": _say,
    "drop_file": _drop_file,
    "later": _later,
    "drop_later": _drop_later,
    "note": _note,
    "promise": _promise,
    "end_promise": _end_promise,
    "hold": _hold,
    "end_hold": _end_hold,
    "plan": _plan,
    "end_plan": _end_plan,
    "agree_plan": _agree_plan,
    "decline_plan": _decline_plan,
    "reveal": _reveal,
    "calling": _calling,
    "call": _call,
    "dispute": _dispute,
    "answer_dispute": _answer_dispute,
    "done": _done,
}
