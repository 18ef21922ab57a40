"""Getting into the console by a one-time link, and out again. `passkeys` has the other way in.

Opening the link changes nothing, because programs that preview links open it too; the button on its page uses it up.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.web.console.access import Access, Refused, chosen_language
from bot.web.console.passkeys import passkeys_at, way_back
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.operations.console_access import PATH, is_way_in, sign_in, sign_out
from bot.work.runtime.parts import Parts
from locales import LANGUAGES, translator

SEE_OTHER = 303


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)

    @routes.get("/in/{secret}")
    async def ask(secret: str, request: Request) -> Response:
        t = translator(chosen_language(request))
        if not await is_way_in(parts.db, secret, parts.clock.now()):
            raise Refused("used")
        return page(t, "entering.html", {"secret": secret, "brand": parts.settings.brand})

    @routes.post("/in")
    async def enter(request: Request) -> Response:
        fields = await access.fields(request)
        session = await sign_in(parts.db, fields.get("secret", ""), parts.clock.now())
        if session is None:
            raise Refused("used")
        answer = RedirectResponse(PATH, SEE_OTHER)
        access.let_in(answer, session)
        return answer

    @routes.post("/out")
    async def leave(request: Request) -> Response:
        visitor, _ = await access.posted(request, from_auditors=True)
        await sign_out(parts.db, visitor.session, parts.clock.now())
        about = {"brand": parts.settings.brand, "passkeys_at": passkeys_at(parts), "back": PATH}
        answer = page(visitor.t, "refused.html", {"why": "signed_out", **about})
        access.let_out(answer)
        return answer

    @routes.post("/language")
    async def choose(request: Request) -> Response:
        _, fields = await access.posted(request, from_auditors=True)
        answer = RedirectResponse(way_back(fields.get("back", "")), SEE_OTHER)
        if (language := fields.get("language", "")) in LANGUAGES:
            access.keep_language(answer, language)
        return answer

    return routes
