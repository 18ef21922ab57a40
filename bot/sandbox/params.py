"""The parameters of a Bot API call, from query, form, multipart or JSON, read by type."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.multipart import BodyPartReader
from telegram.constants import FileSizeLimit

from bot.sandbox.errors import ApiError, bad_request

_TRUE = {"true", "True", "yes", "1", 1}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    mime_type: str
    content: bytes = field(repr=False)


class Params:
    def __init__(self, values: dict[str, Any], uploads: dict[str, Upload] | None = None) -> None:
        self._values = values
        self._uploads = uploads or {}

    @classmethod
    async def of(cls, request: web.Request) -> Params:
        """All parameters of the request, those of the body before those of the query."""
        values: dict[str, Any] = dict(request.query)
        uploads: dict[str, Upload] = {}
        if request.content_type == "application/json":
            values |= _json_object(await request.text())
        elif request.content_type == "multipart/form-data":
            await _read_multipart(request, values, uploads)
        elif request.can_read_body:
            values |= dict(await request.post())
        return cls(values, uploads)

    def logged(self) -> dict[str, Any]:
        """As one wants to read them in a test: JSON values parsed, files by name and size."""
        return {key: _readable(value) for key, value in self._values.items()} | dict(self._uploads)

    def has(self, name: str) -> bool:
        return self._values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """An integer; `default` when it is absent or is none."""
        value = self._values.get(name)
        try:
            return default if value in (None, "") else int(str(value))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        return isinstance(value, (str, bool, int)) and value in _TRUE

    def json(self, name: str) -> Any:
        """A value that may be JSON in a string; None when absent."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise bad_request(f"can't parse {name}: {error}") from error

    def upload(self, name: str) -> Upload | None:
        """The file given as `name`, directly or as `attach://part`."""
        value = self._values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            return self._uploads.get(value.removeprefix("attach://"))
        return self._uploads.get(name)

    def attached(self, reference: str) -> Upload | None:
        return self._uploads.get(reference.removeprefix("attach://")) if reference.startswith("attach://") else None


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise bad_request(f"can't parse request JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("can't parse request JSON: object expected")
    return value


async def _read_multipart(request: web.Request, values: dict[str, Any], uploads: dict[str, Upload]) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytes(await part.read(decode=True))
        if len(content) > FileSizeLimit.FILESIZE_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")
        if part.filename is None:
            values[part.name] = content.decode("utf-8", "replace")
        else:
            mime = part.headers.get("Content-Type", "")
            uploads[part.name] = Upload(part.filename, mime, content)


def _readable(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, str) and value.lstrip("-").isdigit() and len(value) < 20:
        return int(value)
    return value
