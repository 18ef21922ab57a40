"""JSON as other programs send it: what is read, and why the rest is not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.rules.facts.strict_json import NotJson, parse_json

UNREAD = "is not JSON in UTF-8"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"a": "1", "b": [null, true]}', {"a": "1", "b": [None, True]}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b"[12345678901234567890123]", [12345678901234567890123]),  # to the last digit
        (b"[" + b"9" * 400 + b"]", [10**400 - 1]),
        (b"[" + b"9" * 401 + b"]", [float("inf")]),
        (b"[" + b"9" * 5000 + b"]", [float("inf")]),
        (b'[{"a": "1"}, {"a": "2"}]', [{"a": "1"}, {"a": "2"}]),
        (b'"\\ud800"', "\ud800"),
    ],
)
def test_what_is_read(text: bytes, said: Any) -> None:
    assert parse_json(text) == said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", UNREAD),
        (b"[1e999999999999", UNREAD),
        (b"{} {}", UNREAD),
        (b"[" * 100_000, UNREAD),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, UNREAD),
        (b'"\xff"', UNREAD),
        (b'"\xed\xa0\x80"', UNREAD),
        ('{"a": "1"}'.encode("utf-16"), UNREAD),
        ('{"a": "1"}'.encode("utf-32-le"), UNREAD),
        (b"[NaN]", "has NaN in it, which is no JSON"),
        (b"[-Infinity]", "has -Infinity in it, which is no JSON"),
        (b'{"a": "1", "b": "2", "a": "3"}', "has the name 'a' twice in one object"),
        (b'[{"a": {"b": 1, "b": 1}}]', "has the name 'b' twice in one object"),
    ],
)
def test_what_is_not(text: bytes, why: str) -> None:
    with pytest.raises(NotJson) as said:
        parse_json(text)
    assert str(said.value) == why
