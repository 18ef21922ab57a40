"""What agents do in a case: one form each, by the functions that the HTTP API uses, too. Afterwards the browser is
sent back to the case; what was refused is said on the case's page, with nothing done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from bot.message import Message
from bot.rules.agreements.agreed_terms import NotAgreed, PlanWish
from bot.rules.agreements.instalment_plans import Every
from bot.rules.cases.case import OUTCOMES
from bot.rules.cases.case_thread import CaseThread
from bot.rules.cases.snoozing import NoDay
from bot.rules.cases.who_may import MayNot
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import zones
from bot.rules.topics.words_guard import Found
from bot.views.cases import console_acts as views
from bot.views.topics.held_words import reasons_anyway
from bot.web.console.access import Access, Refused, Visitor
from bot.web.console.cases import Told, case_page, seen
from bot.work.acting_outside import REFUSALS, NotDone, Order
from bot.work.agreements import agreements_outside as agreements
from bot.work.agreements import disputes_outside as disputes
from bot.work.agreements.plan_previews import Preview, preview
from bot.work.cases import casework_outside as casework
from bot.work.cases.canned_replies import NotFilled, ReplyBook, ReplyDesk, fill
from bot.work.cases.case_pages import may_act
from bot.work.operations.console_access import PATH
from bot.work.operations.console_forms import DoneBefore, OfForm
from bot.work.runtime.parts import Parts
from bot.work.topics import words_outside as words
from bot.work.topics.words_looked_at import Anyway, look_at_words
from locales import Html, Translator
from storage.cases.agents import Agent
from storage.runtime.engine import Database

OK, SEE_OTHER, CONFLICT = 200, 303, 409
EVERY: tuple[Every, ...] = get_args(Every)
COMMANDS = {"plan": "plan", "end_plan": "plan", "hold": "hold", "end_hold": "hold", "dispute": "dispute"}


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
        said = self.text(name)
        return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None

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


async def _say(form: Form) -> object:
    db, agent, _ = form.who
    case, text, order = form.case.card.case, form.text("text"), form.order
    if may_act(case, agent):
        found = await look_at_words(
            db, form.parts.policies.current, form.parts.forbidden, case.customer_id, text, form.now
        )
        reason = reasons_anyway(form.visitor.t).get(form.text("anyway"))
        if found and reason is None:
            return Asked(found)
        if found and reason is not None:
            order = Anyway(order, agent, found, reason, form.now)
    return await words.say(*form.who, text, form.now, order)


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
    "note": _note,
    "promise": _promise,
    "end_promise": _end_promise,
    "hold": _hold,
    "end_hold": _end_hold,
    "plan": _plan,
    "end_plan": _end_plan,
    "dispute": _dispute,
    "answer_dispute": _answer_dispute,
    "done": _done,
}


# --- Routes ----------------------------------------------------------------------------------------------------------


def router(parts: Parts, access: Access) -> APIRouter:
    routes = APIRouter()
    book = ReplyBook(parts.settings.replies)

    @routes.post("/cases/{number}/{what}")
    async def act(number: str, what: str, request: Request) -> Response:
        visitor, fields = await access.posted(request)
        do = ACTS.get(what)
        if do is None:
            raise Refused("no_page")
        case, now = await seen(parts, number), parts.clock.now()
        form = Form(parts, visitor, case, fields, now, OfForm(visitor.session, fields.get("once", ""), now))
        try:
            came_of_it = await do(form)
        except DoneBefore:
            came_of_it = None
        told = _told(visitor.t, what, came_of_it)
        if told is None:
            parts.desk_has_work.set()
            return RedirectResponse(f"{PATH}/cases/{case.card.case.case_id}?said={what}", SEE_OTHER)
        status = OK if told.is_good else CONFLICT
        held = form.text("text") if isinstance(came_of_it, Asked) else ""
        return await case_page(parts, visitor, request, await seen(parts, number), told, status, held)

    @routes.get("/cases/{number}/replies/{name}")
    async def ready_reply(number: str, name: str, request: Request) -> Response:
        """A ready reply as this customer would read it, to be put into the box."""
        visitor = await access.visitor(request)
        case, reply = (await seen(parts, number)).card.case, book.current().replies.get(name)
        if reply is None:
            raise Refused("no_page")
        desk = ReplyDesk(parts.db, parts.settings, parts.policies.current)
        filled = await fill(desk, reply, case, visitor.agent, parts.clock.now())
        if isinstance(filled, NotFilled):
            why = Message(views.not_filled(visitor.t, filled.placeholder, filled.why == "old")).plain()
            return PlainTextResponse(why, CONFLICT)
        return PlainTextResponse(filled.text)

    return routes


def _told(t: Translator, what: str, came_of_it: object) -> Told | None:
    """What the page says at once: why it was not done, or a plan's dates; None if it was done."""
    if isinstance(came_of_it, Preview):
        return Told(views.plan_preview(t, came_of_it.parts), is_good=True)
    if isinstance(came_of_it, Asked):
        return Told(views.look_once_more(t, came_of_it.found), is_good=False)
    return None if not isinstance(came_of_it, REFUSALS) else Told(_why(t, what, came_of_it), is_good=False)


def _why(t: Translator, what: str, refused: object) -> Html:
    if isinstance(refused, MayNot):
        return views.may_not(t, refused)
    if isinstance(refused, NotAgreed):
        return views.not_agreed(t, COMMANDS.get(what, "promise"), refused)
    if isinstance(refused, NoDay):
        return views.no_day(t, refused)
    return views.not_done(t, *((refused.reason, refused.name) if isinstance(refused, NotDone) else ("", "")))
