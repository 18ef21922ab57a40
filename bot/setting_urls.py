"""Checks addresses in settings, such as a mail server's: which can be used, and what is wrong with the others.

The address itself is never shown: it may contain a password.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from bot.rules.channels import PHONE, Channel

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SMTP_PARAMETERS = frozenset({"from", "unsubscribe"})

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://.", re.IGNORECASE)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = re.compile(rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def check_web_address(url: str, *, with_query: bool = False) -> None:
    """Raises ValueError, without the URL in it, if it is not an address that may get secrets: `https://`, or `http://`
    on this machine only, without a user and, except for links, with nothing after the path."""
    parts = _split(url)
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname or _port(parts) is None:
        raise ValueError("expected an address such as https://example.org")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("expected https://…; http:// is for a server on this machine only, such as 127.0.0.1")
    if "@" in parts.netloc:
        raise ValueError("expected https://host/… with no user or password before the host")
    if not with_query and (parts.query or parts.fragment):
        raise ValueError("expected https://host/… with no ? or # in it")


def check_smtp_url(url: str) -> None:
    """Raises ValueError, without the URL in it, if mail cannot be sent with it.

    Besides the server and the credentials it may contain `?from=`, the sender's address, and `?unsubscribe=`, the
    address for requests to stop.
    """
    parts = _split(url)
    if (
        parts is None
        or parts.scheme not in ("smtp", "smtps")
        or not parts.hostname
        or _port(parts) is None
        or not url.isascii()
    ):
        raise ValueError(
            "expected smtp://user:pass@host:port or smtps://…, with what is special in user and pass percent-encoded"
        )
    # parse_qs would read the + in an address as a space.
    given = parse_qs(parts.query.replace("+", "%2B"), keep_blank_values=True)
    if parts.path.strip("/") or parts.fragment or not given.keys() <= SMTP_PARAMETERS:
        raise ValueError("expected nothing behind host:port but ?from=address and &unsubscribe=address")
    for name, values in given.items():
        if len(values) != 1 or not _MAILBOX.fullmatch(values[0]):
            raise ValueError(f"expected one e-mail address such as notices@example.org as its {name}=")


def check_gateway_url(url: str, *, for_numbers: bool) -> None:
    """Raises ValueError, without the URL in it, if it is not a gateway: neither an `https://` one (`http://` on this
    machine only) nor a service of Apprise, which needs a `{to}` for phone numbers."""
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise ValueError("expected https://gateway.example/… or the URL of an Apprise service")
    if scheme[1].lower() in ("https", "http"):
        parts = _split(url)
        if parts is None or not parts.hostname or _port(parts) is None:
            raise ValueError("expected https://host/…, with what is special in user and pass percent-encoded")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("expected https://…; http:// is for a gateway on this machine only, such as 127.0.0.1")
        return
    from apprise.manager_plugins import NotificationManager  # takes a third of a second, so only when needed

    services: Any = NotificationManager()  # type: ignore[no-untyped-call]
    if scheme[1].lower() not in services.schemas():
        raise ValueError("expected https://… or the URL of an Apprise service, and Apprise knows none with this scheme")
    service = services[scheme[1].lower()]
    if service.secure_protocol and _is_in(scheme[1].lower(), service.protocol):
        parts = _split(url)
        if parts is None or parts.hostname not in LOOPBACK:
            secure = service.secure_protocol if isinstance(service.secure_protocol, str) else service.secure_protocol[0]
            raise ValueError(f"expected {secure}://…; {scheme[1].lower()}:// is for a server on this machine only")
    if for_numbers and "{to}" not in url:
        raise ValueError("expected {to} in an Apprise URL, where the number goes, such as twilio://…/{to}")


def check_channel_url(channel: Channel, url: str) -> None:
    """Raises ValueError, without the URL in it, if the channel cannot be set up with it."""
    if channel.url == "smtp":
        check_smtp_url(url)
    else:
        check_gateway_url(url, for_numbers=channel.address == PHONE)


def _is_in(scheme: str, schemes: str | tuple[str, ...] | None) -> bool:
    return scheme == schemes if isinstance(schemes, str) else scheme in (schemes or ())


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url) if url.isprintable() and " " not in url else None
    except ValueError:
        return None  # its message would show a part of the URL


def _port(parts: SplitResult) -> int | None:
    """The port, 0 if none is given, None if it is invalid."""
    try:
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 else port or 0
