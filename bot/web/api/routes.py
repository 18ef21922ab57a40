"""What all routes of the API begin with: the address of its version, and the refusals that the OpenAPI document tells.

A router has them as it is made. `include_router` of FastAPI would make each route once without and once with them.
"""

from __future__ import annotations

from typing import Any

from bot.web.api.models import ProblemDocument
from bot.web.problems import KINDS, MEDIA_TYPE

VERSION = "/api/v1"
# By its name: with a `model`, FastAPI would make a field of it for each refusal of each route.
_PROBLEM: dict[str, Any] = {
    "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}}
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    titles = {status: [kind.title for kind in KINDS.values() if kind.status == status] for status in statuses}
    return {status: {**_PROBLEM, "description": " / ".join(titles[status])} for status in statuses}


REFUSALS = _refusals(400, 401, 403, 404, 422, 429, 431, 503)
OF_WRITES = {**REFUSALS, **_refusals(409, 413, 415)}
OF_THE_DESK = {**REFUSALS, **_refusals(409, 412, 413, 415)}
OF_EVENTS = _refusals(400, 401, 404, 409, 413, 422, 431, 503)
