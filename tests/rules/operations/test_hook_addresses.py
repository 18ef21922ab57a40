"""Where events may go, and where never."""

from __future__ import annotations

import ipaddress

import pytest

from bot.rules.operations.hook_addresses import (
    Allowed,
    WrongAddress,
    check_url,
    is_public,
    origin_of,
    parse_allowed,
    parts_of,
    where_to,
)

NO_HTTPS = "expected https://…; http:// is for hosts that DUEBOT_HOOK_HOSTS names"
PRIVATE = "this is an address of a private network; DUEBOT_HOOK_HOSTS may name it"
NO_ADDRESS = "expected an address such as https://crm.example/events, of 2000 characters at most"
SECRET = "expected https://host/… with no user or password before the host, and no # in it"
NO_NUMBERS = "expected a name, or an IPv4 address of four decimal numbers"
INSIDE = parse_allowed("crm.internal, 127.0.0.1:9000 [::1]:9000,10.1.2.3")


@pytest.mark.parametrize(
    "url",
    [
        *("https://crm.example/events", "https://crm.example:8443/events?token=x", "https://CRM.Example."),
        *("https://93.184.216.34/", "https://[2606:2800:220:1::1]/", "https://xn--fiqs8s.example/"),
        *("http://crm.internal/x", "http://CRM.internal.:81/", "http://127.0.0.1:9000/", "http://[::1]:9000/"),
        *("http://10.1.2.3:1/", "https://crm.example/X", "https://x/" + "a" * 1990),
    ],
)
def test_it_may_go_there(url: str) -> None:
    check_url(url, INSIDE)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        *((url, NO_HTTPS) for url in ("http://crm.example/", "http://8.8.8.8", "http://127.0.0.1:9001/")),
        *(
            (f"https://{host}/", PRIVATE)
            for host in ("127.0.0.1", "10.0.0.1", "192.168.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "0.0.0.0")
        ),
        *((f"https://{host}/", PRIVATE) for host in ("[::ffff:127.0.0.1]", "[64:ff9b::a00:1]")),
        *(
            (url, NO_ADDRESS)
            for url in (
                *("", "crm.example", "ftp://crm.example/", "file:///etc/passwd", "https://", "https:///x", "//x/"),
                *("https://a b/", "https://例え.jp/", "https://x\n/", "https://x:99999/", "https://x:0/"),
                *("https://x/\\@y", "https://x/" + "a" * 1991, "https://[::1/", "gopher://127.0.0.1"),
            )
        ),
        *(
            (f"https://{host}/", NO_NUMBERS)
            for host in ("2130706433", "0x7f000001", "127.1", "0177.0.0.1", "1.2.3.0x4.")
        ),
        *((url, SECRET) for url in ("https://u:p@crm.example/", "https://@x/", "https://x/#y")),
    ],
)
def test_it_may_not_go_there(url: str, why: str) -> None:
    with pytest.raises(WrongAddress) as wrong:
        check_url(url, INSIDE)
    assert str(wrong.value) == why


def teredo(inner: str) -> ipaddress.IPv6Address:
    """An IPv4 address in an IPv6 one, every bit turned over (RFC 4380)."""
    return ipaddress.IPv6Address((0x2001_0000 << 96) + (0xFFFFFFFF ^ int(ipaddress.IPv4Address(inner))))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *((address, True) for address in ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808")),
        *((str(teredo("8.8.8.8")), True), (str(teredo("10.0.0.1")), False)),
        *((f"{n}.0.0.1", False) for n in (0, 10, 127, 224, 240, 255)),
        *(
            (a, False)
            for a in ("172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1")
        ),
        *((a, False) for a in ("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1")),
        *((a, False) for a in ("::ffff:10.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::1", "64:ff9b:1::1")),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", set()),
        (" , ", set()),
        ("CRM.internal.", {("crm.internal", None)}),
        (",X.eu:65535,eu.X", {("x.eu", 65535), ("eu.x", None)}),
        ("a:1,a:2 ::1,[::1]:3", {("a", 1), ("a", 2), ("::1", None), ("::1", 3)}),
    ],
)
def test_allowed_hosts(text: str, hosts: set[tuple[str, int | None]]) -> None:
    assert parse_allowed(text) == Allowed(frozenset(hosts))


@pytest.mark.parametrize("text", ["http://x", "a:b", "a:0", "a:65536", "*", "10.0.0.0/8", "a b@c", ":1", "[x]"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(WrongAddress, match="^expected hosts such as crm.internal,127.0.0.1:9000, not '"):
        parse_allowed(text)
    with pytest.raises(WrongAddress, match=f"not '{'-' * 56}:bcd'$"):
        parse_allowed("-" * 56 + ":bcde")


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://a/", ("a", 443, True)),
        ("http://a", ("a", 80, False)),
        ("http://A:81/", ("a", 81, False)),
        ("https://[::1]:5/", ("::1", 5, True)),
    ],
)
def test_its_parts(url: str, parts: tuple[str, int, bool]) -> None:
    assert parts_of(url) == parts


@pytest.mark.parametrize(
    ("url", "origin", "shown"),
    [
        ("https://crm.example/events/s3cret", "https://crm.example", "https://crm.example/…"),
        ("https://crm.example?token=s3cret", "https://crm.example", "https://crm.example/…"),
        ("https://crm.example:8443/s3cret", "https://crm.example:8443", "https://crm.example:8443/…"),
        ("https://crm.example:80/s3cret", "https://crm.example:80", "https://crm.example:80/…"),
        ("https://crm.example:443/s3cret", "https://crm.example:443", "https://crm.example/…"),
        ("http://crm.internal/s3cret", "http://crm.internal", "http://crm.internal/…"),
        ("http://crm.internal:80/s3cret", "http://crm.internal:80", "http://crm.internal/…"),
        ("http://crm.internal:443/s3cret", "http://crm.internal:443", "http://crm.internal:443/…"),
        ("http://[::1]:9000/s3cret", "http://[::1]:9000", "http://[::1]:9000/…"),
        ("https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]", "https://[2606:2800:220:1::1]/…"),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, origin: str, shown: str) -> None:
    assert (origin_of(url), where_to(url)) == (origin, shown)


@pytest.mark.parametrize("url", ["", "s3cret", "https://user:s3cret@crm.example/", "https://crm.example/#s3cret"])
def test_of_an_address_where_nothing_may_go_nothing_is_shown(url: str) -> None:
    assert where_to(url) == "…"
