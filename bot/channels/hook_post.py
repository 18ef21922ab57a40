"""Sends one event to its receiver: a POST, of whose answer only the status is read.

A name is looked up once, each address that it leads to is checked, and the connection goes to one of these: what the
name leads to a moment later does not matter. No redirect is followed, and no proxy is used.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.rules.operations.hook_addresses import Allowed, WrongAddress, address_of, check_url, is_public
from bot.rules.operations.outgoing_events import Answer

TIMEOUT_S = 10.0  # of everything: name, connection, answer
AGENT = "duebot"


class NotPublic(OSError):
    """The name leads to an address of a private network."""


async def post(url: str, headers: Mapping[str, str], body: str, allowed: Allowed) -> Answer:
    """What came of it. Raises nothing that the receiver or the network can cause."""
    try:
        check_url(url, allowed)  # what was allowed when the hook was set may not be any more
    except WrongAddress as wrong:
        return Answer(None, f"not allowed: {wrong}")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _post(url, headers, body, allowed)
    except TimeoutError:
        return Answer(None, f"no answer within {TIMEOUT_S:.0f} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(getattr(error, "os_error", error), NotPublic):
            return Answer(None, "its name leads to a private network; DUEBOT_HOOK_HOSTS may name it")
        return Answer(None, f"cannot be reached ({type(error).__name__})")


async def _post(url: str, headers: Mapping[str, str], body: str, allowed: Allowed) -> Answer:
    # A new connection each time: a kept-alive one may be closed just as the event is sent.
    connector = aiohttp.TCPConnector(resolver=_Checked(allowed), use_dns_cache=False, force_close=True)
    async with (
        aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # the whole has one
            trust_env=False,
        ) as session,
        session.post(
            url,
            data=body.encode(),
            headers={**headers, "Content-Type": "application/json", "User-Agent": AGENT},
            allow_redirects=False,
        ) as response,
    ):
        return Answer(response.status, retry_after_s=_seconds(response.headers.get("Retry-After", "")))


class _Checked(AbstractResolver):
    """Looks up names, and refuses those that lead anywhere but to public addresses."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not self._allowed.has(host, port):
            addresses = [address_of(each["host"]) for each in found]
            if not all(address is not None and is_public(address) for address in addresses):
                raise NotPublic
        return found

    async def close(self) -> None:
        await self._inner.close()


def _seconds(header: str) -> float | None:
    """Of a Retry-After in seconds; a date says nothing here, because clocks differ."""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 8 else None
