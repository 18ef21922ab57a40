"""What can be read: each listing page by page and row by row, the guarantee, the forecast, one customer's story."""

# No annotations of the future here: FastAPI reads those of functions that are made in a loop.
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from bot.web.api.access import Access
from bot.web.api.answers import as_json, tagged
from bot.web.api.models import DEFAULT_ROWS, page_model, question_model, row_model
from bot.web.api.routes import REFUSALS, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.web.problems import Problem
from bot.work.operations.listings import WrongValue, read_one, read_page
from bot.work.runtime.parts import Parts
from storage.operations.listing_fields import LISTINGS
from storage.operations.listings import Listing


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=REFUSALS, dependencies=[Depends(access.needs("read"))])
    for listing in LISTINGS:
        _add(routes, parts, listing)
    return routes


def _add(routes: APIRouter, parts: Parts, listing: Listing) -> None:
    row = row_model(listing)
    question, fields = question_model(listing), question_model(listing, of_one=True)
    by_name = {each.name: each for each in listing.filters}

    async def read_listing(asked: Annotated[question, Query()]) -> Response:  # type: ignore[valid-type]
        given = _given(asked)
        filters = {by_name[name]: value for name, value in given.items() if name in by_name}
        limit = given.get("limit", DEFAULT_ROWS)
        try:
            page = await read_page(parts.db, listing, filters, given.get("cursor"), limit, _names(given))
        except WrongValue as wrong:
            raise Problem("not-found", f"there is no such page; cursor: expected {wrong}") from None
        return as_json({"data": page.rows, "next_cursor": page.cursor})

    async def read_row(
        key: Annotated[
            str, Path(description=listing.key.meaning or f"The {listing.one}.", examples=[str(listing.key.example)])
        ],
        asked: Annotated[fields, Query()],  # type: ignore[valid-type]
        request: Request,
    ) -> Response:
        found = await read_one(parts.db, listing, key, _names(_given(asked)))
        if found is None:
            raise Problem("not-found", f"there is no {listing.one} {key[:64]!r}")
        return tagged(request, found)

    routes.add_api_route(
        f"/{listing.name}",
        read_listing,
        summary=f"Read {listing.name}",
        description=listing.meaning,
        operation_id=f"read_{listing.name}",
        response_model=page_model(listing),
        tags=[listing.name],
    )
    routes.add_api_route(
        f"/{listing.name}/{{key:segment}}",
        read_row,
        summary=f"Read one {listing.one}",
        operation_id=f"read_{listing.one}",
        response_model=row,
        responses={304: {"description": "It has not changed since the `ETag` in `If-None-Match`."}},
        tags=[listing.name],
    )


def _given(asked: BaseModel) -> dict[str, Any]:
    given: dict[str, Any] = asked.model_dump(exclude_unset=True)
    return given


def _names(given: dict[str, Any]) -> list[str]:
    return given["fields"].split(",") if given.get("fields") else []
