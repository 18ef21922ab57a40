"""A route is worked out when it is first asked; before, it has only its address."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from starlette.types import Message

from bot.web import NO_TELEMETRY, add_routes
from bot.web.lazy_routes import LazyRouter


@pytest.fixture
def app() -> FastAPI:
    routes = LazyRouter(prefix="/v1")

    @routes.get("/doubled")
    async def doubled(number: Annotated[int, Query()]) -> int:
        return 2 * number

    @routes.post("/other", include_in_schema=False)
    async def other() -> int:
        return 0

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, telemetry=NO_TELEMETRY)
    add_routes(app, routes)
    return app


async def ask(app: FastAPI, method: str, path: str, query: str = "") -> tuple[int, bytes]:
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        said.append(message)

    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
    await app({**scope, "headers": [], "root_path": ""}, receive, send)
    return said[0]["status"], said[1]["body"]


def whole(app: FastAPI) -> list[str]:
    return [str(vars(route)["path"]) for route in app.routes if "dependant" in vars(route)]


async def test_a_request_works_out_the_route_that_it_asks_and_no_other(app: FastAPI) -> None:
    assert whole(app) == []
    assert await ask(app, "GET", "/v1/doubled", "number=21") == (200, b"42")
    assert whole(app) == ["/v1/doubled"]
    assert (await ask(app, "GET", "/v1/doubled", "number=many"))[0] == 422


async def test_a_wrong_method_and_an_unknown_address_work_out_nothing(app: FastAPI) -> None:
    assert (await ask(app, "GET", "/v1/other"))[0] == 405
    assert (await ask(app, "GET", "/v1/unknown"))[0] == 404
    assert whole(app) == []


def test_the_document_has_routes_that_nobody_asked(app: FastAPI) -> None:
    assert list(app.openapi()["paths"]) == ["/v1/doubled"]
    parameters = app.openapi()["paths"]["/v1/doubled"]["get"]["parameters"]
    assert [each["name"] for each in parameters] == ["number"]


def test_what_no_route_has_is_missed_as_ever(app: FastAPI) -> None:
    assert not hasattr(app.routes[0], "colour")
    assert not hasattr(app.routes[0], "colour")
