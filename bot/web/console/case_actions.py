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
from bot.rules.cases.case_outcomes import OUTCOMES
from bot.rules.cases.case_thread import CaseThread
from bot.rules.cases.snoozes import NoDay
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import zones
from bot.rules.topics.message_screening import Found
from bot.views.topics.held_words import reasons_anyway
from bot.web.console.access import Refused, Visitor, number_in
from bot.work.acting_outside import CaseAction, Order
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
from bot.work.topics.message_screening_outside import anyway, look_at_words

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
    def action(self) -> CaseAction:
        """What every function of the work takes first."""
        return CaseAction(self.parts.db, self.visitor.agent, self.case.card.case.case_id, self.now, self.order)

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
    return await casework.claim(form.action)


async def _release(form: Form) -> object:
    return await casework.release(form.action)


async def _transfer(form: Form) -> object:
    return await casework.transfer(form.action, form.number("to") or 0)


async def _snooze(form: Form) -> object:
    until = form.instant("until")
    return NoDay("unreadable") if until is None else await casework.snooze(form.action, until)


async def _wake(form: Form) -> object:
    return await casework.end_snooze(form.action)


@dataclass(frozen=True, slots=True)
class Asked:
    """Words that have not left: what their author is asked about."""

    found: tuple[Found, ...]


async def _looked_at(form: Form) -> Asked | tuple[CaseAction, tuple[str, ...]]:
    """What the author of these words is asked about; else the action with which they may leave, and the kinds of what
    was found in them."""
    case, action = form.case.card.case, form.action
    if not may_act(case, action.agent):
        return action, ()
    found = await look_at_words(action.db, form.parts.screening, case.customer_id, form.text("text"), form.now)
    reason = reasons_anyway(form.visitor.t).get(form.text("anyway"))
    if not found:
        return action, ()
    if reason is None:
        return Asked(found)
    return anyway(action, found, reason), tuple(dict.fromkeys(one.kind for one in found))


async def _say(form: Form) -> object:
    looked = await _looked_at(form)
    if isinstance(looked, Asked):
        return looked
    if (file := form.number("file")) is not None:
        return await files.say_with_file(looked[0], file, form.text("text"))
    return await words.say(looked[0], form.text("text"))


async def _drop_file(form: Form) -> object:
    return await files.take_back(form.action)


async def _later(form: Form) -> object:
    at = form.instant("at")
    if at is None:
        return NoDay("unreadable")
    looked = await _looked_at(form)
    if isinstance(looked, Asked):
        return looked
    action, found = looked
    policy = form.parts.policies.current
    return await scheduled_messages_outside.keep(action, policy, at, form.text("text"), found)


async def _drop_later(form: Form) -> object:
    return await scheduled_messages_outside.drop(form.action, form.number("which") or 0)


async def _note(form: Form) -> object:
    return await words.note(form.action, form.text("text"))


async def _promise(form: Form) -> object:
    day = form.day("day")
    if day is None:
        return NotAgreed("day_unreadable")
    amount, currency = form.text("amount") or None, form.text("currency") or None
    return await agreements.promise(form.action, form.desk, amount, currency, day)


async def _end_promise(form: Form) -> object:
    return await agreements.end_promise(form.action)


async def _hold(form: Form) -> object:
    return await agreements.hold(form.action, form.number("days") or 0, form.text("reason") or None)


async def _end_hold(form: Form) -> object:
    return await agreements.end_hold(form.action)


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
        return await preview(form.action, wish)
    return await agreements.plan(form.action, wish)


async def _end_plan(form: Form) -> object:
    return await agreements.end_plan(form.action)


async def _answer_plan(form: Form, agreed: bool) -> object:
    return await agreements.answer_asked_plan(form.action, form.desk, form.number("plan") or 0, agreed)


async def _agree_plan(form: Form) -> object:
    return await _answer_plan(form, True)


async def _decline_plan(form: Form) -> object:
    return await _answer_plan(form, False)


async def _reveal(form: Form) -> object:
    return await contact_outside.reveal(form.action, form.parts.policies, form.text("what_for"))


async def _calling(form: Form) -> object:
    parts = form.parts
    return await calls_outside.announce(form.action, parts.policies, parts.settings.brand)


async def _call(form: Form) -> object:
    result = next((known for known in RESULTS if known == form.text("result")), None)
    if result is None:
        raise Refused("wrong_form")
    return await contact_outside.call(form.action, form.parts.policies, result, form.text("note"))


async def _dispute(form: Form) -> object:
    return await disputes.dispute(form.action, form.desk, form.text("which"))


async def _answer_dispute(form: Form) -> object:
    is_wrong, reason = form.text("is_wrong") == "yes", form.text("reason")
    return await disputes.answer(form.action, form.text("which"), is_wrong, reason)


async def _done(form: Form) -> object:
    outcome = next((known for known in OUTCOMES if known == form.text("outcome")), None)
    if outcome is None:
        raise Refused("wrong_form")
    return await casework.close(form.action, outcome)


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
