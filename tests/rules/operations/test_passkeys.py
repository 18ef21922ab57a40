"""Where passkeys of the console are possible, what they are called, and when one was copied."""

from __future__ import annotations

import pytest

from bot.rules.operations.passkeys import NoSite, Site, is_a_copy, name_of, site_of


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("https://desk.example.org", Site("https://desk.example.org", "desk.example.org")),
        ("https://Desk.Example.org:443/duebot", Site("https://desk.example.org", "desk.example.org")),
        ("https://desk.example.org:8443", Site("https://desk.example.org:8443", "desk.example.org")),
        ("http://localhost:8080", Site("http://localhost:8080", "localhost")),
        ("http://localhost:80", Site("http://localhost", "localhost")),
        ("http://127.0.0.1:8080", NoSite("http://127.0.0.1:8080", "not_https")),
        ("http://desk.example.org", NoSite("http://desk.example.org", "not_https")),
        ("https://", NoSite("https://", "no_name")),
        ("https://:8443", NoSite("https://:8443", "no_name")),
        ("https://203.0.113.5/x", NoSite("https://203.0.113.5", "no_name")),
        ("https://[2001:db8::1]:8443", NoSite("https://[2001:db8::1]:8443", "no_name")),
    ],
)
def test_passkeys_are_bound_to_a_name_by_https_or_to_localhost(address: str, site: Site | NoSite) -> None:
    assert site_of(address) == site


def test_a_passkey_whose_count_does_not_grow_has_a_copy_unless_it_never_counts() -> None:
    counts = {(0, 0): False, (0, 1): False, (1, 2): False, (1, 1): True, (1, 0): True, (2, 1): True, (2, 0): True}
    assert {pair: is_a_copy(*pair) for pair in counts} == counts


def test_a_passkeys_name_is_one_line() -> None:
    names = {"": "", " \n\t\0 ": "", " my\nlaptop\0\u202e ": "my laptop", "手机": "手机", "x" * 99: "x" * 60}
    assert {name: name_of(name) for name in names} == names
