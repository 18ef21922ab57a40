"""The page's own HTTP side: its files, a stream of what changes, and what a person does on it.

What is shown is put together in `page_state`; what is done is done by `Person` and the demo's own functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox import page
from bot.sandbox.groups import Group
from bot.sandbox.page_state import page_state
from bot.sandbox.people import Person
from bot.sandbox.web_answers import refused, same_origin
from bot.sandbox.web_demo import DemoSide

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

EVERYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  they are compared, not listened at

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_IMAGE_STARTS = {
    b"\x89PNG\r\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_GATHER_S = 0.03  # changes that come close together are shown together
_HEARTBEAT_S = 5.0
_AGAIN_MS = 500  # when the page looks for a server that has gone


def add_page(app: web.Application, telegram: LocalTelegram) -> None:
    """Adds the page to the server's routes."""
    chat = _WebChat(telegram)
    app.router.add_get("/", chat.index)
    app.router.add_get("/page/{name}", chat.asset)
    app.router.add_get("/local/events", chat.events)
    app.router.add_get("/local/file/{file_id}", chat.file)
    app.router.add_post("/local/do", chat.do)
    app.router.add_post("/local/upload", chat.upload)
    demo = chat.demo
    app.router.add_post("/local/move", demo.move)
    app.router.add_post("/local/action", demo.action)
    app.router.add_post("/local/restart", demo.restart)
    app.router.add_get("/local/console", demo.console)
    app.router.add_post("/local/told", demo.told)
    app.router.add_get("/pay/{bill}", chat.till)
    app.router.add_get("/local/bill/{bill}", demo.bill)
    app.router.add_post("/local/bill/{bill}", demo.pay)


class _WebChat:
    def __init__(self, telegram: LocalTelegram) -> None:
        self._telegram = telegram
        self._boot = secrets.token_hex(4)
        self.demo = DemoSide(telegram)

    # -- files -------------------------------------------------------------------------------------------------------

    async def index(self, request: web.Request) -> web.Response:
        return _asset("index.html")

    async def till(self, request: web.Request) -> web.Response:
        """The wallet's page to pay at."""
        return _asset("pay.html")

    async def asset(self, request: web.Request) -> web.Response:
        return _asset(request.match_info["name"])

    async def file(self, request: web.Request) -> web.Response:
        """A photo to look at, or a file to save; never something a browser would run."""
        stored = self._telegram.files.by_id(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        image = _image_type(stored.content)
        headers = {} if image else {"Content-Disposition": "attachment"}
        kind = image or "application/octet-stream"
        return web.Response(body=stored.content, headers={**_HEADERS, **headers, "Content-Type": kind})

    # -- what changes ------------------------------------------------------------------------------------------------

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the whole state first, then what changed, as it changes."""
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        seen = int(request.query.get("since", "0")) if request.query.get("boot") == self._boot else 0
        with contextlib.suppress(ConnectionResetError):  # the page was closed
            while not self._telegram.updates.closed:
                state = page_state(self._telegram, seen, self.demo.busy) | {"boot": self._boot, "since": seen}
                await response.write(f"data: {json.dumps(state, ensure_ascii=False)}\nretry: {_AGAIN_MS}\n\n".encode())
                seen = state["seq"]
                if self._telegram.seq == seen and not self._telegram.updates.closed:
                    await self._telegram.bell.wait(_HEARTBEAT_S)
                await asyncio.sleep(_GATHER_S)
        return response

    # -- what a person does ------------------------------------------------------------------------------------------

    async def do(self, request: web.Request) -> web.Response:
        """One thing a person does: `{"what": "say", "person": 1001, …}`, see `_DEEDS`."""
        same_origin(request)
        asked: Raw = await request.json()
        deed = _DEEDS.get(str(asked.get("what")))
        if deed is None:
            return refused(f"nothing called {asked.get('what')!r} can be done here; there is {sorted(_DEEDS)}")
        try:
            deed(*self._who_and_where(asked), asked)
        except (AssertionError, LookupError, ValueError) as impossible:
            return refused(str(impossible))
        return web.json_response({"ok": True})

    async def upload(self, request: web.Request) -> web.Response:
        """A file a person sends, as a photo when it is an image."""
        same_origin(request)
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            return refused("no file was given")
        asked = {key: json.loads(str(form[key])) for key in ("person", "group", "topic") if form.get(key)}
        caption, content = str(form.get("caption", "")), file.file.read()
        try:
            person, group = self._who_and_where(asked)
            if _image_type(content):
                _send_photo(person, group, asked.get("topic"), content, caption)
            else:
                _send_document(person, group, asked.get("topic"), content, file.filename, caption)
        except (AssertionError, LookupError) as impossible:
            return refused(str(impossible))
        return web.json_response({"ok": True})

    def _who_and_where(self, asked: Raw) -> tuple[Person, Group | None]:
        person = self._telegram.people[int(asked["person"])]
        group = self._telegram.groups[int(asked["group"])] if asked.get("group") else None
        return person, group


Deed = Callable[[Person, Group | None, Raw], object]


def _say(person: Person, group: Group | None, asked: Raw) -> object:
    text, reply_to = str(asked["text"]), asked.get("reply_to")
    if group is None:
        return person.say(text, reply_to=reply_to)
    return person.say_in(group, text, asked.get("topic"), reply_to=reply_to)


def _press(person: Person, group: Group | None, asked: Raw) -> object:
    message = (group or person).chat.find(int(asked["message"]))
    assert message is not None, "that message is gone"
    button = message.rows[int(asked["row"])][int(asked["column"])]
    return person.press_button(group or person, button, message)


def _edit(person: Person, group: Group | None, asked: Raw) -> object:
    number, text = int(asked["message"]), str(asked["text"])
    return person.edit(number, text) if group is None else person.edit_in(group, number, text)


def _press_key(person: Person, group: Group | None, asked: Raw) -> object:
    return person.press_key(str(asked["text"]))


_DEEDS: dict[str, Deed] = {
    "say": _say,
    "press": _press,
    "edit": _edit,
    "key": _press_key,
    "contact": lambda person, group, asked: person.share_contact(),
    "block": lambda person, group, asked: person.block(),
    "unblock": lambda person, group, asked: person.unblock(),
}


def _send_photo(person: Person, group: Group | None, topic: int | None, content: bytes, caption: str) -> None:
    if group is None:
        person.send_photo(content, caption)
    else:
        person.send_photo_in(group, content, caption, topic)


def _send_document(
    person: Person, group: Group | None, topic: int | None, content: bytes, name: str, caption: str
) -> None:
    if group is None:
        person.send_document(content, name, caption)
    else:
        person.send_document_in(group, content, name, caption, topic)


def _asset(name: str) -> web.Response:
    path = page.FOLDER / name
    if path.suffix not in _TYPES or path.parent != page.FOLDER or not path.is_file():
        raise web.HTTPNotFound
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], headers=_HEADERS)


def _image_type(content: bytes) -> str | None:
    """The image type by the first bytes, whatever the file name says; None if it is not an image."""
    return next((kind for start, kind in _IMAGE_STARTS.items() if content.startswith(start)), None)


def hosts_only(listens_at: str) -> Middleware:
    """Answers only if the browser was sent to this machine, or to `listens_at`: another site whose name is made to
    point here must not read this page. An IP address is not such a name."""
    everywhere = listens_at in EVERYWHERE

    @web.middleware
    async def held(request: web.Request, handler: Handler) -> web.StreamResponse:
        name = _host_name(request.headers.get("Host", ""))
        if name in (listens_at.lower(), "localhost") or _is_address(name, loopback=not everywhere):
            return await handler(request)
        raise web.HTTPForbidden(text="this page is used by its own address only, such as http://127.0.0.1")

    return held


def _host_name(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_address(name: str, *, loopback: bool) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not loopback
