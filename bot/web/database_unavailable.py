"""While the database is away, HTTP clients are told so, and asked to come again."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.runtime.write_retry import outage

AGAIN_AFTER_S = 5


class WhileAway:
    """ASGI: answers 503 if a request failed because the database is away; the log has one line for all of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception as error:
            if begun or scope["type"] != "http" or not outage.noticed(error):
                raise
            answer = JSONResponse(
                {"detail": "the database is away, try again"}, 503, {"Retry-After": str(AGAIN_AFTER_S)}
            )
            await answer(scope, receive, send)
