"""The files of the local Telegram: kept in memory under ids that count up, so that runs are the same."""

from __future__ import annotations

import mimetypes
import struct
from dataclasses import dataclass
from typing import Any

Raw = dict[str, Any]

_FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "sticker": "stickers", "video": "videos"}
_PNG = b"\x89PNG\r\n\x1a\n"
_DEFAULT_SIZE = (1280, 960)


@dataclass(frozen=True, slots=True)
class StoredFile:
    file_id: str
    file_unique_id: str
    kind: str
    path: str
    name: str
    mime_type: str
    content: bytes

    def shown(self) -> Raw:
        """The fields every kind of file has in the Bot API."""
        return {"file_id": self.file_id, "file_unique_id": self.file_unique_id, "file_size": len(self.content)}


class FileStore:
    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, content: bytes, *, kind: str, name: str, mime_type: str = "") -> StoredFile:
        number = len(self._by_id) + 1
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        folder = _FOLDERS.get(kind, "files")
        mime = mime_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        path = f"{folder}/file_{number}.{suffix}"
        stored = StoredFile(f"Local{kind}{number:06d}", f"Unique{number:06d}", kind, path, name, mime, content)
        self._by_id[stored.file_id] = stored
        self._by_path[path] = stored
        return stored

    def by_id(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)


def as_content(stored: StoredFile, kind: str) -> Raw:
    """The message field that shows `stored` as media of that kind."""
    if kind == "photo":
        width, height = _size(stored.content)
        return {"photo": [{**stored.shown(), "width": width, "height": height}]}
    if kind == "voice":
        return {"voice": {**stored.shown(), "duration": 1, "mime_type": stored.mime_type}}
    if kind == "video_note":
        return {"video_note": {**stored.shown(), "duration": 1, "length": 240}}
    if kind == "audio":
        return {"audio": {**stored.shown(), "duration": 1, "file_name": stored.name, "mime_type": stored.mime_type}}
    if kind in ("video", "animation"):
        moving = {"duration": 1, "width": 640, "height": 480, "file_name": stored.name, "mime_type": stored.mime_type}
        return {kind: {**stored.shown(), **moving}}
    if kind == "sticker":
        sticker = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return {"sticker": {**stored.shown(), **sticker}}
    return {"document": {**stored.shown(), "file_name": stored.name, "mime_type": stored.mime_type}}


def _size(content: bytes) -> tuple[int, int]:
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    return _DEFAULT_SIZE
