"""How much the HTTP side takes from anybody: bytes, seconds, connections. Nothing here does anything by itself.

How many connections there may be follows from how many files the process may have open: most of those are kept for the
database and Telegram, which come first.
"""

from __future__ import annotations

import contextlib
import ipaddress
import resource
from dataclasses import dataclass

MOST_BODY_BYTES = 1 << 20
MOST_HEADER_BYTES = 16 << 10  # the request line too
MOST_HEADERS = 100
MOST_RAW_BYTES = 2 * MOST_BODY_BYTES  # of one request as it comes in, with what chunks add

IDLE_S = 15.0  # without a request, between two of them too
HEADERS_WITHIN_S = 10.0
BODY_WITHIN_S = 15.0
ANSWER_WITHIN_S = 25.0  # a database that is away for longer is not waited for: Telegram asks again
CLOSED_WITHIN_S = 2.0  # for an answer that nobody takes

MOST_REQUESTS = 64  # being answered at a time, of one kind

WANTED_FILES = 8192
MOST_CONNECTIONS = 512
KEPT_FILES = 256  # for the database, Telegram, gateways, mail
PROXY_CONNECTIONS = 48  # Telegram opens 40 to a webhook, and a proxy on another machine brings them all by one address


@dataclass(frozen=True, slots=True)
class Connections:
    """How many may be open at a time, in all and from one address."""

    in_all: int
    per_address: int


def raise_open_files() -> int:
    """Lets this process have as many files open as it may, `WANTED_FILES` at most; gives how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft == resource.RLIM_INFINITY:
        return WANTED_FILES
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # not allowed here: then it stays as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return soft


def connections_for(open_files: int) -> Connections:
    """What `open_files` leave for the HTTP side: a quarter of few, half of many."""
    kept = min(KEPT_FILES, open_files * 3 // 4)
    in_all = max(2, min(MOST_CONNECTIONS, open_files // 2, open_files - kept))
    return Connections(in_all, max(in_all // 4, min(PROXY_CONNECTIONS, in_all // 2), 1))


def who(host: str) -> str | None:
    """Whose connection one from `host` is: an IPv4 address, or an IPv6 network of 64 bits, since anybody has as many
    addresses of those as they like. None for this machine, where a proxy speaks for everybody."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return None if address.is_loopback else str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
