"""What a file is, by its contents, and what it is called when it is sent."""

from __future__ import annotations

import pytest

from bot.rules.cases.attachments import (
    JPEG,
    MOST_PHOTO_BYTES,
    PDF,
    PNG,
    SHEET,
    WEBP,
    WORD,
    FileKind,
    described,
    kind_of,
)
from bot.rules.cases.talk_files import SentFile

ZIP = b"PK\x03\x04" + bytes(12)


@pytest.mark.parametrize(
    ("head", "inside", "kind"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(12), (), JPEG),
        (b"\x89PNG\r\n\x1a\n" + bytes(8), (), PNG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", (), WEBP),
        (b"RIFF\x10\0\0\0WAVEfmt ", (), None),
        (b"%PDF-1.7\n", (), PDF),
        (ZIP, ("[Content_Types].xml", "word/document.xml"), WORD),
        (ZIP, ("xl/workbook.xml",), SHEET),
        (ZIP, ("word/document.xml", "word/vbaProject.bin"), None),
        (ZIP, ("xl/workbook.xml", "xl/VBAPROJECT.BIN"), None),
        (ZIP, ("word/document.xml", "word/vbaProject.bin.rels"), WORD),
        (ZIP, ("run.exe",), None),
        (b"PK\x05\x06" + bytes(12), ("word/document.xml",), None),  # nothing is packed in it
        (b"XXXX\x10\0\0\0WEBPVP8 ", (), None),
        (b"RIFF\x10\0\0\0xWEBPVP8", (), None),
        (b"MZ\x90\0", (), None),
        (b"<svg onload=1>", (), None),
        (b"", (), None),
    ],
)
def test_the_contents_say_what_it_is(head: bytes, inside: tuple[str, ...], kind: FileKind | None) -> None:
    assert kind_of(head, inside) == kind


@pytest.mark.parametrize(
    ("name", "kind", "called"),
    [
        ("invoice.pdf", PDF, "invoice.pdf"),
        ("invoice.exe", PDF, "invoice.exe.pdf"),
        ("C:\\Users\\me\\收據.JPEG", JPEG, "收據.JPEG"),
        ("../../etc/passwd", PNG, "passwd.png"),
        ("a\u202egpj.exe\0", WORD, "agpj.exe.docx"),
        ("", PDF, "file.pdf"),
        ("...", PDF, "file.pdf"),
        ("x" * 300 + ".pdf", PDF, "x" * 100 + ".pdf"),
        ("x" * 99 + " . and more.pdf", PDF, "x" * 99 + ".pdf"),
        ("x" * 98 + ". and more.pdf", PDF, "x" * 98 + ".pdf"),
        ("Xmas.pdf", PDF, "Xmas.pdf"),
        ("photo.jpeg", JPEG, "photo.jpeg"),
        ("photo", JPEG, "photo.jpg"),
    ],
)
def test_its_name_is_cleaned_and_ends_as_it_is(name: str, kind: FileKind, called: str) -> None:
    assert described(name, kind, 10).name == called


def test_it_is_sent_with_its_type_and_size_and_is_not_known_to_telegram_yet() -> None:
    assert described("a.docx", WORD, 17) == SentFile("document", "", "a.docx", WORD.media_type, 17)
    assert described("a.png", PNG, 17) == SentFile("photo", "", "a.png", "image/png", 17)


def test_a_picture_that_is_no_photo_for_telegram_goes_as_a_document() -> None:
    assert [described("a.png", PNG, MOST_PHOTO_BYTES + over).kind for over in (0, 1)] == ["photo", "document"]
    assert described("a.webp", WEBP, 1).kind == "document"
