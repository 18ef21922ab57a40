"""Passkeys for the console: where they are possible, what they may be called, and when one was copied.

A passkey is bound to the address at which browsers open the console (WebAuthn Level 3, section 5.1.2): a host name by
https, or `http://localhost` on this machine.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

MOST_PASSKEYS = 20  # of one agent
MOST_NAME = 60  # characters
CHALLENGE_LASTS = timedelta(minutes=5)
# How often somebody may begin within `CHALLENGE_LASTS`; a proxy on another machine is one address.
MOST_BEGUN, MOST_BEGUN_FROM_ADDRESS, MOST_BEGUN_IN_SESSION = 1000, 100, 20

PasskeyEvent = Literal["added", "removed", "refused"]


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys of the console are good: the browser's origin, and the host name to which they are bound."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class NoSite:
    """Why there can be no passkeys at this address: it is not https (`not_https`), or has no host name (`no_name`)."""

    address: str
    why: Literal["not_https", "no_name"]


def site_of(address: str) -> Site | NoSite:
    """The site at the public address of the HTTP side, such as `https://desk.example.org`."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme != "https" and host != "localhost":
        return NoSite(origin, "not_https")
    if not host or _is_number(host):
        return NoSite(origin, "no_name")
    usual = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    return Site(f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{port}", host)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def name_of(text: str) -> str:
    """What somebody calls a passkey, in one line; empty if that is nothing."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:MOST_NAME].strip()


def is_a_copy(before: int, now: int) -> bool:
    """Whether a passkey that signed so many times before can have a copy: its own count never stays or goes back.
    Passkeys that a device shares with others do not count, and always say 0 (WebAuthn Level 3, section 6.1.1)."""
    return before > 0 and now <= before
