"""A gateway that takes a JSON POST: one request for each message, with the outcome as a value.

    POST <url>      {"to", "text", "reference", "language"}, and "customer_id", "title" if known 2xx
    accepted; "id" in a JSON answer is the gateway's own name for the message. A web page comes from a proxy
                    and not from the gateway: then it is unknown whether the message was accepted
    4xx             refused for good; {"error": "bad_address"}, 410, 422 and a 404 in JSON are about the address
    401, 403, 408   refused for now: our credentials, a request that was too slow
    429             refused for now; Retry-After says for how many seconds
    5xx             refused for now; with 504 it is unknown whether it was accepted

`user:pass@` in the URL is sent as Basic credentials, `token@` as a Bearer token. The URL is never in an error or a log.
"""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp

from bot.channels import NOT_LEFT, Accepted, Envelope, Outcome, Refused
from bot.channels.answers import PLAIN, body_within

MOST_AT_ONCE = 32
ANSWER_BYTES = 65536
"""A longer answer says no more than its status does."""
FLOOD_WAIT_S = 5
"""How long to wait when a gateway says 429 without saying for how long."""
LONGEST_FLOOD_WAIT_S = 3600

_OK, _REDIRECT, _CLIENT_ERROR, _SERVER_ERROR = 200, 300, 400, 500
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _REQUEST_TIMEOUT = 401, 403, 404, 408
_GONE, _UNPROCESSABLE, _TOO_MANY_REQUESTS, _GATEWAY_TIMEOUT = 410, 422, 429, 504

_ID = re.compile(r"[!-~]{1,128}")
_SLUG = re.compile(r"[a-z_]{1,40}")
_PAGE = re.compile(rb"\s{0,100}<(!doctype html|html)\b", re.IGNORECASE)


class HttpGateway:
    """One gateway; `timeout_s` limits the time for one message."""

    at_once = MOST_AT_ONCE

    def __init__(self, url: str, timeout_s: float) -> None:
        self._url, self._headers = _split_credentials(url)
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def send(self, to: str, title: str, text: str, envelope: Envelope) -> Outcome:
        """Sends one message."""
        content = {"to": to, "text": text, "reference": envelope.reference, "language": envelope.language}
        content |= {"customer_id": envelope.customer_id} if envelope.customer_id else {}
        content |= {"title": title} if title else {}
        progress = SimpleNamespace(left=False)
        try:
            async with asyncio.timeout(self._timeout_s), self._slots:
                if not await envelope.may_leave():
                    return NOT_LEFT
                return await self._post(content, progress)
        except (aiohttp.ClientError, OSError) as error:
            return _broken(error, left=progress.left)

    async def _post(self, content: Mapping[str, str], progress: SimpleNamespace) -> Outcome:
        # A new connection each time: a kept-alive one may be closed while a message is sent on it, and then it is
        # unknown
        # whether it arrived.
        async with (
            aiohttp.ClientSession(
                headers=self._headers | PLAIN,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),  # the whole request has one
                trust_env=False,
                trace_configs=[_trace_sent()],
            ) as session,
            session.post(
                self._url,
                data=_encoded(content),
                headers={"Idempotency-Key": content["reference"]},
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as response,
        ):
            payload = await _payload(response)
            if _OK <= response.status < _REDIRECT and _PAGE.match(payload):
                return Refused(False, "in_doubt", detail=f"HTTP status {response.status} with a web page")
            return judged(response.status, response.headers, _object(payload), content["reference"])


def judged(status: int, headers: Mapping[str, str], answer: Mapping[str, object] | None, reference: str) -> Outcome:
    """What a gateway's answer means; `answer` is None if it is not a JSON object."""
    said = answer or {}
    if _OK <= status < _REDIRECT:
        return Accepted(_id(said.get("id")) or reference)
    error = said.get("error")
    slug = f": {error}" if isinstance(error, str) and _SLUG.fullmatch(error) else ""
    detail = f"HTTP status {status}{slug}"
    if status == _TOO_MANY_REQUESTS:
        return Refused(False, "flood", retry_after_s=_wait_s(headers.get("Retry-After")), detail=detail)
    if status == _REQUEST_TIMEOUT:
        return Refused(False, "timed_out", detail=detail)
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return Refused(False, "unauthorized", detail=detail)
    if status == _NOT_FOUND and answer is None:
        # A page, not a gateway's answer: the path is wrong, not a customer's address.
        return Refused(False, "server_error", detail=detail)
    if _CLIENT_ERROR <= status < _SERVER_ERROR:
        about_address = error == "bad_address" or status in (_NOT_FOUND, _GONE, _UNPROCESSABLE)
        return Refused(True, "bad_address" if about_address else "rejected", detail=detail)
    return Refused(False, "in_doubt" if status == _GATEWAY_TIMEOUT else "server_error", detail=detail)


async def _payload(response: aiohttp.ClientResponse) -> bytes:
    """The body. The status has said what matters, so a body that breaks off, or never ends, does no harm."""
    try:
        return await body_within(response, ANSWER_BYTES) or b""
    except (aiohttp.ClientError, OSError):
        return b""


def _object(payload: bytes) -> dict[str, object] | None:
    """A JSON object, else None."""
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _broken(error: Exception, *, left: bool) -> Refused:
    kind = type(error).__name__
    if not left or _refused_by_transport(error):
        return Refused(False, "network", detail=f"cannot reach the gateway ({kind})")
    return Refused(False, "in_doubt", detail=f"the gateway did not answer ({kind})")


def _refused_by_transport(error: BaseException) -> bool:
    """Whether a part of the request was never given to the system, because the connection was already closed."""
    causes = (error, error.__cause__)
    return any(isinstance(c, aiohttp.ClientConnectionResetError) and "Cannot write" in str(c) for c in causes)


def _trace_sent() -> aiohttp.TraceConfig:
    """Marks a request as sent when it has a connection and its headers are about to be written."""

    async def leaves(_session: aiohttp.ClientSession, context: SimpleNamespace, _headers: object) -> None:
        context.trace_request_ctx.left = True

    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(leaves)
    return tracing


def _split_credentials(url: str) -> tuple[str, dict[str, str]]:
    """The URL without credentials, and the headers that carry them."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    headers = {"Content-Type": "application/json"}
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and password:
        headers["Authorization"] = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    elif user or password:
        headers["Authorization"] = f"Bearer {user or password}"
    return bare, headers


def _encoded(content: Mapping[str, str]) -> bytes:
    """A lone surrogate, which a person's text may contain, cannot be encoded in UTF-8: it becomes a question mark."""
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def _id(value: object) -> str:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else ""


def _wait_s(header: str | None) -> float:
    if header is None or not (header.isascii() and header.isdigit()):
        return FLOOD_WAIT_S
    return min(max(1, int(header)), LONGEST_FLOOD_WAIT_S)
