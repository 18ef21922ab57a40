"""Reads a server's HTTP answer up to a limit and no further, whatever length it declares.

Sessions that use this ask for no compression (`PLAIN`, and `auto_decompress=False`), because a few compressed bytes can
become gigabytes. An answer that is compressed anyway is unpacked here, within the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import aiohttp
from aiohttp import hdrs

PLAIN: dict[str, str] = {hdrs.ACCEPT_ENCODING: "identity"}

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


async def body_within(response: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    """The whole body, unpacked; None if it is longer than `most_bytes`, or packed in an unknown way. Then the
    connection is closed and the rest is not read."""
    unpack = _unpacking(response.headers.get(hdrs.CONTENT_ENCODING, ""))
    body = bytearray()
    while unpack is not None and (chunk := await response.content.readany()):
        try:
            body += unpack(chunk, most_bytes + 1 - len(body))
        except zlib.error:
            break
        if len(body) > most_bytes:
            break
    else:
        if unpack is not None:
            return bytes(body)
    response.close()
    return None


def _unpacking(coding: str) -> Callable[[bytes, int], bytes] | None:
    """A function that returns the plain bytes of a chunk, up to a limit."""
    match coding.strip().lower():
        case "" | "identity":
            return lambda chunk, _most: chunk
        case "gzip" | "x-gzip" | "deflate":
            packed = zlib.decompressobj(_GZIP_OR_ZLIB)
            # Bytes after the end are ignored.
            return lambda chunk, most: b"" if packed.eof else packed.decompress(chunk, most)
    return None
