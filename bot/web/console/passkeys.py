"""Passkeys in the console: signing in with one, and the page on which they are added and removed.

A browser asks first what is to be signed (`…/begin`, by a script), and then sends a form with the answer. Both forms
are hidden in a browser without scripts, or at another address than the one to which passkeys are bound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from bot.message import Message
from bot.rules.operations.passkeys import MOST_NAME, NoSite, Site, site_of
from bot.views.operations import passkeys as views
from bot.web.console.access import Access, Refused, Visitor, chosen_language, number_in
from bot.web.console.cases import Told
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.web.limits import who
from bot.work.operations import passkeys as work
from bot.work.operations.console_access import PATH
from bot.work.operations.passkeys import NotSo
from bot.work.runtime.parts import Parts
from locales import Translator, translator
from storage.operations.passkeys import Passkey

HERE = f"{PATH}/passkeys"
SEE_OTHER, CONFLICT, TOO_MANY = 303, 409, 429


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)

    @routes.post("/in/passkey/begin")
    async def begin_signing_in(request: Request) -> Response:
        site = _site(parts)
        if not access.is_same_site(request):
            raise Refused("forged")
        asked_from = who(request.client.host) if request.client is not None else None
        brand = parts.settings.brand
        asked = await work.begin_signing_in(parts.db, site, brand, asked_from or "", parts.clock.now())
        return _asked(translator(chosen_language(request)), asked)

    @routes.post("/in/passkey")
    async def sign_in(request: Request) -> Response:
        fields = await access.fields(request)
        session = await work.sign_in(parts.db, _site(parts), fields.get("credential", ""), parts.clock.now())
        if isinstance(session, NotSo):
            raise Refused(f"passkey_{session.why}", fields.get("back", ""))
        answer = RedirectResponse(way_back(fields.get("back", "")), SEE_OTHER)
        access.let_in(answer, session)
        return answer

    @routes.get("/passkeys")
    async def passkeys(request: Request) -> Response:
        visitor = await access.visitor(request)
        words = views.done(visitor.t, request.query_params.get("said", ""))
        return await _page(parts, visitor, request, Told(words, is_good=True) if words else None)

    @routes.post("/passkeys/begin")
    async def begin_adding(request: Request) -> Response:
        visitor = await access.sent_by_script(request)
        about = (visitor.session, _site(parts), parts.settings.brand, parts.clock.now())
        return _asked(visitor.t, await work.begin_adding(parts.db, *about))

    @routes.post("/passkeys/add")
    async def add(request: Request) -> Response:
        visitor, fields = await access.posted(request)
        said = (fields.get("name", ""), fields.get("credential", ""))
        refused = await work.add(parts.db, visitor.session, _site(parts), *said, parts.clock.now())
        if refused is None:
            return RedirectResponse(f"{HERE}?said=added", SEE_OTHER)
        return await _refused(parts, visitor, request, refused.why)

    @routes.post("/passkeys/remove")
    async def remove(request: Request) -> Response:
        visitor, fields = await access.posted(request)
        number = number_in(fields.get("passkey", ""))
        if number is not None and await work.remove(parts.db, visitor.session, number, parts.clock.now()):
            return RedirectResponse(f"{HERE}?said=removed", SEE_OTHER)
        return await _refused(parts, visitor, request, "gone")

    return routes


def way_back(asked: str) -> str:
    """The page of the console to which somebody goes back; the queue if that is none, or is one of those that let
    somebody in."""
    is_page = asked.startswith((PATH + "/", PATH + "?")) and not asked.startswith(PATH + "/in/")
    return asked if is_page else PATH


def passkeys_at(parts: Parts) -> str:
    """The origin at which somebody can sign in with a passkey; empty if nowhere."""
    site = site_of(parts.web_address)
    return site.origin if isinstance(site, Site) else ""


def _site(parts: Parts) -> Site:
    site = site_of(parts.web_address)
    if isinstance(site, NoSite):
        raise Refused("no_page")
    return site


def _asked(t: Translator, asked: Mapping[str, object] | NotSo) -> Response:
    if isinstance(asked, NotSo):
        status = TOO_MANY if asked.why == "too_many" else CONFLICT
        return PlainTextResponse(Message(views.not_done(t, asked.why)).plain(), status)
    return JSONResponse(asked)


async def _refused(parts: Parts, visitor: Visitor, request: Request, why: str) -> Response:
    return await _page(parts, visitor, request, Told(views.not_done(visitor.t, why), is_good=False), CONFLICT)


async def _page(parts: Parts, visitor: Visitor, request: Request, told: Told | None, status: int = 200) -> Response:
    if visitor.is_auditor:
        raise Refused("auditors")
    site, zone = site_of(parts.web_address), ZoneInfo(parts.policies.current.desk.time_zone)
    own, others = await work.read_passkeys(parts.db, visitor.agent)
    about = {
        "told": told,
        "no_site": views.no_site(visitor.t, site) if isinstance(site, NoSite) else "",
        "origin": site.origin if isinstance(site, Site) else "",
        "own": _rows(visitor.t, own, zone),
        "others": _rows(visitor.t, others, zone),
        "most_name": MOST_NAME,
        "here_path": HERE,
    }
    return page(visitor.t, "passkeys.html", {**frame(parts, visitor, request), **about, "here": HERE}, status)


def _rows(t: Translator, passkeys: Sequence[Passkey], zone: ZoneInfo) -> list[tuple[Passkey, str, str]]:
    """Each with when it was added and last used."""
    return [
        (
            one,
            t.moment(one.added_at, zone),
            t.moment(one.used_at, zone) if one.used_at is not None else t.plain("never"),
        )
        for one in passkeys
    ]
