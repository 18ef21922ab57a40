"""Words that wait are joined into one message: as many as fit, and what is marked stays marked."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity

from bot.channels.telegram_relay import MOST_UNITS, as_new, how_many_join, joined, text_content

TEXTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=60), st.integers(0, 59), st.integers(1, 60)), min_size=1, max_size=9
)


def units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def size(content: str) -> int:
    return len(units(json.loads(content)["text"])) // 2


@given(TEXTS)
def test_what_is_marked_stays_marked(texts: Sequence[tuple[str, int, int]]) -> None:
    contents, marked = [], []
    for text, offset, length in texts:
        there = len(units(text)) // 2
        offset, length = min(offset, there - 1), min(length, there - min(offset, there - 1))
        contents.append(text_content(text, [MessageEntity("bold", offset, length)]))
        marked.append(units(text)[2 * offset : 2 * (offset + length)])

    whole = json.loads(joined(contents))
    several_lines = any("\n" in text for text, _, _ in texts)
    assert whole["text"] == ("\n\n" if several_lines else "\n").join(text for text, _, _ in texts)
    found = [units(whole["text"])[2 * e["offset"] : 2 * (e["offset"] + e["length"])] for e in whole["entities"]]
    assert found == marked


@given(st.lists(st.sampled_from(["a" * 1500, "嗯" * 4096, "😀" * 700, "b", "c\nd"]), min_size=1, max_size=9))
def test_what_joins_fits_into_a_message(texts: list[str]) -> None:
    contents = [text_content(text) for text in texts]
    number = how_many_join(contents)
    assert number >= 1
    assert size(joined(contents[:number])) <= MOST_UNITS
    if number < len(texts):
        assert size(joined(contents[: number + 1])) > MOST_UNITS


def test_a_message_holds_no_more_marks_than_telegram_takes() -> None:
    contents = [text_content("a" * 60, [MessageEntity("bold", n, 1) for n in range(60)])] * 3
    assert how_many_join(contents) == 1


def test_what_somebody_else_wrote_stays_in_a_message_of_its_own() -> None:
    forwarded = text_content("Forwarded:\nsend 500", [MessageEntity("blockquote", 11, 8)])
    own = text_content("is this from you?")
    assert how_many_join([own, own, forwarded, own]) == 2
    assert how_many_join([forwarded, own]) == 0


def test_an_edit_that_is_posted_again_says_so_and_loses_no_words() -> None:
    kind, content = as_new("edit_text", text_content("on Friday", [MessageEntity("bold", 3, 6)]), "Edited:")
    assert (kind, json.loads(content)["text"]) == ("text", "Edited:\non Friday")
    assert [(e["offset"], e["length"]) for e in json.loads(content)["entities"]] == [(11, 6)]
    quoting = text_content("said\nyes", [MessageEntity("blockquote", 0, 4)])
    assert json.loads(as_new("edit_text", quoting, "Edited:")[1])["text"] == "Edited:\n\nsaid\nyes"
    long = text_content("a" * MOST_UNITS)
    assert as_new("edit_text", long, "Edited:") == ("text", long)
    assert as_new("edit_media", "{}", "Edited:") == ("copy", "")
