"""`/telegram/webhook`: updates from Telegram, written down before they are answered for."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, HTTPException

from bot.work.parts import Parts
from bot.work.receiving import polled, write_down


def router(parts: Parts) -> APIRouter:
    routes = APIRouter()
    secret = parts.settings.webhook_secret.get_secret_value() if parts.settings.webhook_secret else ""

    @routes.post("/telegram/webhook")
    async def webhook(
        update: Annotated[dict[str, Any], Body()],
        x_telegram_bot_api_secret_token: Annotated[str, Header()] = "",
    ) -> dict[str, bool]:
        if not secret or not hmac.compare_digest(x_telegram_bot_api_secret_token.encode(), secret.encode()):
            raise HTTPException(403, "the secret token of the webhook is not right")
        try:
            received = polled(update)
        except (KeyError, TypeError, ValueError):
            raise HTTPException(400, "expected an Update of Telegram's Bot API") from None
        await write_down(parts.db, [received], parts.clock)
        parts.inbox_has_work.set()
        return {"ok": True}

    return routes
