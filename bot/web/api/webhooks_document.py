"""Events out in the OpenAPI document: its `webhooks`, made from the kinds that there are."""

# No annotations of the future here: FastAPI reads those of functions that are made in a loop.
import json
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import BaseModel, Field, create_model

from bot.rules.operations.outgoing_events import KINDS, Kind, body_of

AT = datetime(2026, 3, 4, 13, 30, tzinfo=UTC)
CUSTOMER = "C1"
HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": meaning}
    for name, meaning in (
        ("webhook-id", "The same each time that this event is sent: take it once."),
        ("webhook-timestamp", "Unix seconds. Refuse what is more than 5 minutes away."),
        ("webhook-signature", "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; several with spaces between."),
    )
]
ANSWERS: dict[int | str, dict[str, Any]] = {
    410: {"description": "The receiver is gone: the hook ends."},
    "default": {"description": "It was not taken, as when there is no answer within ten seconds: it is sent again."},
}


@cache
def event_model(name: str) -> type[BaseModel]:
    """What is sent of a kind of event. There may be more in it in later versions."""
    kind = KINDS[name]
    title = "".join(part.capitalize() for part in name.split("."))
    said = {key: _field(kind, key, value) for key, value in kind.example.items()}
    customer = (str, Field(description="The wallet's id of the customer.", examples=[CUSTOMER]))
    data = _model(f"{title}Data", {"customer_id": customer, **said})
    happened = (datetime, Field(description="When it happened."))
    return _model(f"{title}Event", {"type": (Literal[name], ...), "timestamp": happened, "data": (data, ...)})


def example_of(name: str) -> Any:
    return json.loads(body_of(name, CUSTOMER, AT, json.dumps(KINDS[name].example)))


def add_webhooks(webhooks: APIRouter) -> None:
    for name in KINDS:
        _add(webhooks, name)


def _add(webhooks: APIRouter, name: str) -> None:
    example: Any = {name: {"value": example_of(name)}}

    async def take(event: Annotated[event_model(name), Body(openapi_examples=example)]) -> None:  # type: ignore[valid-type]
        """It is in the document only: receivers have it."""

    webhooks.add_api_route(
        name,
        take,
        methods=["POST"],
        status_code=204,
        response_description="It was taken. Any other 2xx says the same; what is in the answer is not read.",
        summary=name,
        description=f"{name}: {KINDS[name].when}. Sent to each hook that `duebot hook add` set for it.",
        operation_id=f"told_{name.replace('.', '_')}",
        response_class=Response,
        responses=ANSWERS,
        openapi_extra={"parameters": HEADERS},
        tags=["events"],
    )


def _model(name: str, fields: dict[str, Any]) -> type[BaseModel]:
    return create_model(name, **fields)


def _field(kind: Kind, key: str, example: object) -> tuple[Any, Any]:
    of: Any = date if key == "until" else type(example)
    return (of | None if key in kind.may_be_null else of), Field(examples=[example])
