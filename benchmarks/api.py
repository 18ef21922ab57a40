"""The HTTP API beside a bare FastAPI application that answers a constant: reads, and events that are signed, written
down and applied. The clients are another process; what is measured is the server's."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import aiohttp
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from benchmarks.measuring import Rate, Spent
from benchmarks.places import KINDS, Places, places
from benchmarks.report import Cell, Table
from bot.clock import SystemClock
from bot.policies import load_policy
from bot.settings import Settings
from bot.web.server import HttpSide
from bot.work.facts.import_json import BY_NAME, JsonRows
from bot.work.operations.api_keys import make_key
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts

AT_ONCE = 16
SECRET = "kT3vQ9xLm2Zp7RbW5yHd8NcJ_-f4"


@dataclass(frozen=True, slots=True)
class Extent:
    """How many customers there are, and how many requests of each kind are made."""

    customers: int = 1000
    requests: int = 3000

    @classmethod
    def of(cls, customers: int) -> Extent:
        return cls(customers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One way of asking: the addresses of reads, or else the number of events."""

    name: str
    paths: tuple[str, ...] = ()
    events: int = 0


async def api(extent: Extent | None = None) -> list[Table]:
    extent = extent or Extent()
    async with _bare() as url:
        bare = await _measure(url, "", _Asked("bare FastAPI", tuple(["/x"] * extent.requests)))
    rows: list[tuple[Cell, ...]] = [("-", "bare FastAPI", bare.per_s, bare.cpu_ms, 1.0)]
    with places() as made:
        for kind in KINDS:
            rows += [(kind, *row) for row in await _ours(made, kind, extent, bare)]
    columns = ("database", "asked", "a second", "ms of CPU each", "CPU, × bare")
    note = "An event's CPU is that of its signature, its row and its answer, and of applying it a moment later."
    return [Table(f"api: {extent.customers} customers, {AT_ONCE} clients", columns, rows, note)]


async def _ours(made: Places, kind: str, extent: Extent, bare: Rate) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = []
    async with made.database(kind) as db:
        clock = SystemClock()
        with JsonRows(BY_NAME["customers"]) as rows:
            for number in range(extent.customers):
                rows.add({"customer_id": f"C{number}", "name": "Anna Lee", "time_zone": "Asia/Taipei"})
            await rows.take_in(db, clock.now())
        key = await make_key(db, "bench", ("read",), clock.now())
        settings = Settings(listen="127.0.0.1:0", events_secret=SecretStr(SECRET))
        side = HttpSide(Parts(settings, clock, db, PoliciesInForce(load_policy("humane"), clock.now())))
        await side.start()
        applying = asyncio.create_task(_apply(side))
        one = tuple(f"/api/v1/customers/C{n % extent.customers}" for n in range(extent.requests))
        try:
            for asked in (
                _Asked("one customer", one),
                _Asked("a page of 100", ("/api/v1/customers?limit=100",) * (extent.requests // 10)),
                _Asked("an event", events=extent.requests),
            ):
                rate = await _measure(side.address, key, asked)
                found.append((asked.name, rate.per_s, rate.cpu_ms, rate.cpu_ms / bare.cpu_ms))
        finally:
            applying.cancel()
            await side.stop()
    return found


async def _apply(side: HttpSide) -> None:
    """As the program's loop does."""
    while True:
        await side.events_have_work.wait()
        side.events_have_work.clear()
        await side.apply_events()


async def _measure(url: str, key: str, asked: _Asked) -> Rate:
    """What the server, this process, needs for requests of another process."""
    warm = _Asked(asked.name, asked.paths[:50], min(asked.events, 50))
    await _from_outside(url, key, warm)
    with Spent() as spent:
        count = await _from_outside(url, key, asked)
    return Rate.of(count, spent)


async def _from_outside(url: str, key: str, asked: _Asked) -> int:
    given = json.dumps([url, key, asdict(asked)]).encode()
    client = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE)
    await client.communicate(given)
    if client.returncode:
        raise RuntimeError(f"{asked.name}: the client failed")
    return len(asked.paths) + asked.events


async def _ask_all(url: str, key: str, asked: _Asked) -> None:
    begun = time.time_ns()
    left = list(range(len(asked.paths) + asked.events))
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:

        async def ask() -> None:
            while left:
                number = left.pop()
                if asked.events:
                    body, headers = _event(begun, number)
                    answer = http.post(f"{url}/api/v1/events", data=body, headers=headers)
                else:
                    answer = http.get(url + asked.paths[number])
                async with answer as got:
                    await got.read()
                    if got.status >= 300:
                        raise RuntimeError(f"{got.status} for {asked.name}")

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))


def _event(begun: int, number: int) -> tuple[bytes, dict[str, str]]:
    at = str(int(time.time()))
    data = {"customer_id": f"E{number % 1000}", "name": f"Anna {number}", "time_zone": "Asia/Taipei"}
    stamp = SystemClock().now().isoformat()
    body = json.dumps({"type": "customer.changed", "timestamp": stamp, "data": data}).encode()
    event_id = f"{begun}-{number}"
    said = hmac.new(SECRET.encode(), f"{event_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(said).decode()
    return body, {"webhook-id": event_id, "webhook-timestamp": at, "webhook-signature": signature}


@asynccontextmanager
async def _bare() -> AsyncIterator[str]:
    app = FastAPI(openapi_url=None)

    @app.get("/x")
    async def constant() -> dict[str, str]:
        return {"customer_id": "C1", "name": "Anna Lee", "time_zone": "Asia/Taipei"}

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(app, http="h11", log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


if __name__ == "__main__":
    url, key, about = json.load(sys.stdin)
    asyncio.run(_ask_all(url, key, _Asked(about["name"], tuple(about["paths"]), about["events"])))
