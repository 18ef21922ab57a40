"""A text file that is signed at its end, so that the one who made it can tell later whether it is genuine
and unchanged.

The signature (HMAC-SHA256, RFC 2104) is over the number of its key, which it names, and every byte before it, with line
ends as LF, because mail programs may change these.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

MOST_BYTES = 16 << 20  # of a file that is looked at
_SIGNATURE = re.compile(rb"\n<!-- duebot signature 1 key=([1-9][0-9]{0,8}) ([0-9a-f]{64}) -->\s*\Z")
_BOM = b"\xef\xbb\xbf"

Judged = Literal["genuine", "withdrawn", "changed", "unsigned"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of a file: genuine and unchanged; the same, but with a key that was `withdrawn` since; `changed`, or
    made by somebody else; or `unsigned`. `key` is the number of its key, 0 if it has none."""

    judged: Judged
    key: int = 0


def signed(text: str, key: bytes, number: int) -> bytes:
    """The file: the text and its signature by the key of this number."""
    body = _plain(text.encode())
    return body + f"\n<!-- duebot signature 1 key={number} {_mac(body, key, number)} -->\n".encode()


def key_named(content: bytes) -> int:
    """The number of the key that a file says it is signed with; 0 if it says none."""
    found = _SIGNATURE.search(_plain(content))
    return int(found[1]) if found is not None else 0


def judge(content: bytes, key: bytes | None, *, withdrawn: bool = False) -> Judgement:
    """Judges a file by the key of the number that it names; None if there never was one of that number."""
    plain = _plain(content)
    found = _SIGNATURE.search(plain)
    if found is None:
        return Judgement("unsigned")
    number = int(found[1])
    if key is None or not hmac.compare_digest(_mac(plain[: found.start()], key, number), found[2].decode()):
        return Judgement("changed", number)
    return Judgement("withdrawn" if withdrawn else "genuine", number)


def _mac(body: bytes, key: bytes, number: int) -> str:
    return hmac.digest(key, b"%d\n%b" % (number, body), hashlib.sha256).hex()


def _plain(content: bytes) -> bytes:
    return content.removeprefix(_BOM).replace(b"\r\n", b"\n")
