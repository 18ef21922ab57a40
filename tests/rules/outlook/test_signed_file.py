"""A signed file is genuine as long as nothing in it was changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.outlook.contact_records import A_PAGE, page_of
from bot.rules.outlook.signed_file import Judgement, judge, key_named, signed

KEY = b"k" * 32
FILE = signed("<p>Hello 你好</p>\n<p>Bye</p>", KEY, 3)


def test_a_file_is_genuine_and_names_its_key() -> None:
    assert (key_named(FILE), key_named(b"Hello")) == (3, 0)
    assert judge(FILE, KEY) == Judgement("genuine", 3)
    assert judge(FILE, KEY, withdrawn=True) == Judgement("withdrawn", 3)
    assert judge(FILE, None) == judge(FILE, b"another") == Judgement("changed", 3)


def test_a_mail_program_may_change_the_ends_of_lines() -> None:
    assert judge(b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n") + b"\r\n", KEY).judged == "genuine"


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_other_byte_may_be_changed(place: int, by: int) -> None:
    changed = bytearray(FILE)
    changed[place] ^= by
    # What is after the signature is no part of the file, as long as it is only space.
    assert judge(bytes(changed), KEY).judged in ("changed", "unsigned") or bytes(changed).rstrip() == FILE.rstrip()


@pytest.mark.parametrize(
    ("content", "judged"),
    [
        (b"", "unsigned"),
        (b"\x00\xff", "unsigned"),
        (FILE[:-20], "unsigned"),
        (FILE + b"<p>more</p>", "unsigned"),
        (FILE[:10] + FILE, "changed"),
        (FILE.replace(b"key=3", b"key=0"), "unsigned"),
        (FILE + FILE[FILE.index(b"\n<!--") :], "changed"),
    ],
)
def test_what_was_cut_off_or_added_to_is_not_genuine(content: bytes, judged: str) -> None:
    assert judge(content, KEY).judged == judged


def test_a_signature_in_somebodys_words_signs_nothing() -> None:
    forged = signed("<p>x</p>", b"mine", 3)
    assert judge(signed(forged.decode(), KEY, 3), KEY).judged == "genuine"
    assert judge(forged, KEY).judged == "changed"


def test_pages_are_counted_from_the_newest() -> None:
    records = list(range(A_PAGE * 2 + 1))
    assert page_of(records, 1) == (records[: -A_PAGE - 1 : -1], 1, 3)
    assert page_of(records, 99) == ([0], 3, 3)
    assert page_of([], 1) == ([], 1, 1)
