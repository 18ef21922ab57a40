"""Events from the wallet: signed, written down, and answered; they are applied a moment later."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect

from bot.clock import time_of_machines
from bot.rules.operations.event_signatures import WrongSignature, verified
from bot.rules.operations.wallet_events import KINDS, WrongEvent
from bot.web.api.routes import OF_EVENTS, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.web.problems import Problem, Wrong
from bot.work.facts.import_json import MOST_LINE
from bot.work.operations.wallet_events import Replayed, receive
from bot.work.runtime.parts import Parts

EXAMPLE = {
    "type": "payment.received",
    "timestamp": "2026-03-04T21:30:00+08:00",
    "data": {"payment_id": "P1", "instalment_id": "I1", "paid_on": "2026-03-04", "amount": "250.00"},
}
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type", "timestamp", "data"],
                "properties": {
                    "type": {"enum": list(KINDS)},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "data": {"type": "object", "description": "With the names of an import file's columns."},
                },
            },
            "example": EXAMPLE,
        }
    },
}
HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": meaning}
    for name, meaning in (
        ("webhook-id", "Yours: an event with the same id is taken once."),
        ("webhook-timestamp", "Unix seconds, not more than 5 minutes away."),
        ("webhook-signature", "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; several with spaces between."),
    )
]


class Taken(BaseModel):
    """accepted: it is written down, and applied a moment later. known: it was taken before."""

    status: Literal["accepted", "known"]


def router(parts: Parts, have_work: asyncio.Event) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=OF_EVENTS)
    secrets = parts.settings.events_secrets

    @routes.post(
        "/events",
        status_code=202,
        summary="Take an event",
        description="Signed by the Standard Webhooks scheme, or by the older header X-Duebot-Signature.",
        operation_id="take_event",
        response_model=Taken,
        openapi_extra={"requestBody": BODY, "parameters": HEADERS},
        tags=["events"],
    )
    async def take(request: Request) -> Response:
        if not secrets:
            raise Problem("events-off")
        body = await _body(request)
        try:
            signed = verified(request.headers, body, secrets, time_of_machines(parts.clock))
            is_new = await receive(parts.db, signed, body, parts.clock.now())
        except WrongSignature as wrong:
            raise Problem("wrong-signature", str(wrong)) from None
        except WrongEvent as wrong:
            raise Problem("wrong-value", "the event cannot be read", [Wrong("", str(wrong))]) from None
        except Replayed:
            raise Problem("replayed") from None
        have_work.set()
        answer = json.dumps({"status": "accepted" if is_new else "known"})
        return Response(answer, 202, media_type="application/json")

    return routes


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_LINE:
                raise Problem("too-large", f"an event may have {MOST_LINE} bytes")
    except ClientDisconnect:
        raise Problem("bad-request", "the body ended too soon") from None
    return bytes(body)
