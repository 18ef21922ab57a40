"""A Bot API server that accepts every message after a given latency, in its own process, on the loopback interface
only.

It is no Telegram: it checks and stores nothing, so that only the sending is measured. Run as a program, it prints its
address and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

TOKEN = "123456:TEST-token"
BOT = b'{"ok":true,"result":{"id":123456,"is_bot":true,"first_name":"Benchmark","username":"benchmark_bot"}}'
MESSAGE = '{"ok":true,"result":{"message_id":%d,"date":1772424000,"chat":{"id":%s,"type":"private"},"text":"ok"}}'


@asynccontextmanager
async def telegram_server(latency_s: float) -> AsyncIterator[str]:
    """The server's address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.telegram_server", str(latency_s)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


def _application(latency_s: float) -> web.Application:
    ids = itertools.count(1)

    async def answer(request: web.Request) -> web.Response:
        if request.match_info["method"] != "sendMessage":
            return web.Response(body=BOT, content_type="application/json")
        chat = (await request.post())["chat_id"]
        await asyncio.sleep(latency_s)
        return web.Response(text=MESSAGE % (next(ids), chat), content_type="application/json")

    application = web.Application()
    application.router.add_post("/bot{token}/{method}", answer)
    return application


async def _serve(latency_s: float) -> None:
    runner = web.AppRunner(_application(latency_s), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(os.read, 0, 1)  # ends together with the process that started it
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
