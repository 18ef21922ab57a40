"""How requests travel to the Bot API: aiohttp behind python-telegram-bot's request interface.

It distinguishes requests that were never sent (`NotSent`) from those that may have been carried out although no answer
came (`MaybeSent`), because only the first may simply be repeated. What an answer means is not decided here. The token
is part of every address, so no exception contains an address, or has an exception of aiohttp as its context.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot import spans
from bot.channels.answers import PLAIN, body_within
from bot.channels.telegram_answers import LONGEST_WAIT_S, parsed, plain, whole_number

DNS_CACHE_S = 300
ANSWER_BYTES = 2**20
UPDATES_BYTES = 2**24
"""A hundred updates at once, each with the longest of texts, one that it answers, and the links in them."""
FILE_BYTES = 20 * 2**20
"""Bot API, getFile: the largest file that a bot may download."""
FLOOD_WAIT_S = 5
"""How long to wait when a server (or a gateway before it) says 429 without saying for how long."""

leaving: ContextVar[Callable[[], None]] = ContextVar("leaving", default=lambda: None)
"""Called in the moment in which a request made in this context goes out."""


@dataclass(slots=True)
class _Progress:
    """Whether a request has left."""

    left: bool = False


_progress: ContextVar[_Progress] = ContextVar("progress")

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_FIRST_ERROR, _TOO_MANY_REQUESTS, _GATEWAY_TIMEOUT = 300, 429, 504


class HeldBack(Exception):
    """The request was not made although its turn had come, because its contents were not right any more."""


class NotSent(NetworkError):
    """The request never reached the server completely: repeating it cannot do anything twice."""


class MaybeSent(NetworkError):
    """The request was sent, but no readable answer came: the server may have carried it out."""


class MaybeSentTimedOut(MaybeSent, TimedOut):
    """The request was sent, but no answer came in time: the server may have carried it out."""


class AnswerTooLong(MaybeSent):
    """The answer is longer than any expected one; it was not read completely."""


class _Answer(bytes):
    """What an answer says, where the library expects a body: up to a hundred updates need not be written and read
    again."""

    said: dict[str, Any]

    @classmethod
    def of(cls, said: dict[str, Any]) -> _Answer:
        answer = cls(b"{}")  # the library does not read an empty one
        answer.said = said
        return answer


class AiohttpRequest(BaseRequest):
    """One pool of kept-alive connections, opened by `initialize` and closed by `shutdown`. All timeouts are in seconds.
    At most `answer_bytes` of a call's answer are read, and FILE_BYTES of a file.

    `write_timeout` and `media_write_timeout` limit the sending of one request as a whole, without and with files;
    `shutdown` refuses new requests and gives running ones `grace_s` to end.
    """

    def __init__(
        self,
        connection_limit: int = 256,
        *,
        read_timeout: float | None = 5.0,
        write_timeout: float | None = 5.0,
        connect_timeout: float | None = 5.0,
        pool_timeout: float | None = 5.0,
        media_write_timeout: float | None = 20.0,
        grace_s: float = 5.0,
        answer_bytes: int = ANSWER_BYTES,
    ) -> None:
        self._connection_limit = connection_limit
        self._answer_bytes = answer_bytes
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._connect_timeout = connect_timeout
        self._pool_timeout = pool_timeout
        self._media_write_timeout = media_write_timeout
        self._grace_s = grace_s
        self._session: aiohttp.ClientSession | None = None
        self._under_way = 0
        self._idle = asyncio.Event()

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        """Opens the pool; does nothing if it is open already."""
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connection_limit, ttl_dns_cache=DNS_CACHE_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=PLAIN | {"User-Agent": self.USER_AGENT},
            auto_decompress=False,
            trust_env=False,
            request_class=_Request,
        )

    async def shutdown(self) -> None:
        """Waits for running requests for the grace time, then closes the pool; does nothing if it is closed."""
        session, self._session = self._session, None
        if session is None:
            return
        try:
            if self._under_way:
                self._idle.clear()
                async with asyncio.timeout(self._grace_s):
                    await self._idle.wait()
        except TimeoutError:
            pass  # requests that still run end now with MaybeSent, which the sender handles
        finally:
            await session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parses an answer. If it is not a Bot API answer, it is unclear what was done; it is neither shown nor logged,
        because it may contain anything."""
        answer = payload.said if isinstance(payload, _Answer) else parsed(payload)
        if answer is None:
            raise _not_an_answer(payload)
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One request and its answer: the HTTP status and the body."""
        session = self._session
        if session is None:
            raise NotSent("the connection to the Bot API is not open (not initialized, or already shut down)")
        write_default = self._media_write_timeout if _has_files(request_data) else self._write_timeout
        limits = _limits(
            read=_given(read_timeout, self._read_timeout),
            write=_given(write_timeout, write_default),
            connect=_given(connect_timeout, self._connect_timeout),
            pool=_given(pool_timeout, self._pool_timeout),
            whole=method == "POST",
        )
        call = method == "POST"
        most_bytes = self._answer_bytes if call else FILE_BYTES
        self._under_way += 1
        try:
            with spans.child(_called(url) if call else "file", "client", server="telegram") as span:
                status, headers, payload = await _exchange(session, method, url, request_data, limits, most_bytes)
                spans.tell(span, http__response__status_code=status)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()
        if payload is None and status < _FIRST_ERROR:
            raise AnswerTooLong(f"the answer is longer than {most_bytes} bytes, or packed in an unknown way")
        if not call and status < _FIRST_ERROR:
            return status, payload or b""
        return _read(status, headers, payload or b"")


def _called(url: str) -> str:
    """The method of the Bot API; nothing else of an address may be told, as the token is in it."""
    return url.rpartition("/")[2]


def _read(status: int, headers: Mapping[str, str], payload: bytes) -> tuple[int, bytes]:
    """The status and the answer in a form that the library can read, even if the server left something out."""
    if status == _GATEWAY_TIMEOUT:
        raise MaybeSent("a gateway gave up waiting for the Bot API server (504)")
    answer = parsed(payload)
    if answer is None:
        if status < _FIRST_ERROR:
            raise _not_an_answer(payload)
        if status == _TOO_MANY_REQUESTS:
            raise RetryAfter(_seconds(headers.get("Retry-After")))
        # A gateway's page says nothing about the message, and the library would quote it in its error.
        raise NetworkError(f"HTTP status {status}, not from a Bot API server")
    read = plain(status, answer)
    if read is None:
        raise _not_an_answer(payload)
    status, answer = read
    if status == _TOO_MANY_REQUESTS and "retry_after" not in answer.get("parameters", {}):
        raise RetryAfter(_seconds(headers.get("Retry-After")))
    return status, _Answer.of(answer)


def _not_an_answer(payload: bytes) -> MaybeSent:
    return MaybeSent(f"the answer ({len(payload)} bytes) is not one of a Bot API server")


async def _exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    request_data: RequestData | None,
    limits: aiohttp.ClientTimeout,
    most_bytes: int,
) -> tuple[int, Mapping[str, str], bytes | None]:
    progress = _Progress()
    told = _progress.set(progress)
    body = _body(request_data)
    try:
        async with session.request(
            method,
            url,
            data=body,
            headers=_FORM if isinstance(body, bytes) else None,
            timeout=limits,
            allow_redirects=False,
        ) as response:
            return response.status, response.headers, await body_within(response, most_bytes)
    except (aiohttp.ClientError, OSError) as error:
        failure = _failure(error, left=progress.left)
    finally:
        _progress.reset(told)
    # Raised here, so that the original error, whose text may contain the address, is not its context.
    raise failure


def _failure(error: Exception, *, left: bool) -> TelegramError:
    kind = type(error).__name__
    if not left or _refused_by_transport(error):
        system = f", {error.os_error.strerror}" if isinstance(error, aiohttp.ClientConnectorError) else ""
        return NotSent(f"cannot reach the Bot API server ({kind}{system})")
    if isinstance(error, TimeoutError):
        return MaybeSentTimedOut(f"no answer from the Bot API server in time ({kind})")
    return MaybeSent(f"the connection to the Bot API server broke before its answer was read ({kind})")


def _refused_by_transport(error: BaseException) -> bool:
    """Whether a part of the request was never given to the system, because the connection was already closed."""
    causes = (error, error.__cause__)
    return any(isinstance(c, aiohttp.ClientConnectionResetError) and "Cannot write" in str(c) for c in causes)


class _Request(aiohttp.ClientRequest):
    """Marks itself as sent when it has a connection and is about to be written. aiohttp's own tracing, which can tell
    that too, makes an object for each thing that happens to a request."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        _progress.get().left = True
        leaving.get()()
        return await super().send(conn)


def _body(request_data: RequestData | None) -> aiohttp.FormData | bytes | None:
    """The parameters as a form with the files as its parts; a parameter `attach://name` refers to the part with that
    name. Without files it is encoded here, because aiohttp takes as long for that as for all else that it does."""
    if request_data is None:
        return None
    if not request_data.contains_files:
        return _encoded(request_data.json_parameters)
    form = aiohttp.FormData(quote_fields=False)
    for name, text in request_data.json_parameters.items():
        form.add_field(name, _writable(text))
    for name, (filename, content, mime_type) in (request_data.multipart_data or {}).items():
        part = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, part, filename=filename, content_type=mime_type)
    return form


def _encoded(parameters: Mapping[str, str]) -> bytes:
    """As application/x-www-form-urlencoded; yarl, which aiohttp is built on, escapes in C."""
    written = {name: _writable(text) for name, text in parameters.items()}
    return URL.build(path="/", query=written).raw_query_string.encode("ascii")


def _writable(text: str) -> str:
    """A lone surrogate, which a person's text may contain, cannot be encoded in UTF-8: it becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _has_files(request_data: RequestData | None) -> bool:
    return request_data is not None and request_data.contains_files


@lru_cache  # nearly all calls have the same
def _limits(
    *, read: float | None, write: float | None, connect: float | None, pool: float | None, whole: bool
) -> aiohttp.ClientTimeout:
    """aiohttp has no limit for writing, so a call has one limit as a whole, the sum of its parts; a download has
    none."""
    parts = (pool, connect, write, read)
    return aiohttp.ClientTimeout(
        total=_sum(parts) if whole else None,
        connect=_sum((pool, connect)),
        sock_connect=connect,
        sock_read=read,
    )


def _sum(parts: tuple[float | None, ...]) -> float | None:
    return None if None in parts else sum(part for part in parts if part is not None)


def _given(value: ODVInput[float], default: float | None) -> float | None:
    return default if isinstance(value, DefaultValue) else value


def _seconds(header: str | None) -> int:
    wait_s = whole_number(header)
    return FLOOD_WAIT_S if wait_s is None else min(max(1, wait_s), LONGEST_WAIT_S)
