"""One case: its facts as of now, its talk, and its customer's whole story."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.channels.telegram_relay import words_of
from bot.rules.cases.attachments import ACCEPTED, MOST_BYTES
from bot.rules.cases.case_thread import CaseThread
from bot.rules.policy.sending_hours import zones
from bot.views.cases import console_answers
from bot.views.cases import console_case as views
from bot.views.outlook.timeline_words import EntryView, entry, line_words
from bot.views.topics.held_words import reasons_anyway
from bot.web.console.access import Access, Refused, Visitor, number_in
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.cases.canned_replies import ReplyBook
from bot.work.cases.case_pages import colleagues, may_act, see_case
from bot.work.operations.console_access import PATH, who_else_looks
from bot.work.outlook.customer_timeline import Entry, next_line, story
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts
from bot.work.topics.files_outside import chosen
from bot.work.topics.scheduled_messages import for_later
from locales import Html

ONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says about what was just done, or not done."""

    words: Html
    is_good: bool


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
    channels = channel_names(parts.settings)

    @routes.get("/cases/{number}")
    async def one(number: str, request: Request) -> Response:
        visitor = await access.visitor(request)
        said = console_answers.done(visitor.t, request.query_params.get("said", ""))
        told = Told(said, is_good=True) if said else None
        return await case_page(parts, visitor, request, await seen(parts, number), told)

    @routes.get("/cases/{number}/story")
    async def whole(number: str, request: Request) -> Response:
        visitor = await access.visitor(request)
        case = (await seen(parts, number)).card.case
        now = parts.clock.now()
        told = await story(parts.db, parts.policies.current, case.customer_id, now, channels=channels)
        if told is None:
            raise Refused("no_case")
        zone = zones(told.zone)[0]

        def shown_as(each: Entry) -> EntryView:
            return entry(visitor.t, each.at, each.kind, each.what, zone)

        return page(
            visitor.t,
            "story.html",
            {
                **frame(parts, visitor, request),
                "case_id": case.case_id,
                "name": told.name or told.customer_id,
                "policy": told.policy,
                "zone": visitor.t.zone(zone),
                "coming": [line_words(visitor.t, next_line(each, told.zone)) for each in told.next],
                "due": [shown_as(each) for each in told.entries if each.at > now],
                "happened": [shown_as(each) for each in reversed(told.entries) if each.at <= now],
            },
        )

    return routes


async def seen(parts: Parts, number: str) -> CaseThread:
    """The case with this number; raises `Refused`."""
    known = number_in(number)
    found = await see_case(parts.db, parts.policies.current, known, parts.clock.now()) if known is not None else None
    if found is None:
        raise Refused("no_case")
    return found


async def case_page(
    parts: Parts,
    visitor: Visitor,
    request: Request,
    shown: CaseThread,
    told: Told | None = None,
    status: int = 200,
    held: tuple[str, str, str] | None = None,
) -> Response:
    """The page of a case, with what is said about what was just done. `held` are words that have not left,
    with the form that had them and the time for which they are: they stay to be changed, or sent with a reason."""
    now, desk_zone = parts.clock.now(), ZoneInfo(parts.policies.current.desk.time_zone)
    case = shown.card.case
    others = await who_else_looks(parts.db, visitor.session, case.case_id, now)
    forms = views.forms(visitor.t, shown, may_act(case, visitor.agent) and not visitor.is_auditor, now)
    return page(
        visitor.t,
        "case.html",
        {
            **frame(parts, visitor, request),
            "here": f"{PATH}/cases/{case.case_id}",
            "case": views.case(visitor.t, shown, desk_zone, now),
            "forms": forms,
            "replies": list(ReplyBook(parts.settings.replies).current().replies),
            "colleagues": await colleagues(parts.db, case),
            "once": secrets.token_urlsafe(ONCE_BYTES),
            "told": told,
            "held": held,
            "waiting": [
                views.for_later(
                    visitor.t, shown, each.held_id, each.send_at or each.at, words_of(each.kind, each.content)
                )
                for each in await for_later(parts.db, visitor.agent, case)
            ],
            "chosen": views.chosen(visitor.t, await chosen(parts.db, visitor.agent, case.case_id)),
            "files_accepted": ACCEPTED,
            "most_megabytes": MOST_BYTES >> 20,
            "results": console_answers.call_results(visitor.t),
            "reasons": reasons_anyway(visitor.t),
            "others": visitor.t.joined(other.name for other in others) if others else "",
        },
        status,
    )
