"""Fetches files from Telegram, piece by piece: nothing is kept, and no more than a bot may download is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bot.channels.telegram_transport import FILE_BYTES

STALLED_AFTER_S = 12.0  # without a byte
WITHIN_S = 900.0  # as a whole: who fetches it may have a slow line
ROOM_WITHIN_S = 10.0
PIECE = 64 << 10
AT_ONCE = 24
_OK, _NOT_FOUND, _BAD_REQUEST = 200, 404, 400


class FileAway(Exception):
    """The file cannot be fetched: `gone` for good, `large` for a bot, or Telegram does not give it just now
    (`not_now`)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TelegramFiles:
    """Files of the bot with this token, on the Bot API server `api`. What is said of a failure has no address in it,
    because that has the token."""

    def __init__(self, api: str, token: str) -> None:
        self._api, self._token = api.rstrip("/"), token
        self._room = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def opened(self, file_id: str) -> AsyncIterator[tuple[int | None, AsyncIterator[bytes]]]:
        """The size of a file, if Telegram tells it, and its contents in pieces; raises `FileAway`."""
        timeout = aiohttp.ClientTimeout(total=WITHIN_S, sock_connect=STALLED_AFTER_S, sock_read=STALLED_AFTER_S)
        try:
            async with self._a_place(), aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
                path = await self._path(session, file_id)
                async with session.get(f"{self._api}/file/bot{self._token}/{path}", allow_redirects=False) as answer:
                    if answer.status != _OK:
                        raise FileAway("gone" if answer.status == _NOT_FOUND else "not_now")
                    if (answer.content_length or 0) > FILE_BYTES:
                        raise FileAway("large")
                    yield answer.content_length, _bounded(answer.content.iter_chunked(PIECE))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise FileAway("not_now") from None

    @asynccontextmanager
    async def _a_place(self) -> AsyncIterator[None]:
        """Waits a moment where many are fetched already; raises `TimeoutError`."""
        async with asyncio.timeout(ROOM_WITHIN_S):
            await self._room.acquire()
        try:
            yield
        finally:
            self._room.release()

    async def _path(self, session: aiohttp.ClientSession, file_id: str) -> str:
        url = f"{self._api}/bot{self._token}/getFile"
        async with session.post(url, data={"file_id": file_id}, allow_redirects=False) as answer:
            told = await answer.json(content_type=None)
        if not isinstance(told, dict):
            raise FileAway("not_now")
        if answer.status == _BAD_REQUEST:
            raise FileAway("large" if "too big" in str(told.get("description")) else "gone")
        path = (told.get("result") or {}).get("file_path") if answer.status == _OK else None
        if not isinstance(path, str) or ".." in path or path.startswith("/"):
            raise FileAway("not_now")
        return path


async def _bounded(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    read = 0
    async for piece in pieces:
        read += len(piece)
        if read > FILE_BYTES:
            raise FileAway("large")
        yield piece
