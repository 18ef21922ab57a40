"""A file as it comes from a browser: on disk while it is looked at, and no longer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from bot.work.facts.import_json import folder_of_facts


class TooLarge(Exception):
    """More bytes than the file may have."""


@dataclass(slots=True)
class Upload:
    """At most `most` bytes; `name` is what the browser calls it, which may be anything."""

    name: str
    most: int
    _folder: tempfile.TemporaryDirectory[str] = field(default_factory=folder_of_facts)
    _file: BinaryIO | None = None
    size: int = 0

    def __enter__(self) -> Upload:
        self._file = self.path.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
        self._folder.cleanup()

    @property
    def path(self) -> Path:
        return Path(self._folder.name) / "upload.csv"

    async def add(self, piece: bytes) -> None:
        """Raises `TooLarge`."""
        self.size += len(piece)
        if self.size > self.most:
            raise TooLarge
        assert self._file is not None, "it is open"
        await asyncio.to_thread(self._file.write, piece)

    async def add_all(self, pieces: AsyncIterator[bytes]) -> None:
        """Raises `TooLarge`."""
        async for piece in pieces:
            await self.add(piece)

    def close(self) -> None:
        """No more is added; it can be read."""
        if self._file is not None:
            self._file.close()
