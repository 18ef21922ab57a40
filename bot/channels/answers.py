"""What a server answers over HTTP, read up to a limit and no further, whatever it says of its length.

Sessions that read by this ask for no compression (`PLAIN`, and `auto_decompress=False`), since a few compressed bytes
can become gigabytes. An answer that is compressed all the same is unpacked here, within the limit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import aiohttp
from aiohttp import hdrs

PLAIN: dict[str, str] = {hdrs.ACCEPT_ENCODING: "identity"}

_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


async def body_within(response: aiohttp.ClientResponse, most_bytes: int) -> bytes | None:
    """The whole body, unpacked; None where that is longer than `most_bytes`, or is packed in a way that is not known.
    Then the connection is closed, and the rest is not read."""
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
    """What gives the plain bytes of a chunk, at most so many."""
    match coding.strip().lower():
        case "" | "identity":
            return lambda chunk, _most: chunk
        case "gzip" | "x-gzip" | "deflate":
            packed = zlib.decompressobj(_GZIP_OR_ZLIB)
            # Beyond its end nothing is unpacked, and nothing kept.
            return lambda chunk, most: b"" if packed.eof else packed.decompress(chunk, most)
    return None
