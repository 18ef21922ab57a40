"""Takes the forms of a case's page. Afterwards the browser is sent back to the case; what was refused is said on the
case's page, with nothing done. What may be seen once only is on the page that answers the form."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from bot.message import Message
from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.cases.snoozes import NoDay
from bot.rules.cases.who_may import MayNot
from bot.views.cases import console_answers as views
from bot.views.cases import contact_disclosure as contact_views
from bot.views.cases import genuine as call_views
from bot.web.console.access import Access, Refused
from bot.web.console.case_actions import ACTS, Asked, Form
from bot.web.console.cases import Told, case_page, seen
from bot.web.lazy_routes import LazyRouter
from bot.work.acting_outside import REFUSALS, NotDone
from bot.work.agreements.plan_previews import Preview
from bot.work.cases.announced_calls import Announced, NoCall
from bot.work.cases.canned_replies import NotFilled, ReplyBook, ReplyDesk, fill
from bot.work.cases.contact_disclosure import Called, Revealed, TooOften
from bot.work.operations.console_access import PATH
from bot.work.operations.console_forms import DoneBefore, OfForm
from bot.work.runtime.parts import Parts
from locales import Html, Translator

OK, SEE_OTHER, CONFLICT = 200, 303, 409
COMMANDS = {"plan": "plan", "end_plan": "plan", "hold": "hold", "end_hold": "hold", "dispute": "dispute"}


# --- Routes ----------------------------------------------------------------------------------------------------------


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
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
        told = _told(visitor.t, parts.policies.current.desk.time_zone, what, came_of_it)
        if told is None:
            parts.desk_has_work.set()
            return RedirectResponse(f"{PATH}/cases/{case.card.case.case_id}?said={what}", SEE_OTHER)
        status = OK if told.is_good else CONFLICT
        held = (what, form.text("text"), form.text("at")) if isinstance(came_of_it, Asked) else None
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


def _told(t: Translator, desk_zone: str, what: str, came_of_it: object) -> Told | None:
    """What the page says at once: why it was not done, or what may be seen once; None if there is nothing but that it
    was done."""
    if isinstance(came_of_it, Asked):
        return Told(views.look_once_more(t, came_of_it.found), is_good=False)
    if isinstance(came_of_it, TooOften):
        about = (came_of_it.shown, came_of_it.again, desk_zone)
        return Told(Html(contact_views.too_often(t, *about).text), is_good=False)
    if isinstance(came_of_it, NoCall):
        why = call_views.no_call(t, came_of_it.why, came_of_it.verdict, came_of_it.zone)
        return Told(Html(why.text), is_good=False)
    if isinstance(came_of_it, REFUSALS):
        return Told(why_not_done(t, what, came_of_it), is_good=False)
    seen_once = _seen_once(t, came_of_it)
    return Told(seen_once, is_good=True) if seen_once is not None else None


def _seen_once(t: Translator, done: object) -> Html | None:
    if isinstance(done, Preview):
        return views.plan_preview(t, done.parts)
    if isinstance(done, Revealed):
        return views.revealed(t, done.contact)
    if isinstance(done, Called) and done.broke:
        return views.call_broke(t, done.broke)
    if isinstance(done, Announced):
        return call_views.announcing(t, done.code, done.zone)
    return None


def why_not_done(t: Translator, what: str, refused: object) -> Html:
    """Why one of the refusals of `bot.work.acting_outside` was."""
    if isinstance(refused, MayNot):
        return views.may_not(t, refused)
    if isinstance(refused, NotAgreed):
        return views.not_agreed(t, COMMANDS.get(what, "promise"), refused)
    if isinstance(refused, NoDay):
        return views.no_day(t, what, refused)
    return views.not_done(t, *((refused.reason, refused.name) if isinstance(refused, NotDone) else ("", "")))
