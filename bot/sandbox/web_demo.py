"""The demo's own HTTP side: time that is moved, the wallet's actions and its page, and starting over.

What each does is in `demo`; here is that one thing is under way at a time, and what a request may ask for.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.sandbox.demo import Bill
from bot.sandbox.web_answers import refused, same_origin

if TYPE_CHECKING:
    from bot.sandbox.state import LocalTelegram

_MORNING = time(9)
_MOVES = {"1h": timedelta(hours=1), "6h": timedelta(hours=6), "1d": timedelta(days=1), "3d": timedelta(days=3)}
_NO_AMOUNT = "that is no amount; expected one such as 12.30"


class DemoSide:
    """`busy` is what is under way: `time`, `action`, `restart`, or an empty text."""

    def __init__(self, telegram: LocalTelegram) -> None:
        self._telegram = telegram
        self.busy = ""

    async def move(self, request: web.Request) -> web.Response:
        """Moves the program's clock: `{"by": "1h" | "6h" | "1d" | "3d" | "next9"}`."""
        same_origin(request)
        by = str((await request.json()).get("by"))
        demo = self._telegram.demo
        if demo is None or (by != "next9" and by not in _MOVES):
            return refused("the clock cannot be moved so")
        if self.busy:
            return refused("time is already moving; wait until it has arrived")
        step = _MOVES.get(by) or self._until_morning()
        async with self._doing("time"):
            await demo.move(step)
        return web.json_response({"ok": True})

    async def action(self, request: web.Request) -> web.Response:
        """Does one of the demo's actions: `{"index": 0}`."""
        same_origin(request)
        demo = self._telegram.demo
        index = int((await request.json()).get("index", -1))
        if demo is None or not 0 <= index < len(demo.actions):
            return refused("there is no such action")
        if self.busy:
            return refused("something is already under way; wait until it is done")
        async with self._doing("action"):
            said = await demo.actions[index].run()
        return web.json_response({"ok": True, "said": said if isinstance(said, str | dict) else ""})

    async def restart(self, request: web.Request) -> web.Response:
        """Begins the demo again, with nothing in it of what was done."""
        same_origin(request)
        demo = self._telegram.demo
        if demo is None or demo.restart is None:
            return refused("there is nothing to begin again")
        if self.busy:
            return refused("something is already under way; wait until it is done")
        self.busy = "restart"
        self._telegram.changed()
        demo.restart()
        return web.json_response({"ok": True})

    async def console(self, request: web.Request) -> web.Response:
        """Leads into the desk's console, by a link that is made for this visit: `?as=3002` for another agent."""
        demo, number = self._telegram.demo, request.query.get("as", "0")
        link = await demo.console(int(number)) if demo and demo.console and number.isdecimal() else ""
        if not link:
            raise web.HTTPNotFound
        raise web.HTTPSeeOther(link)

    async def told(self, request: web.Request) -> web.Response:
        """Another system of the wallet receives an event."""
        demo = self._telegram.demo
        if demo is None or demo.told is None:
            raise web.HTTPServiceUnavailable  # the demo is about to be ready: it is sent again
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not demo.told.take(headers, await request.read()):
            raise web.HTTPUnauthorized
        self._telegram.changed()
        return web.Response(status=204)

    # -- the wallet's page -------------------------------------------------------------------------------------------

    async def bill(self, request: web.Request) -> web.Response:
        """What is to be paid, as the wallet's page shows it."""
        bill = self._bill(request)
        if bill is None:
            return refused("the wallet has no such payment")
        return web.json_response({key: str(value) for key, value in asdict(bill).items()})

    async def pay(self, request: web.Request) -> web.Response:
        """The wallet receives a payment: `{"amount": "12.30"}`. Answers with what is left."""
        same_origin(request)
        demo, bill_id = self._telegram.demo, request.match_info["bill"]
        if demo is None or self._bill(request) is None:
            return refused("the wallet has no such payment")
        if self.busy:
            return refused("something is already under way; wait until it is done")
        async with self._doing("action"):
            try:
                await demo.till.pay(bill_id, Decimal(str((await request.json()).get("amount"))))
            except (InvalidOperation, ValueError) as impossible:
                return refused(str(impossible) if isinstance(impossible, ValueError) else _NO_AMOUNT)
        return await self.bill(request)

    def _bill(self, request: web.Request) -> Bill | None:
        demo = self._telegram.demo
        return demo.till.bill(request.match_info["bill"]) if demo is not None else None

    @contextlib.asynccontextmanager
    async def _doing(self, what: str) -> AsyncIterator[None]:
        self.busy = what
        self._telegram.changed()
        try:
            yield
        finally:
            self.busy = ""
            self._telegram.changed()

    def _until_morning(self) -> timedelta:
        """To the next 09:00 of the first customer."""
        phones = [person for person in self._telegram.people.values() if person.on_page]
        zone = ZoneInfo(phones[0].zone if phones else "UTC")
        now = self._telegram.clock.now().astimezone(zone)
        day = now.date() if now.time() < _MORNING else now.date() + timedelta(days=1)
        morning = datetime.combine(day, _MORNING, zone)
        return morning.astimezone(ZoneInfo("UTC")) - now.astimezone(ZoneInfo("UTC"))
