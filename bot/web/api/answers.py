"""Answers as JSON, and those that a client has already."""

from __future__ import annotations

import hashlib
import json

from fastapi import Request
from fastapi.responses import Response


def as_json(answer: object) -> Response:
    return Response(json.dumps(answer, ensure_ascii=False), media_type="application/json")


def tagged(request: Request, answer: object) -> Response:
    """The answer with its ETag; nothing but that if the client has it already."""
    response = as_json(answer)
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(None, 304, {"ETag": tag})
    response.headers["ETag"] = tag
    return response
