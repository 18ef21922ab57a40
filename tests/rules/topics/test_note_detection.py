"""An internal note is never taken for a message to the customer, however it is mistyped."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.topics.note_detection import Meant, likely_command, meant_for

STROKES = ("/", "／", "⁄", "∕", "\\", "＼", "、", "//")
BEFORE = ("", " ", "\n", "\u200b", "\ufeff", "\u2060 ", "\u00a0", "\u3000", "\u202e", "\t")
BETWEEN = ("", " ", "\u200b", "\u3000", "\u00a0", "  ")
SPELT = ("note", "Note", "NOTE", "nOtE", "ｎｏｔｅ", "𝐧𝐨𝐭𝐞", "备注", "備註", "笔记", "筆記")
AFTER = (" he is angry", "\nhe is angry", ": he is angry", "：he is angry", "\u3000he is angry", "@duebot he is angry")
ALL = ["".join(parts) for parts in itertools.product(BEFORE, STROKES, BETWEEN, SPELT, AFTER)]


def test_every_way_to_write_a_note_is_one_and_its_text_is_kept() -> None:
    wrong = [text for text in ALL if meant_for(text) != Meant("note", "he is angry")]
    assert not wrong


@pytest.mark.parametrize(
    "text", ["/nte x", "/not x", "/noted x", "/notes x", "/ n ote x", "、take", "/", "/nóte x", "!note x"]
)
def test_what_looks_like_a_command_is_never_for_the_customer(text: str) -> None:
    assert meant_for(text).whom == "command"


@pytest.mark.parametrize(
    "text",
    [
        "Hello\n/note x",
        "Hello /note x",
        "Hello\n\n ／ note x",
        "好的\n、note 他生气了",
        "(/note x)",
        "Hi.\n/备注 x",
        "Hello //note x",
    ],
)
def test_a_note_further_down_is_found(text: str) -> None:
    assert meant_for(text).whom == "hidden_note"


@pytest.mark.parametrize(
    "text",
    [
        "Note that you can pay until Friday",
        "- note that this is the last part",
        "see https://example.org/note/1",
        "3/4 of it is paid",
        "2026/03/05",
        "and/or note it down",
        "you may pay it w/note",
        "a/note",
        "您好、谢谢",
        "请注意、note 一下日期",
        "Use the button, or send a note",
        "",
    ],
)
def test_ordinary_words_go_to_the_customer(text: str) -> None:
    assert meant_for(text).whom == "customer"


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("/dnoe paid", "done"),
        ("、Tkae", "take"),
        ("/ promis 500", "promise"),
        ("/xyz", ""),
        ("/dnoe@other_bot", ""),
        ("/tan", "take"),
        ("/tx", ""),
    ],
)
def test_of_a_mistyped_command_the_likely_one_is_known(text: str, likely: str) -> None:
    assert likely_command(text, ("done", "note", "take", "promise", "plan")) == likely
    assert meant_for(text).whom == "command"


def test_letters_in_quite_another_order_are_another_word() -> None:
    assert likely_command("/live", ("evil",)) == likely_command("/live", ()) == ""
    assert likely_command("/abcdefgh", ("ahgfedcb",)) == "ahgfedcb"  # just alike enough
    assert likely_command("/abcdefghi", ("aihgfedcb",)) == ""


def test_a_command_is_looked_for_in_the_first_hundred_characters() -> None:
    assert likely_command(" " * 97 + "/evil", ("evil",)) == "evil"  # /ev
    assert likely_command(" " * 98 + "/evil", ("evil",)) == ""


@given(before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_text_with_a_note_on_a_line_of_its_own_goes_out(before: str, after: str) -> None:
    assert meant_for(f"{before}\n/note {after}").whom != "customer"


@given(text=st.text(max_size=40))
def test_nothing_that_begins_with_a_stroke_goes_out(text: str) -> None:
    assert meant_for("/" + text).whom != "customer"
