"""Writing the wallet's facts in bulk: JSON up to `limits.MOST_BODY_BYTES`, or NDJSON of any length.

Not before it is known who asks is the body read; it goes to disk as it comes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from bot.rules.facts.strict_json import NotJson, parse_json
from bot.rules.operations.api_keys import MOST_NAME
from bot.web import limits
from bot.web.api.access import Access
from bot.web.api.answers import as_json
from bot.web.api.bodies import is_compressed
from bot.web.api.models import IdempotencyKey
from bot.web.api.routes import OF_WRITES, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.web.problems import Problem, Wrong
from bot.work.facts.import_json import BY_NAME, MOST_TOLD, JsonRows
from bot.work.facts.import_values import Kind
from bot.work.operations.api_keys import Caller
from bot.work.operations.fact_requests import FactWriter, Written
from bot.work.operations.idempotent_requests import Keyed, Once
from bot.work.runtime.parts import Parts

JSON, NDJSON = "application/json", "application/x-ndjson"
AT_ONCE = 1000  # rows, between which others are served


class FactsWritten(BaseModel):
    """What became of the rows: those that were new, changed something, or said what is known."""

    added: int
    changed: int
    same: int
    refused: int = Field(description="0, unless it is told as a problem.")


def router(parts: Parts, access: Access, once: Once) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=OF_WRITES)
    writer = FactWriter(parts.db, once)
    for kind in BY_NAME.values():
        _add(routes, parts, access, writer, kind)
    return routes


def _add(routes: APIRouter, parts: Parts, access: Access, writer: FactWriter, kind: Kind) -> None:
    async def write(
        request: Request,
        caller: Annotated[Caller, Depends(access.needs("facts"))],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        digest = hashlib.sha256(kind.name.encode())
        with JsonRows(kind) as rows:
            try:
                await _read(request, rows, digest)
                await access.check_again(request)
                now = parts.clock.now()
                keyed = Keyed(caller.name, idempotency_key, digest.hexdigest(), now) if idempotency_key else None
                done = await writer.write(rows, keyed, now)
            except ClientDisconnect:
                raise Problem("bad-request", "the body ended too soon") from None
        return _answer(done)

    write.__annotations__ |= {"caller": Annotated[Caller, Depends(access.needs("facts"))]}
    routes.add_api_route(
        f"/{kind.name}",
        write,
        methods=["POST"],
        summary=f"Write {kind.name}",
        description=f"Adds or changes {kind.name}, as an import file does: the same names, rules and refusals. Good "
        "rows go in, whatever is wrong with others.",
        operation_id=f"write_{kind.name}",
        response_model=FactsWritten,
        openapi_extra={"requestBody": _body(kind)},
        tags=[kind.name],
    )


async def _read(request: Request, rows: JsonRows, digest: Any) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JSON, NDJSON) or is_compressed(request):
        raise Problem("wrong-type", f"expected {JSON} or {NDJSON}, not compressed")
    if kind == NDJSON:
        await _read_lines(request, rows, digest)
        return
    too_large = Problem("too-large", f"JSON may have {limits.MOST_BODY_BYTES} bytes; {NDJSON} any number")
    if int(request.headers.get("content-length", "0")) > limits.MOST_BODY_BYTES:
        raise too_large  # before it is sent, to those who ask whether they may
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limits.MOST_BODY_BYTES:
            raise too_large
    digest.update(body)
    try:
        given = parse_json(bytes(body))
    except NotJson as why:
        raise Problem("bad-request", f"the body {why}") from None
    if not isinstance(given, list) or not given:
        raise Problem("wrong-value", errors=[Wrong("", "a list of objects, at least one")])
    for number, each in enumerate(given, 1):
        rows.add(each)
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)


async def _read_lines(request: Request, rows: JsonRows, digest: Any) -> None:
    rest = b""
    async for piece in request.stream():
        digest.update(piece)
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            rows.add_text(line)
        if len(rest) > limits.MOST_BODY_BYTES:
            raise Problem("too-large", f"a line has more than {limits.MOST_BODY_BYTES} bytes")
    rows.add_text(rest)
    if not rows.count:
        raise Problem("wrong-value", errors=[Wrong("", "a JSON object on each line, at least one")])


def _answer(done: Written) -> Response:
    of = done.imported
    counts = {"added": of.added, "changed": of.changed, "same": of.same, "refused": of.refused}
    headers = {"Idempotency-Replayed": "true"} if done.repeated else {}
    if not of.refused:
        response = as_json(counts)
        response.headers.update(headers)
        return response
    told = [Wrong(f"[{refusal.row - 1}]", refusal.reason) for refusal in of.refusals]
    detail = f"{of.refused} rows were refused, in whole or in part; all others are in"
    if done.repeated:
        detail += "; the first answer said which"
    elif len(told) < of.refused:
        detail += f"; the first {MOST_TOLD} are told"
    raise Problem("rows-refused", detail, told, headers, counts)


def _body(kind: Kind) -> dict[str, Any]:
    """The request's body in the OpenAPI document: columns as import files have them."""
    row = {
        "type": "object",
        "additionalProperties": False,
        "required": list(kind.needed),
        "properties": {name: _column(kind, name) for name in kind.columns},
    }
    example = {name: EXAMPLES[name] for name in kind.columns if name in EXAMPLES}
    return {
        "required": True,
        "content": {
            JSON: {"schema": {"type": "array", "minItems": 1, "items": row}, "example": [example]},
            NDJSON: {"schema": {"type": "string"}, "example": json.dumps(example, ensure_ascii=False) + "\n"},
        },
    }


def _column(kind: Kind, name: str) -> dict[str, Any]:
    if name == "vulnerable":
        return {"type": ["boolean", "null"]}
    if name in kind.needed:
        return {"type": "string", "minLength": 1, "maxLength": MOST_NAME}
    return {"type": ["string", "null"]}


EXAMPLES: dict[str, str | bool] = {
    "customer_id": "C9",
    "name": "陳大文",
    "language": "zh-Hant",
    "time_zone": "Asia/Taipei",
    "phone": "+886912345678",
    "account_id": "A9",
    "product": "PayLater",
    "currency": "TWD",
    "balance": "1250.00",
    "instalment_id": "I9",
    "due_date": "2026-03-05",
    "amount_due": "1250.00",
    "amount_paid": "0.00",
    "payment_id": "P9",
    "paid_on": "2026-03-04",
    "amount": "250.00",
    "as_of": "2026-03-04T21:30:00+08:00",
}
