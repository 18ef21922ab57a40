"""Writes `duebot.http`, a request for each operation of the HTTP API: `python -m docs.http_requests`.

They are made of the OpenAPI document alone. VS Code's REST Client, JetBrains' IDEs and httpyac run such files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bot.clock import SystemClock
from bot.policies import load_policy
from bot.settings import Settings
from bot.web.api.app import document
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts
from storage.runtime.engine import Database

FILE = Path(__file__).with_name("duebot.http")
HEAD = """\
# A request for each operation of duebot's HTTP API, made from its OpenAPI document by `python -m docs.http_requests`.
# They work as they are while `make demo` runs. For your own duebot: its address, and a key of `duebot key add`.

@api = http://127.0.0.1:8081
@key = demo-k3Vq9ZxLm2Tp7RbW5yHd8NcJ
# An agent's own key.
@agent_key = demo-desk-w8Rt4YpQ6Lz2Nc9XvB3mKf
"""
JSON = "application/json"


def described() -> dict[str, Any]:
    """The OpenAPI document of this version."""
    clock = SystemClock()
    now = clock.now()
    policy = load_policy("humane", now.date())
    parts = Parts(Settings(), clock, Database("sqlite:///never-opened.db"), PoliciesInForce(policy, now))
    return document(parts)


def requests(of: Mapping[str, Any]) -> str:
    """The whole file."""
    return HEAD + "".join(f"\n{each}\n" for each in _requests(of))


def _requests(of: Mapping[str, Any]) -> Iterator[str]:
    for path, operations in of["paths"].items():
        for method, operation in operations.items():
            title = f"### {operation['summary']}"
            if not operation.get("security"):
                yield f"{title}\n# {method.upper()} {path} is signed, not opened by a key: see docs/api.md"
                continue
            given = [each for each in operation.get("parameters", ()) if each["in"] in ("path", "query")]
            for each in given:
                if each["in"] == "path":
                    path = path.replace(f"{{{each['name']}}}", quote(str(_example(each)), safe=""))
            asked = {each["name"]: _example(each) for each in given if each["in"] == "query" and each.get("required")}
            query = f"?{urlencode(asked)}" if asked else ""
            key = "agent_key" if "desk" in operation["tags"] else "key"
            lines = [title, f"{method.upper()} {{{{api}}}}{path}{query}", f"Authorization: Bearer {{{{{key}}}}}"]
            yield "\n".join([*lines, *_body(operation)])


def _body(operation: Mapping[str, Any]) -> list[str]:
    if "requestBody" not in operation:
        return []
    content = operation["requestBody"]["content"][JSON]
    return [f"Content-Type: {JSON}", "", json.dumps(content["example"], ensure_ascii=False, indent=2)]


def _example(parameter: Mapping[str, Any]) -> Any:
    for of in (parameter, parameter["schema"]):
        if of.get("examples"):
            return next(iter(of["examples"].values())) if isinstance(of["examples"], dict) else of["examples"][0]
    raise LookupError(f"{parameter['name']}: expected an example in the document")


if __name__ == "__main__":
    FILE.write_text(requests(described()), "utf-8")
