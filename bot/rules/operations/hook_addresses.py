"""Where events may go: https addresses on the public internet, and hosts that the operator allows by name.

Somebody who may set a hook could else have this machine ask programs that only it can reach (server-side request
forgery). A name is checked by the addresses to which it leads, when it is connected to: what is public today may lead
into the own network tomorrow.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST_URL = 2000
_HOST = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,253}")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # an IPv4 address behind NAT64 is in its last 32 bits (RFC 6052)
_ASSIGNED = ipaddress.IPv4Network("192.0.0.0/24")  # by the IETF; Python knows all of it since 3.11.10 only

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WrongAddress(ValueError):
    """Events cannot go there; the message says what was expected, and no address, which may have a secret in it."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Hosts that events may go to whatever their addresses are, and without https: each a name or an address in small
    letters, and a port, or None for all."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()

    def has(self, host: str, port: int) -> bool:
        host = plain(host)
        return (host, None) in self.hosts or (host, port) in self.hosts


def parse_allowed(text: str) -> Allowed:
    """`crm.internal, 127.0.0.1:9000`; raises `WrongAddress`."""
    found = set()
    for part in re.split(r"[,\s]+", text.strip()):
        if not part:
            continue
        bare = part.count(":") > 1 and not part.startswith("[")  # an IPv6 address without brackets
        host, port = (f"[{part}]", "") if bare else re.fullmatch(r"(\[.*\]|[^:]*):?(.*)", part).groups()  # type: ignore[union-attr]
        if not _HOST.fullmatch(host) or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
            raise WrongAddress(f"expected hosts such as crm.internal,127.0.0.1:9000, not {part[:60]!r}")
        found.add((plain(host), int(port) if port else None))
    return Allowed(frozenset(found))


def check_url(url: str, allowed: Allowed) -> None:
    """Raises `WrongAddress` if events may not go there."""
    host, port, is_https = parts_of(url)
    if allowed.has(host, port):
        return
    if not is_https:
        raise WrongAddress("expected https://…; http:// is for hosts that DUEBOT_HOOK_HOSTS names")
    if (address := address_of(host)) is not None and not is_public(address):
        raise WrongAddress("this is an address of a private network; DUEBOT_HOOK_HOSTS may name it")


def parts_of(url: str) -> tuple[str, int, bool]:
    """Its host, its port, and whether it is https. Raises `WrongAddress` if it is no address of a receiver."""
    try:
        parts = urlsplit(url) if url.isascii() and url.isprintable() and not set(' \\"<>') & set(url) else None
        port = parts.port if parts is not None else None
    except ValueError:
        parts = None
    if parts is None or len(url) > MOST_URL or parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise WrongAddress(f"expected an address such as https://crm.example/events, of {MOST_URL} characters at most")
    if _NUMBER.fullmatch(plain(parts.hostname).rpartition(".")[2]) and address_of(plain(parts.hostname)) is None:
        raise WrongAddress("expected a name, or an IPv4 address of four decimal numbers")  # browsers take 0x7f.1, too
    if "@" in parts.netloc or parts.fragment:
        raise WrongAddress("expected https://host/… with no user or password before the host, and no # in it")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80), parts.scheme == "https"


def origin_of(url: str) -> str:
    """Scheme, host and port of an address that `check_url` took. Path and query are left out, as they may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def plain(host: str) -> str:
    """A host as it is compared."""
    return host.strip("[]").rstrip(".").lower()


def address_of(host: str) -> Address | None:
    """The address, where the host (without brackets) is one and no name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can reach it. An IPv4 address in an IPv6 one counts as itself."""
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo[1] if address.teredo else None
        inner = address.ipv4_mapped or address.sixtofour or teredo
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    elif address in _ASSIGNED:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def where_to(url: str) -> str:
    """A hook's address as far as it may be shown: some have a secret in the path or the query."""
    try:
        host, port, is_https = parts_of(url)
    except WrongAddress:
        return "…"
    host = f"[{host}]" if ":" in host else host
    scheme, usual = ("https", 443) if is_https else ("http", 80)
    return f"{scheme}://{host}{'' if port == usual else f':{port}'}/…"
