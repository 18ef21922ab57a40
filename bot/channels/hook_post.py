"""Sends one event to its receiver: a POST, of whose answer only the status is read.

A name is looked up once, each address that it leads to is checked, and the connection goes to one of these: what the
name leads to a moment later does not matter. No redirect is followed, and no proxy is used.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot.rules.operations.hook_addresses import Allowed, WrongAddress, address_of, check_url, is_public
from bot.rules.operations.outgoing_events import Answer

TIMEOUT_S = 10.0  # of everything: name, connection, answer
AGENT = "duebot"


class NotPublic(OSError):
    """The name leads to an address of a private network."""


class Receivers:
    """Posts to receivers that are `allowed`, or public."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._resolver = _Checked(allowed)

    async def post(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        """What came of it. Raises nothing that the receiver or the network can cause."""
        try:
            check_url(url, self._allowed)  # what was allowed when the hook was set may not be any more
        except WrongAddress as wrong:
            return Answer(None, f"not allowed: {wrong}")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(url, headers, body)
        except TimeoutError:
            return Answer(None, f"no answer within {TIMEOUT_S:.0f} seconds")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(getattr(error, "os_error", error), NotPublic):
                return Answer(None, "its name leads to a private network; DUEBOT_HOOK_HOSTS may name it")
            return Answer(None, f"cannot be reached ({type(error).__name__})")

    async def _post(self, url: str, headers: Mapping[str, str], body: str) -> Answer:
        # A new connection each time: a kept-alive one may be closed just as the event is sent.
        connector = aiohttp.TCPConnector(resolver=self._resolver, use_dns_cache=False, force_close=True)
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
    """Looks up names, and refuses those that lead anywhere but to public addresses. A name is looked up once at a time,
    for all that ask: where nobody answers for it, it keeps one of the program's threads and no more."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._under_way: dict[tuple[str, int, int], asyncio.Task[list[ResolveResult]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        key = (host, port, int(family))
        if (looking := self._under_way.get(key)) is None:
            looking = self._under_way[key] = asyncio.create_task(ThreadedResolver().resolve(host, port, family))
            looking.add_done_callback(partial(self._ended, key))
        found = await asyncio.shield(looking)
        if not self._allowed.has(host, port):
            addresses = [address_of(each["host"]) for each in found]
            if not all(address is not None and is_public(address) for address in addresses):
                raise NotPublic
        return found

    def _ended(self, key: tuple[str, int, int], looking: asyncio.Task[list[ResolveResult]]) -> None:
        self._under_way.pop(key)
        if not looking.cancelled():
            looking.exception()  # all that asked may have gone

    async def close(self) -> None:
        """It belongs to no single connection."""


def _seconds(header: str) -> float | None:
    """Of a Retry-After in seconds; a date says nothing here, because clocks differ."""
    return float(header) if header.isascii() and header.isdigit() and len(header) < 8 else None
