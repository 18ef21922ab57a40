"""The HTTP side's limits: bytes, seconds, connections. This module only defines them.

The number of connections depends on how many files the process may open: most of these are kept for the database and
Telegram, which come first.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import resource
from collections.abc import Mapping
from dataclasses import dataclass

MOST_BODY_BYTES = 1 << 20
MOST_HEADER_BYTES = 16 << 10  # with the request line
MOST_ADDRESS_BYTES = 8 << 10  # path and query
MOST_HEADERS = 100
MOST_RAW_BYTES = 2 * MOST_BODY_BYTES  # of one request as received, with the overhead of chunks

IDLE_S = 15.0  # without a request, also between two of them
HEADERS_WITHIN_S = 10.0
BODY_WITHIN_S = 15.0
ANSWER_WITHIN_S = 25.0  # if the database is away for longer: Telegram asks again
# Facts that are sent in bulk, and files: any number of bytes, as long as they keep coming, and any time to take them.
BULK_PATHS = (
    *(f"/api/v1/{kind}" for kind in ("customers", "accounts", "instalments", "payments")),
    "/console/imports",
)
BULK_FILE = re.compile(r"/console/cases/\d+/file")
LEAST_BULK_BYTES = 16 << 10  # within `BODY_WITHIN_S`

# Files that go out: as long as the client goes on taking them, within `ANSWER_WITHIN_S` each time, and not for ever.
LONG_ANSWER = re.compile(r"/console/cases/\d+/files/\d+")
LONG_ANSWER_WITHIN_S = 900.0

CLOSED_WITHIN_S = 2.0  # for an answer that the client does not read
SENT_FOR_S, MOST_SENT_BYTES = 5.0, 32 << 20  # after the answer, by a client that still sends what it was refused for

MOST_REQUESTS = 64  # answered at the same time, of one kind
STREAM_PATH = "/console/live"  # one for each page of the console that is looked at
MOST_STREAMS = 256

WANTED_FILES = 8192
MOST_CONNECTIONS = 512
KEPT_FILES = 256  # for the database, Telegram, gateways, mail
PROXY_CONNECTIONS = 48  # Telegram opens 40 to a webhook, and with a proxy on another machine all come from one address


@dataclass(frozen=True, slots=True)
class Connections:
    """How many connections may be open at the same time, in total and from one address."""

    in_all: int
    per_address: int


def is_bulk(scope: Mapping[str, object] | None) -> bool:
    """Whether a request (its ASGI scope) sends facts in bulk, or a file."""
    if scope is None or scope.get("method") != "POST":
        return False
    path = str(scope.get("path"))
    return path in BULK_PATHS or BULK_FILE.fullmatch(path) is not None


def is_long_answer(scope: Mapping[str, object] | None) -> bool:
    """Whether a request (its ASGI scope) asks for a file."""
    return scope is not None and scope.get("method") == "GET" and bool(LONG_ANSWER.fullmatch(str(scope.get("path"))))


def raise_open_files() -> int:
    """Raises this process's limit of open files, to at most `WANTED_FILES`; returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
    if soft == resource.RLIM_INFINITY:
        return WANTED_FILES
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # not allowed here: the limit stays
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return soft


def connections_for(open_files: int) -> Connections:
    """The connections that `open_files` allow for the HTTP side: a quarter if there are few, half if there are many."""
    kept = min(KEPT_FILES, open_files * 3 // 4)
    in_all = max(2, min(MOST_CONNECTIONS, open_files // 2, open_files - kept))
    return Connections(in_all, max(in_all // 4, min(PROXY_CONNECTIONS, in_all // 2), 1))


def who(host: str) -> str | None:
    """What a connection from `host` is counted for: an IPv4 address, or an IPv6 network of 64 bits, because one person
    has many addresses of those. None for this machine, where a proxy serves everybody."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return None if address.is_loopback else str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
