"""What the page's HTTP sides share: who may ask, and how something impossible is answered."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web


def refused(why: str) -> web.Response:
    return web.json_response({"ok": False, "why": why}, status=400)


def same_origin(request: web.Request) -> None:
    """Another site open in the same browser must not act here."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="this page is used from its own address only")
