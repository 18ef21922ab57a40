"""A browser without a screen: keeps its cookies, follows nothing by itself, and sends forms as pages have them."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.web.console.access import COOKIE
from bot.work.operations.console_access import way_in
from storage.cases.agents import Agent, add_agent
from storage.operations import console_access
from storage.runtime.engine import Database
from tests.web.api_server import NOW, Served, address_of, served
from tests.work.lives import a_life

SUE, BOB = 901, 902
FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@dataclass(frozen=True)
class Seen:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str


@dataclass
class Browser:
    api: Served
    cookies: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)  # by the session's cookie

    def ask(self, path: str, method: str = "GET", body: str | None = None, **more: str) -> Seen:
        where = urlsplit(self.api.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()), **more}
        headers = {name.replace("_", "-"): value for name, value in headers.items() if value}
        connection.request(method, path, body.encode() if body is not None else None, headers)
        answer = connection.getresponse()
        set_cookies = answer.headers.get_all("set-cookie") or []
        for one in set_cookies:
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        seen = Seen(
            answer.status,
            {n.lower(): v for n, v in answer.getheaders()},
            set_cookies,
            answer.read().decode(errors="replace"),
        )
        connection.close()
        return seen

    def send(self, path: str, fields: dict[str, str], **more: str) -> Seen:
        return self.ask(path, "POST", urlencode(fields), **{"Content_Type": FORM, **more})

    @property
    def token(self) -> str:
        """What the forms of this session carry, all the same."""
        session = self.cookies.get(COOKIE, "")
        if session not in self._tokens:
            found = TOKEN.search(self.ask("/console").text)
            assert found is not None
            self._tokens[session] = found[1]
        return self._tokens[session]

    def press(self, path: str, **fields: str) -> Seen:
        """Sends a form that is on a page of this session."""
        return self.send(path, {"token": self.token, **fields})


@contextmanager
def staffed(db: Database, **settings: Any) -> Iterator[Served]:
    """Anna's case, which is Mei's; Sue is a supervisor, Bob an agent."""
    with served(address_of(db), **settings) as api:
        api.do(lambda db: a_life(db, NOW))
        add(api, SUE, "Sue", "supervisor")
        add(api, BOB, "Bob")
        yield api


def text_of(html: str) -> str:
    """What a page says, without markup, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def add(api: Served, number: int, name: str, role: str = "agent", languages: tuple[str, ...] = ("en",)) -> None:
    async def added(db: Database) -> None:
        async with db.write() as conn:
            await add_agent(conn, Agent(number, name, languages, role), NOW)

    api.do(added)


def add_auditor(api: Served, number: int, name: str) -> None:
    async def added(db: Database) -> None:
        async with db.write() as conn:
            assert await console_access.add_auditor(conn, number, name, "en", NOW)

    api.do(added)


def link(api: Served, number: int) -> str:
    """The path of a new one-time link."""
    way: Any = api.do(lambda db: way_in(db, number, "", api.clock.now()))
    assert way is not None
    return str(way.url)


def entered(api: Served, number: int) -> Browser:
    """A browser that this agent has signed in with."""
    browser = Browser(api)
    assert browser.send("/console/in", {"secret": link(api, number).rpartition("/")[2]}).status == 303
    return browser
