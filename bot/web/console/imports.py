"""Imports of files: which there were, the rows that were refused, and the mended file. Who sees all sees the list;
refused rows are as the wallet gave them, with phone numbers, so they are for supervisors, as is importing."""

from __future__ import annotations

from urllib.parse import unquote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.requests import ClientDisconnect

from bot.views.operations import console_imports as views
from bot.web.console.access import Access, Refused, Visitor, number_in
from bot.web.console.cases import Told
from bot.web.console.lists import frame
from bot.web.console.rendering import page
from bot.web.lazy_routes import LazyRouter
from bot.work.operations.console_access import PATH
from bot.work.operations.console_imports import (
    MOST_BYTES,
    MOST_ROWS,
    import_seen,
    latest_imports,
    note_reading,
    refused_as_csv,
    take_in,
    to_mend,
)
from bot.work.operations.uploads import TooLarge, Upload
from bot.work.runtime.parts import Parts
from locales import Html
from storage.facts.import_records import ImportedFile, RefusedRow

HERE = f"{PATH}/imports"
MOST_PASTED = 1 << 20
OK, CONFLICT = 200, 409
CSV = "text/csv"


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=PATH)

    @routes.get("/imports")
    async def imports(request: Request) -> Response:
        return await _page(parts, (await access.visitor(request)).must_see_all(), request)

    @routes.get("/imports/{number}")
    async def one(number: str, request: Request) -> Response:
        visitor = (await access.visitor(request)).must_supervise()
        file, rows = await _seen(parts, number)
        await note_reading(parts.db, "rows_opened", file, visitor.agent, parts.clock.now())
        zone = ZoneInfo(parts.policies.current.desk.time_zone)
        about = {"file": file, "rows": rows, "at": visitor.t.moment(file.at, zone), "here_path": HERE}
        more = len(rows) == MOST_ROWS < file.refused
        about |= {"kinds": views.kind_words(visitor.t), "more": more}
        about |= {"to_mend": to_mend(file, rows) if rows and not more else ""}
        return page(visitor.t, "import.html", {**frame(parts, visitor, request), **about})

    @routes.get("/imports/{number}/refused.csv")
    async def refused(number: str, request: Request) -> Response:
        visitor = (await access.visitor(request)).must_supervise()
        file, _ = await _seen(parts, number)
        await note_reading(parts.db, "rows_downloaded", file, visitor.agent, parts.clock.now())
        headers = {"Content-Disposition": f'attachment; filename="{file.kind}-{file.number}.refused.csv"'}
        return StreamingResponse(refused_as_csv(parts.db, file), headers=headers, media_type="text/csv; charset=utf-8")

    @routes.post("/imports")
    async def again(request: Request) -> Response:
        """A file as a script sends it, as it comes; or rows that were pasted into the form."""
        is_file = request.headers.get("content-type", "").partition(";")[0].strip().casefold() == CSV
        if is_file:
            visitor = await access.sent_by_script(request)
            name = unquote(request.headers.get("x-file-name", ""))
        else:
            visitor, fields = await access.posted(request, MOST_PASTED)
            name = fields.get("name", "") or visitor.t.plain("pasted rows")
        visitor.must_supervise()
        with Upload(name, MOST_BYTES) as upload:
            try:
                if is_file:
                    await upload.add_all(request.stream())
                else:
                    await upload.add(fields.get("rows", "").encode())
            except TooLarge:
                return await _page(parts, visitor, request, views.too_large(visitor.t, MOST_BYTES >> 20))
            except ClientDisconnect:
                raise Refused("wrong_form") from None
            if not upload.size:
                return await _page(parts, visitor, request, views.nothing_given(visitor.t))
            visitor = (await access.visitor(request)).must_supervise()  # it may have taken a while
            report = await take_in(upload, parts.db, visitor.agent, parts.clock.now())
        (done,) = report.files
        if done.kind is None or done.error:
            return await _page(
                parts, visitor, request, views.not_imported(visitor.t, name, done.error or done.note or "")
            )
        said = views.imported(visitor.t, name, done.rows, done.refused)
        return await _page(parts, visitor, request, said, is_good=not done.refused)

    return routes


async def _seen(parts: Parts, number: str) -> tuple[ImportedFile, list[RefusedRow]]:
    known = number_in(number)
    found = await import_seen(parts.db, known) if known is not None else None
    if found is None:
        raise Refused("no_page")
    return found[0], list(found[1])


async def _page(
    parts: Parts, visitor: Visitor, request: Request, said: Html | None = None, *, is_good: bool = False
) -> Response:
    zone = ZoneInfo(parts.policies.current.desk.time_zone)
    files = [(file, visitor.t.moment(file.at, zone)) for file in await latest_imports(parts.db)]
    told = Told(said, is_good) if said is not None else None
    about = {"files": files, "told": told, "here_path": HERE, "kinds": views.kind_words(visitor.t)}
    status = OK if told is None or is_good else CONFLICT
    return page(visitor.t, "imports.html", {**frame(parts, visitor, request), **about}, status)
