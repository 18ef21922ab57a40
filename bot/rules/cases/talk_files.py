"""Files in the talk of a case, and how a browser may show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

SAME_WITHIN = timedelta(seconds=90)  # what somebody did, and the file that came with it


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file in a message, and how to fetch it: Telegram's `file_id`. `name` and `media_type` are what its sender's
    program told, which may be anything; empty if it told nothing. `size` is in bytes."""

    kind: str
    file_id: str
    name: str = ""
    media_type: str = ""
    size: int | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class TalkFile:
    """A file that was passed on, or is on its way. `reference` is the number of the message in which the other side
    has it; `name` is the agent's who sent it."""

    talk_file_id: int
    direction: str
    at: datetime
    state: str
    reference: str
    name: str
    file: SentFile


# What a browser shows by itself and runs nothing of. All else is only ever saved.
SHOWN = {
    "photo": "image/jpeg",
    "voice": "audio/ogg",
    "video_note": "video/mp4",
}
SHOWN_TYPES = {
    "audio": ("audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-m4a"),
    "video": ("video/mp4",),
    "animation": ("video/mp4",),
    "document": ("image/jpeg", "image/png", "image/webp"),
}
ANYTHING = "application/octet-stream"
_ENDINGS = {"photo": "jpg", "voice": "ogg", "video_note": "mp4", "sticker": "webp"}


def media_type_of(file: SentFile) -> str:
    """What a browser is told that the file is. What a sender's program told is believed only where the worst that can
    come of it is a picture that does not show."""
    if file.kind in SHOWN:
        return SHOWN[file.kind]
    told = file.media_type.partition(";")[0].strip().casefold()
    return told if told in SHOWN_TYPES.get(file.kind, ()) else ANYTHING


def file_name(file: SentFile, number: int) -> str:
    """What the file is called when it is saved."""
    return clean_name(file.name) or f"{file.kind}-{number}.{_ENDINGS.get(file.kind, 'bin')}"


def clean_name(name: str) -> str:
    """A file's name in letters of any script, without what file systems do not take; empty if nothing is left."""
    told = PurePath(name.replace("\\", "/")).name
    return "".join(sign for sign in told if sign.isprintable() and sign not in '"*/:<>?|').strip(". ")
