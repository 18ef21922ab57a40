"""Files that agents send from outside Telegram: what they may be, told by their contents alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath

from bot.rules.cases.talk_files import SentFile, clean_name

MOST_BYTES = 20 << 20  # what a bot may fetch again, so that the console can show it later, too
MOST_PHOTO_BYTES = 10_000_000  # Bot API, sendPhoto; a larger picture goes as a document
HEAD_BYTES = 16  # of a file, to tell what it is
MOST_NAME = 100
MOST_UNSENT = 5  # of an agent, in all cases: an older one goes
UNSENT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is. `kind` is how Telegram takes it, photo or document; `endings` are those that fit, the usual one
    first."""

    kind: str
    media_type: str
    endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A whole file that was chosen for a customer; `digest` is SHA-256 of its contents, as hex."""

    kept_file_id: int
    file: SentFile
    digest: str


JPEG = FileKind("photo", "image/jpeg", ("jpg", "jpeg"))
PNG = FileKind("photo", "image/png", ("png",))
WEBP = FileKind("document", "image/webp", ("webp",))
PDF = FileKind("document", "application/pdf", ("pdf",))
_OFFICE = "application/vnd.openxmlformats-officedocument"
WORD = FileKind("document", f"{_OFFICE}.wordprocessingml.document", ("docx",))
SHEET = FileKind("document", f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",))
KINDS = (JPEG, PNG, WEBP, PDF, WORD, SHEET)
ACCEPTED = ",".join(f".{ending}" for kind in KINDS for ending in kind.endings)
"""For the browser's dialog, which only offers; what a file is, its contents say."""

_PACKED = b"PK\x03\x04"
ENTRY = b"PK\x01\x02"
"""With this begins each entry of the list of what is packed in a file."""
MOST_ENTRIES = 10_000  # a larger list takes seconds and much memory to read; an office document has some hundreds
_WITH_PROGRAM = "vbaproject.bin"


def is_packed(head: bytes) -> bool:
    """Whether the names of what is packed inside have to be looked at."""
    return head.startswith(_PACKED)


def kind_of(head: bytes, inside: Collection[str] = ()) -> FileKind | None:
    """What a file with this beginning is; `inside` are the names of what is packed in it. None for what is not sent:
    something else, or an office document with a program in it."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"%PDF-"):
        return PDF
    if not is_packed(head) or any(name.lower().endswith(_WITH_PROGRAM) for name in inside):
        return None
    if "word/document.xml" in inside:
        return WORD
    return SHEET if "xl/workbook.xml" in inside else None


def described(name: str, kind: FileKind, size: int) -> SentFile:
    """The file as it is sent: its name without what file systems do not take, and with an ending that fits."""
    as_photo = kind.kind == "photo" and size <= MOST_PHOTO_BYTES
    clean = PurePath(clean_name(name))
    fits = clean.suffix.removeprefix(".").lower() in kind.endings
    stem = (clean.stem if fits else clean.name)[:MOST_NAME].strip(". ") or "file"
    ending = clean.suffix.removeprefix(".") if fits else kind.endings[0]
    return SentFile("photo" if as_photo else "document", "", f"{stem}.{ending}", kind.media_type, size)
