"""Files of a case's talk, for those who are signed in: fetched from Telegram as they are asked for, and kept nowhere
here; and the file that an agent chooses for a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from bot.channels.telegram_files import FileAway, TelegramFiles
from bot.rules.cases.attachments import MOST_BYTES
from bot.rules.cases.talk_files import ANYTHING, file_name, media_type_of
from bot.web.console.access import Access, Refused, number_in
from bot.web.console.case_forms import why_not_done
from bot.web.console.cases import Told, case_page, seen
from bot.web.lazy_routes import LazyRouter
from bot.work.acting_outside import REFUSALS, CaseAction, NotDone
from bot.work.cases.case_pages import file_of_case
from bot.work.operations.console_access import PATH
from bot.work.operations.uploads import TooLarge, Upload
from bot.work.runtime.parts import Parts
from bot.work.topics import files_outside

SEE_OTHER, CONFLICT = 303, 409
MOST_NAME = 300
WHY = {"gone": "no_file", "large": "large_file", "not_now": "no_telegram"}
# A page of its own may do nothing with it, and a browser keeps it for a moment only, for this person only.
HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=300"}


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)
    token = parts.settings.token
    files = TelegramFiles(parts.settings.telegram_api, token.get_secret_value()) if token is not None else None

    @routes.get("/cases/{number}/files/{file}")
    async def one(number: str, file: str, request: Request) -> Response:
        await access.visitor(request)
        case = (await seen(parts, number)).card.case
        known = number_in(file)
        found = await file_of_case(parts.db, case, known) if known is not None else None
        if found is None:
            raise Refused("no_file")
        if files is None:
            raise Refused("no_telegram")
        media_type, name = media_type_of(found.file), quote(file_name(found.file, found.talk_file_id), safe="")
        how = "attachment" if media_type == ANYTHING else "inline"
        headers = {**HEADERS, "Content-Disposition": f"{how}; filename*=UTF-8''{name}"}
        size, pieces, open_things = await _begun(files, found.file.file_id)
        if size is not None:
            headers["Content-Length"] = str(size)
        return _Fetched(pieces, open_things, headers, media_type)

    @routes.post("/cases/{number}/file")
    async def choose(number: str, request: Request) -> Response:
        """A file for the customer, as it is, sent by the script of the case's page."""
        visitor = await access.sent_by_script(request)
        case = await seen(parts, number)
        length = request.headers.get("content-length", "")
        case_id, name = case.card.case.case_id, unquote(request.headers.get("x-file-name", ""))[:MOST_NAME]
        came: object = await files_outside.may_choose(CaseAction(parts.db, visitor.agent, case_id, parts.clock.now()))
        if length.isdigit() and int(length[:20]) > MOST_BYTES:
            came = NotDone("large_file")
        with Upload(name, MOST_BYTES) as upload:
            try:
                if not isinstance(came, REFUSALS):
                    await upload.add_all(request.stream())
                    upload.close()
                    visitor = await access.visitor(request)  # it may have taken a while
                    action = CaseAction(parts.db, visitor.agent, case_id, parts.clock.now())
                    came = await files_outside.choose(action, name, upload.path)
            except TooLarge:
                came = NotDone("large_file")
            except ClientDisconnect:
                raise Refused("wrong_form") from None
        if isinstance(came, REFUSALS):
            told = Told(why_not_done(visitor.t, "file", came), is_good=False)
            return await case_page(parts, visitor, request, await seen(parts, number), told, CONFLICT)
        return RedirectResponse(f"{PATH}/cases/{case_id}?said=file", SEE_OTHER)

    return routes


class _Fetched(StreamingResponse):
    """A file on its way. What was opened for it is closed however it ends, also if nobody waits for it any more."""

    def __init__(
        self, pieces: AsyncIterator[bytes], open_things: AsyncExitStack, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(pieces, headers=headers, media_type=media_type)
        self._open_things = open_things

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._open_things:
            await super().__call__(scope, receive, send)


async def _begun(files: TelegramFiles, file_id: str) -> tuple[int | None, AsyncIterator[bytes], AsyncExitStack]:
    """The size of a file whose first piece has come, its pieces, and what is to be closed afterwards; raises `Refused`
    if it does not come."""
    open_things = AsyncExitStack()
    try:
        size, pieces = await open_things.enter_async_context(files.opened(file_id))
        first = await anext(aiter(pieces), b"")
    except FileAway as away:
        await open_things.aclose()
        raise Refused(WHY[away.why]) from None
    except BaseException:
        await open_things.aclose()
        raise

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return size, all_pieces(), open_things
