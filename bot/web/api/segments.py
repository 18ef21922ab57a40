"""Ids in addresses: one that has a slash in it is sent with `%2F`, and is one segment of the path all the same.

A server takes the escapes out of a path before it is known where its segments end. So such a slash goes through the
routes as `SLASH`, which no decoded path can have, and is a slash again in what a route of `{name:segment}` is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from starlette.convertors import Convertor, register_url_convertor

SLASH = "\udc2f"


class _Segment(Convertor[str]):
    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return value.replace(SLASH, "/")

    def to_string(self, value: str) -> str:
        return value.replace("/", SLASH)


register_url_convertor("segment", _Segment())


def path_of(scope: Mapping[str, Any]) -> str:
    """The path of a request, decoded, with `SLASH` for each slash that was escaped."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return str(scope["path"])
    return "/".join(unquote(each).replace("/", SLASH) for each in raw.decode("ascii", "replace").split("/"))
