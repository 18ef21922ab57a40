"""`docs/duebot.http` is up to date with the API, and what it asks is answered."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.rules.operations.api_keys import digest
from bot.rules.operations.event_signatures import signed
from bot.rules.operations.outgoing_events import KINDS
from bot.web.api.desk_actions import ACTIONS
from bot.web.api.webhooks_document import event_model
from docs.http_requests import FILE, described, requests
from storage.operations import api_keys
from storage.runtime.engine import Database
from tests.rules.operations.test_event_signatures import PLAIN
from tests.web.api_server import NOW, address_of, served
from tests.work.lives import MEI, a_life

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read as the clients read such a file."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


def read(text: str) -> list[Request]:
    """What is between lines of `###`, with the variables filled in."""
    variables = dict(re.findall(r"^@(\w+) = (\S+)$", text, re.MULTILINE))
    filled = re.sub(r"\{\{(\w+)\}\}", lambda found: variables[found[1]], text)
    return [found for part in re.split(r"^###.*$", filled, flags=re.MULTILINE)[1:] if (found := _request(part))]


def _request(part: str) -> Request | None:
    head, _, body = part.strip().partition("\n\n")
    lines = [line for line in head.splitlines() if not line.startswith("#")]
    if not lines:
        return None
    method, url = lines[0].split(" ")
    return Request(method, url, dict(line.split(": ", 1) for line in lines[1:]), body)


async def _add_key(db: Database, key: str) -> None:
    async with db.write() as conn:
        await api_keys.add(conn, "Mei", digest(key), ("desk",), NOW, MEI)


def test_the_documents_tell_of_every_action_on_a_case() -> None:
    """`docs/api.md`, “Working cases”: a row for what is posted, and a word for what is taken back."""
    told = (FILE.parent / "api.md").read_text("utf-8")
    [taken_back] = re.findall(r"^`DELETE` of (.*?) takes it back", told, re.MULTILINE)
    posted = [each.address for each in ACTIONS if each.method == "POST"]
    ended = [each.address for each in ACTIONS if each.method == "DELETE"]
    assert posted and ended
    assert [address for address in posted if f"| `/cases/ID/{address}` |" not in told] == []
    assert [address for address in ended if f"`{address}`" not in taken_back] == []


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return described()


def test_it_is_up_to_date(document: dict[str, Any]) -> None:
    assert FILE.read_text("utf-8") == requests(document), "`python -m docs.http_requests` writes it again"


def test_the_document_has_each_event_that_goes_out(document: dict[str, Any]) -> None:
    assert document["webhooks"].keys() == KINDS.keys()
    for name, told in document["webhooks"].items():
        assert told["post"]["responses"].keys() == {"204", "410", "default"}
        assert [each["name"] for each in told["post"]["parameters"]] == [*signed("evt_1", NOW, "{}", (PLAIN,))]
        content = told["post"]["requestBody"]["content"]["application/json"]
        example = content["examples"][name]["value"]
        event_model(name).model_validate(example)
        event, data = (document["components"]["schemas"][f"{_camel(name)}{part}"] for part in ("Event", "Data"))
        assert (content["schema"]["$ref"].rpartition("/")[2], event["required"]) == (event["title"], [*example])
        assert data["required"] == [*data["properties"]] == [*example["data"]]
        null = {key for key, of in data["properties"].items() if {"type": "null"} in of.get("anyOf", ())}
        assert null == KINDS[name].may_be_null


def _camel(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("."))


def test_every_operation_is_answered(sqlite_db: Database, document: dict[str, Any]) -> None:
    text = FILE.read_text("utf-8")
    key, desk_key = re.findall(r"^@(?:agent_)?key = (\S+)$", text, re.MULTILINE)
    asked = read(text)
    with served(address_of(sqlite_db), api_key=SecretStr(key)) as api:
        api.do(lambda db: a_life(db, NOW))
        api.do(lambda db: _add_key(db, desk_key))
        api.clock.move(timedelta(days=10))  # the examples are facts of some days later
        for each in asked:
            path = each.url.removeprefix("http://127.0.0.1:8081")
            headers = {name.replace("-", "_"): value for name, value in each.headers.items()}
            answer = api.ask(path, method=each.method, body=each.body.encode() or None, **headers)
            is_row = each.method == "GET" and re.fullmatch(r"/api/v1/\w+/\w+", path)
            is_nobodys = (is_row or "/cases/" in path) and answer.status == 404  # no such row in this wallet
            assert answer.status in (200, 204) or is_nobodys, (each, answer.text)
    paths = document["paths"]
    told = {(method.upper(), path) for path in paths for method in paths[path] if method.upper() in METHODS}
    assert len(asked) == len(told) - 1  # all but the one that is signed
    assert json.loads(asked[1].body)[0]["customer_id"] == "C9"  # nobody of the demo
