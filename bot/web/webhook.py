"""`/telegram/webhook`: updates from Telegram, written down before they are acknowledged.

The headers decide who asks; the body of others is not read.
"""

from __future__ import annotations

import hmac
import json

from fastapi import APIRouter, HTTPException, Request
from starlette.requests import ClientDisconnect

from bot.web.lazy_routes import LazyRouter
from bot.work.runtime.intake import polled, write_down
from bot.work.runtime.parts import Parts
from storage.runtime.updates import Received

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  its name, not its value
NO_UPDATE = "expected an Update of Telegram's Bot API"
MOST_ID = 2**63


def router(parts: Parts) -> APIRouter:
    routes = LazyRouter()
    secret = parts.settings.webhook_secret.get_secret_value() if parts.settings.webhook_secret else ""

    @routes.post("/telegram/webhook")
    async def webhook(request: Request) -> dict[str, bool]:
        given = request.headers.get(SECRET_HEADER, "")
        if not secret or not hmac.compare_digest(given.encode("latin-1"), secret.encode()):
            raise HTTPException(403, "the secret token of the webhook is not right")
        try:
            body = await request.body()
        except ClientDisconnect:
            raise HTTPException(400, "the body ended too soon") from None
        received = _update(body)
        if received is None:
            raise HTTPException(400, NO_UPDATE)
        await write_down(parts.db, [received], parts.clock)
        parts.inbox_has_work.set()
        return {"ok": True}

    return routes


def _update(body: bytes) -> Received | None:
    """The update in a body, ready to be written down; None if it has no update number, and so does not come from
    Telegram. Any other fault is handled when it is parsed."""
    try:
        given: object = json.loads(body.decode("utf-8"))
    except (RecursionError, ValueError):
        return None
    number = given.get("update_id") if isinstance(given, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < MOST_ID:
        return None
    return polled(given)
