"""What a browser is told of a file in a case's talk, and what the file is called when it is saved."""

from __future__ import annotations

import pytest

from bot.rules.cases.talk_files import ANYTHING, SentFile, clean_name, file_name, media_type_of


@pytest.mark.parametrize(
    ("kind", "told", "is_told"),
    [
        ("photo", "", "image/jpeg"),
        ("photo", "text/html", "image/jpeg"),
        ("voice", "", "audio/ogg"),
        ("video_note", "", "video/mp4"),
        ("audio", "audio/mpeg", "audio/mpeg"),
        ("audio", " Audio/OGG ; codecs=opus; rate=8", "audio/ogg"),
        ("video", "video/mp4", "video/mp4"),
        ("document", "image/png", "image/png"),
        ("document", "image/svg+xml", ANYTHING),
        ("document", "text/html", ANYTHING),
        ("document", "", ANYTHING),
        ("video", "audio/mpeg", ANYTHING),
        ("sticker", "image/webp", ANYTHING),
    ],
)
def test_a_browser_shows_only_what_runs_nothing(kind: str, told: str, is_told: str) -> None:
    assert media_type_of(SentFile(kind, "F", media_type=told)) == is_told


@pytest.mark.parametrize(
    ("kind", "name", "called"),
    [
        ("document", "收據.pdf", "收據.pdf"),
        ("photo", "", "photo-7.jpg"),
        ("voice", "", "voice-7.ogg"),
        ("video_note", "", "video_note-7.mp4"),
        ("sticker", "", "sticker-7.webp"),
        ("document", "...", "document-7.bin"),
    ],
)
def test_a_file_without_a_name_is_called_by_what_it_is(kind: str, name: str, called: str) -> None:
    assert file_name(SentFile(kind, "F", name), 7) == called


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("C:\\Users\\me\\a.pdf", "a.pdf"),
        ("../../a.pdf", "a.pdf"),
        ('a"*:<>?|b', "ab"),
        (" .a. b. ", "a. b"),
        ("a\u202eb\n", "ab"),
        ("Xx", "Xx"),
        ("", ""),
    ],
)
def test_a_name_is_without_what_file_systems_do_not_take(name: str, clean: str) -> None:
    assert clean_name(name) == clean
