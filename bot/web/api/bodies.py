"""Reads a request's JSON body, once it is known who asks, and says what is wrong with it without quoting values."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from bot.rules.facts.strict_json import NotJson, parse_json
from bot.web.problems import Problem, Wrong

JSON = "application/json"
MOST_BYTES = 64 << 10
_NAMES = re.compile(r"\^\(([a-z_|]+)\)\(,")  # of a list of names, as `fields` has it
MOST_NAME = 64  # characters of a name that is not known here

M = TypeVar("M", bound=BaseModel)


async def read_body(request: Request) -> bytes:
    """The body; raises a problem if it has more than `MOST_BYTES`."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                raise Problem("too-large", f"a body may have {MOST_BYTES} bytes here")
    except ClientDisconnect:
        raise Problem("bad-request", "the body ended too soon") from None
    return bytes(body)


def parsed_body(request: Request, body: bytes, model: type[M]) -> M:
    """What the body says; where nothing is asked for it may be empty."""
    asks_nothing = not model.model_fields
    if not (asks_nothing and not body):
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON or is_compressed(request):
            raise Problem("wrong-type", f"expected {JSON}, not compressed")
    try:
        given = parse_json(body or b"{}" if asks_nothing else body)
    except NotJson as why:
        raise Problem("bad-request", f"the body {why}") from None
    if not isinstance(given, dict):
        raise Problem("wrong-value", errors=[Wrong("", "an object")])
    try:
        return model.model_validate(given)
    except ValidationError as error:
        errors = [wrong(each) for each in error.errors(include_input=False, include_url=False)]
        raise Problem("wrong-value", "some values are not as expected", errors) from None


def is_compressed(request: Request) -> bool:
    return request.headers.get("content-encoding", "identity").strip().lower() != "identity"


def body_document(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """The body in the OpenAPI document; nothing where nothing is asked for."""
    if not model.model_fields:
        return {}
    content = {JSON: {"schema": model.model_json_schema(), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def wrong(error: Any) -> Wrong:
    """A fault as pydantic found it, without the value that was given."""
    where = ".".join(str(part)[:MOST_NAME] for part in error["loc"] if part not in ("query", "path", "body"))
    if error["type"] == "extra_forbidden":
        return Wrong(where, "no such name; it is not known here")
    if error["type"] == "string_pattern_mismatch" and (names := _NAMES.match(error["ctx"]["pattern"])):
        return Wrong(where, f"some of {names[1].replace('|', ', ')}, with commas between")
    return Wrong(where, error["msg"].removeprefix("Value error, "))
