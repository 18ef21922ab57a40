"""`/unsubscribe/…`: ends reminders from a mail. A mail program does it by one POST (RFC 8058), a person on a small page
with a button. A GET changes nothing, because programs that scan mails open links too.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse

from bot.rules.languages import first_known
from bot.views.reminders import unsubscribe as views
from bot.views.reminders.unsubscribe import Page
from bot.web.lazy_routes import LazyRouter
from bot.work.reminders.unsubscribe import PATH, Recipient, recipient, unsubscribe
from bot.work.runtime.parts import Parts
from locales import Translator, translator

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
}
STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1.5rem;"
    "color:#222;background:#fff}h1{font-size:1.4rem}button{font:inherit;padding:.6rem 1.4rem;border:0;"
    "border-radius:.5rem;background:#2d6cdf;color:#fff;cursor:pointer}"
)


def router(parts: Parts) -> APIRouter:
    routes = LazyRouter()

    @routes.get(PATH + "/{token}")
    async def ask(token: str, accept_language: Annotated[str, Header()] = "") -> HTMLResponse:
        customer = await recipient(parts.db, parts.settings, token)
        return _page(parts, customer, accept_language, views.done if customer and customer.stopped else views.question)

    @routes.post(PATH + "/{token}")
    async def end(token: str, accept_language: Annotated[str, Header()] = "") -> HTMLResponse:
        customer = await unsubscribe(parts.db, parts.settings, token, parts.clock.now())
        parts.desk_has_work.set()
        return _page(parts, customer, accept_language, views.done)

    return routes


def _page(
    parts: Parts, customer: Recipient | None, accept_language: str, page: Callable[[Translator, str], Page]
) -> HTMLResponse:
    brand = parts.settings.brand
    t = translator(customer.language if customer else _preferred(accept_language))
    shown = page(t, brand) if customer else views.not_ours(t, brand)
    return HTMLResponse(_html(t.language, brand, shown), 200 if customer else 404, HEADERS)


def _preferred(accept_language: str) -> str:
    """The first of the browser's languages that we have."""
    return first_known(part.partition(";")[0] for part in accept_language.split(",")) or "en"


def _html(language: str, brand: str, page: Page) -> str:
    words = "".join(f"<p>{escape(line)}</p>" for line in page.words)
    button = f'<form method="post"><button>{escape(page.button)}</button></form>' if page.button else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(brand)}</title><style>{STYLE}</style>'
        f"</head><body><h1>{escape(page.heading)}</h1>{words}{button}</body></html>"
    )
