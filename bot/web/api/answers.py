"""Answers as JSON, and those that a client has already."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from bot.work.operations.listings import tag_of, text_of


def as_json(answer: object) -> Response:
    return Response(text_of(answer), media_type="application/json")


def tagged(request: Request, answer: object) -> Response:
    """The answer with its ETag; nothing but that if the client has it already."""
    response = as_json(answer)
    tag = tag_of(bytes(response.body).decode())
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(None, 304, {"ETag": tag})
    response.headers["ETag"] = tag
    return response
