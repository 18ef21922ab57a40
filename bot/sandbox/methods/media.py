"""Photos, documents and their like in a call: uploaded, attached, or by the id of a file that is here already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.constants import FileSizeLimit

from bot.sandbox.errors import bad_request
from bot.sandbox.files import StoredFile, as_content

if TYPE_CHECKING:
    from bot.sandbox.params import Params, Upload
    from bot.sandbox.state import LocalTelegram

Raw = dict[str, Any]

_DEFAULT_NAMES = {"photo": "photo.jpg", "voice": "voice.ogg", "sticker": "sticker.webp", "video": "video.mp4"}
INPUT_KINDS = ("photo", "video", "animation", "audio", "document")


def media_content(telegram: LocalTelegram, params: Params, kind: str) -> Raw:
    """The message field for the file given as parameter `kind`."""
    stored = _stored(telegram, kind, params.upload(kind), params.text(kind))
    return as_content(stored, kind)


def input_media(telegram: LocalTelegram, params: Params, media: Any) -> Raw:
    """The message field for an `InputMedia` object."""
    if not isinstance(media, dict) or "type" not in media or "media" not in media:
        raise bad_request("can't parse InputMedia: Can't find field \"media\"")
    kind = str(media["type"])
    if kind not in INPUT_KINDS:
        raise bad_request(f"the local Telegram knows media of type {', '.join(INPUT_KINDS)}, not {kind}")
    reference = str(media["media"])
    return as_content(_stored(telegram, kind, params.attached(reference), reference), kind)


def _stored(telegram: LocalTelegram, kind: str, upload: Upload | None, reference: str) -> StoredFile:
    if upload is not None:
        if not upload.content:
            raise bad_request("file must be non-empty")
        if kind == "photo" and len(upload.content) > FileSizeLimit.PHOTOSIZE_UPLOAD:
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        name = upload.name or _DEFAULT_NAMES.get(kind, "file.bin")
        return telegram.files.add(upload.content, kind=kind, name=name, mime_type=upload.mime_type)
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    stored = telegram.files.by_id(reference)
    if stored is None and reference.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return stored
