"""A Bot API server that accepts every message after a given latency, in its own process, on the loopback interface
only.

It is no Telegram: it checks and stores nothing, except the rate where it is told one, so that only the sending is
measured. Run as a program, it prints its address and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

TOKEN = "123456:TEST-token"
BOT = b'{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"Benchmark","username":"benchmark_bot"}}'
TOO_MANY = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}'
MESSAGE = '{"ok":true,"result":{"message_id":%d,"date":1772424000,"chat":{"id":%s,"type":"private"},"text":"ok"}}'


@asynccontextmanager
async def telegram_server(latency_s: float, per_second: int = 0) -> AsyncIterator[str]:
    """The server's address. `per_second`: it refuses with 429 what is more than so many in any second (0: nothing)."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.telegram_server", str(latency_s), str(per_second)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def _application(latency_s: float, per_second: int) -> web.Application:
    ids = itertools.count(1)
    arrived: deque[float] = deque(maxlen=per_second)

    async def answer(request: web.Request) -> web.Response:
        if request.match_info["method"] != "sendMessage":
            return web.Response(body=BOT, content_type="application/json")
        now = time.monotonic()
        if per_second and len(arrived) == per_second and now - arrived[0] < 1:
            return web.Response(status=429, body=TOO_MANY, content_type="application/json")
        arrived.append(now)
        chat = (await request.post())["chat_id"]
        await asyncio.sleep(latency_s)
        return web.Response(text=MESSAGE % (next(ids), chat), content_type="application/json")

    application = web.Application()
    application.router.add_post("/bot{token}/{method}", answer)
    return application


async def _serve(latency_s: float, per_second: int) -> None:
    runner = web.AppRunner(_application(latency_s, per_second), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(os.read, 0, 1)  # ends together with the process that started it
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), int(sys.argv[2])))
