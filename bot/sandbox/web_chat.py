"""The page's own HTTP side: its files, a stream of what changes, and what a person does on it.

What is shown is put together in `page_state`; what is done is done by `Person` and the demo's own functions.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox import page
from bot.sandbox.demo import Bill
from bot.sandbox.groups import Group
from bot.sandbox.page_state import page_state
from bot.sandbox.people import Person

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

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
_MORNING = time(9)
_NO_AMOUNT = "that is no amount; expected one such as 12.30"
_MOVES = {"1h": timedelta(hours=1), "6h": timedelta(hours=6), "1d": timedelta(days=1), "3d": timedelta(days=3)}


def add_page(app: web.Application, telegram: LocalTelegram) -> None:
    """Adds the page to the server's routes."""
    chat = _WebChat(telegram)
    app.router.add_get("/", chat.index)
    app.router.add_get("/page/{name}", chat.asset)
    app.router.add_get("/local/events", chat.events)
    app.router.add_get("/local/file/{file_id}", chat.file)
    app.router.add_post("/local/do", chat.do)
    app.router.add_post("/local/upload", chat.upload)
    app.router.add_post("/local/move", chat.move)
    app.router.add_post("/local/action", chat.action)
    app.router.add_post("/local/restart", chat.restart)
    app.router.add_get("/pay/{bill}", chat.till)
    app.router.add_get("/local/bill/{bill}", chat.bill)
    app.router.add_post("/local/bill/{bill}", chat.pay)


class _WebChat:
    def __init__(self, telegram: LocalTelegram) -> None:
        self._telegram = telegram
        self._boot = secrets.token_hex(4)
        self._busy = ""

    # -- files -------------------------------------------------------------------------------------------------------

    async def index(self, request: web.Request) -> web.Response:
        return _asset("index.html")

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
                state = page_state(self._telegram, seen, self._busy) | {"boot": self._boot, "since": seen}
                await response.write(f"data: {json.dumps(state, ensure_ascii=False)}\nretry: {_AGAIN_MS}\n\n".encode())
                seen = state["seq"]
                if self._telegram.seq == seen and not self._telegram.updates.closed:
                    await self._telegram.bell.wait(_HEARTBEAT_S)
                await asyncio.sleep(_GATHER_S)
        return response

    # -- what a person does ------------------------------------------------------------------------------------------

    async def do(self, request: web.Request) -> web.Response:
        """One thing a person does: `{"what": "say", "person": 1001, …}`, see `_DEEDS`."""
        _same_origin(request)
        asked: Raw = await request.json()
        deed = _DEEDS.get(str(asked.get("what")))
        if deed is None:
            return _refused(f"nothing called {asked.get('what')!r} can be done here; there is {sorted(_DEEDS)}")
        try:
            deed(*self._who_and_where(asked), asked)
        except (AssertionError, LookupError, ValueError) as impossible:
            return _refused(str(impossible))
        return web.json_response({"ok": True})

    async def upload(self, request: web.Request) -> web.Response:
        """A file a person sends, as a photo when it is an image."""
        _same_origin(request)
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            return _refused("no file was given")
        asked = {key: json.loads(str(form[key])) for key in ("person", "group", "topic") if form.get(key)}
        caption, content = str(form.get("caption", "")), file.file.read()
        try:
            person, group = self._who_and_where(asked)
            if _image_type(content):
                _send_photo(person, group, asked.get("topic"), content, caption)
            else:
                _send_document(person, group, asked.get("topic"), content, file.filename, caption)
        except (AssertionError, LookupError) as impossible:
            return _refused(str(impossible))
        return web.json_response({"ok": True})

    def _who_and_where(self, asked: Raw) -> tuple[Person, Group | None]:
        person = self._telegram.people[int(asked["person"])]
        group = self._telegram.groups[int(asked["group"])] if asked.get("group") else None
        return person, group

    # -- the demo's side ---------------------------------------------------------------------------------------------

    async def move(self, request: web.Request) -> web.Response:
        """Moves the program's clock: `{"by": "1h" | "6h" | "1d" | "3d" | "next9"}`."""
        _same_origin(request)
        by = str((await request.json()).get("by"))
        demo = self._telegram.demo
        if demo is None or (by != "next9" and by not in _MOVES):
            return _refused("the clock cannot be moved so")
        if self._busy:
            return _refused("time is already moving; wait until it has arrived")
        step = _MOVES.get(by) or self._until_morning()
        async with self._busy_with("time"):
            await demo.move(step)
        return web.json_response({"ok": True})

    async def action(self, request: web.Request) -> web.Response:
        """Does one of the demo's actions: `{"index": 0}`."""
        _same_origin(request)
        demo = self._telegram.demo
        index = int((await request.json()).get("index", -1))
        if demo is None or not 0 <= index < len(demo.actions):
            return _refused("there is no such action")
        if self._busy:
            return _refused("something is already under way; wait until it is done")
        async with self._busy_with("action"):
            said = await demo.actions[index].run()
        return web.json_response({"ok": True, "said": said if isinstance(said, str | dict) else ""})

    async def restart(self, request: web.Request) -> web.Response:
        """Begins the demo again, with nothing in it of what was done."""
        _same_origin(request)
        demo = self._telegram.demo
        if demo is None or demo.restart is None:
            return _refused("there is nothing to begin again")
        if self._busy:
            return _refused("something is already under way; wait until it is done")
        self._busy = "restart"
        self._telegram.changed()
        demo.restart()
        return web.json_response({"ok": True})

    # -- the wallet's page -------------------------------------------------------------------------------------------

    async def till(self, request: web.Request) -> web.Response:
        return _asset("pay.html")

    async def bill(self, request: web.Request) -> web.Response:
        """What is to be paid, as the wallet's page shows it."""
        bill = self._bill(request)
        return web.json_response(_bill_shown(bill)) if bill else _refused("the wallet has no such payment")

    async def pay(self, request: web.Request) -> web.Response:
        """The wallet receives a payment: `{"amount": "12.30"}`. Answers with what is left."""
        _same_origin(request)
        demo, bill_id = self._telegram.demo, request.match_info["bill"]
        if demo is None or self._bill(request) is None:
            return _refused("the wallet has no such payment")
        if self._busy:
            return _refused("something is already under way; wait until it is done")
        async with self._busy_with("action"):
            try:
                await demo.till.pay(bill_id, Decimal(str((await request.json()).get("amount"))))
            except (InvalidOperation, ValueError) as impossible:
                return _refused(str(impossible) if isinstance(impossible, ValueError) else _NO_AMOUNT)
        return await self.bill(request)

    def _bill(self, request: web.Request) -> Bill | None:
        demo = self._telegram.demo
        return demo.till.bill(request.match_info["bill"]) if demo is not None else None

    @contextlib.asynccontextmanager
    async def _busy_with(self, what: str) -> AsyncIterator[None]:
        self._busy = what
        self._telegram.changed()
        try:
            yield
        finally:
            self._busy = ""
            self._telegram.changed()

    def _until_morning(self) -> timedelta:
        """To the next 09:00 of the first customer."""
        phones = [person for person in self._telegram.people.values() if person.on_page]
        zone = ZoneInfo(phones[0].zone if phones else "UTC")
        now = self._telegram.clock.now().astimezone(zone)
        day = now.date() if now.time() < _MORNING else now.date() + timedelta(days=1)
        morning = datetime.combine(day, _MORNING, zone)
        return morning.astimezone(ZoneInfo("UTC")) - now.astimezone(ZoneInfo("UTC"))


def _bill_shown(bill: Bill) -> Raw:
    amounts = {"amount": str(bill.amount), "left": str(bill.left)}
    return (
        {"product": bill.product, "currency": bill.currency, "language": bill.language}
        | amounts
        | {"due": bill.due.isoformat()}
    )


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


def _refused(why: str) -> web.Response:
    return web.json_response({"ok": False, "why": why}, status=400)


def hosts_only(listens_at: str) -> Middleware:
    """Answers only if the browser was sent to this machine, or to `listens_at`: another site whose name is made to
    point here must not read this page. An IP address is not such a name."""
    everywhere = listens_at in ("", "0.0.0.0", "::")  # noqa: S104  it is compared, not listened at

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


def _same_origin(request: web.Request) -> None:
    """Another site open in the same browser must not act here."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="this page is used from its own address only")
