"""Words that wait are joined into one message: as many as fit, and what is marked stays marked."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from telegram import MessageEntity

from bot.channels.telegram_relay import MOST_UNITS, how_many_join, joined, text_content

TEXTS = st.lists(
    st.tuples(st.text(min_size=1, max_size=60), st.integers(0, 59), st.integers(1, 60)), min_size=1, max_size=9
)


def units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@given(TEXTS)
def test_what_is_marked_stays_marked(texts: Sequence[tuple[str, int, int]]) -> None:
    contents, marked = [], []
    for text, offset, length in texts:
        there = len(units(text)) // 2
        offset, length = min(offset, there - 1), min(length, there - min(offset, there - 1))
        contents.append(text_content(text, [MessageEntity("bold", offset, length)]))
        marked.append(units(text)[2 * offset : 2 * (offset + length)])

    whole = json.loads(joined(contents))
    assert whole["text"] == "\n".join(text for text, _, _ in texts)
    found = [units(whole["text"])[2 * e["offset"] : 2 * (e["offset"] + e["length"])] for e in whole["entities"]]
    assert found == marked


@given(st.lists(st.sampled_from(["a" * 1500, "嗯" * 4096, "😀" * 700, "b"]), min_size=1, max_size=9))
def test_what_joins_fits_into_a_message(texts: list[str]) -> None:
    contents = [text_content(text) for text in texts]
    number = how_many_join(contents)
    assert number >= 1
    assert len(units("\n".join(texts[:number]))) // 2 <= MOST_UNITS
    if number < len(texts):
        assert len(units("\n".join(texts[: number + 1]))) // 2 > MOST_UNITS


def test_a_message_holds_no_more_marks_than_telegram_takes() -> None:
    contents = [text_content("a" * 60, [MessageEntity("bold", n, 1) for n in range(60)])] * 3
    assert how_many_join(contents) == 1
