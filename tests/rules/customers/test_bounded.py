"""Every text is judged quickly: no text, in any alphabet, keeps the program from serving others.

`READERS` lists all functions that read free text. A new such function needs a new line there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.email_html import paragraphs_of
from bot.channels.sms_text import segments, sms_text
from bot.channels.telegram_relay import text_content
from bot.message import Button, Message
from bot.rules.cases.bulk_changes import read_bulk
from bot.rules.cases.canned_replies import Reply
from bot.rules.cases.snoozes import rests_until
from bot.rules.customers import phones
from bot.rules.customers.acknowledgements import is_small
from bot.rules.customers.plain_text import plain
from bot.rules.customers.text_parsing import is_taken_back, normalised, said_amount, said_day, said_days
from bot.rules.facts.money import parse_money
from bot.rules.topics.note_detection import meant_for
from bot.sandbox.entities import FormattedText, finished
from bot.sandbox.errors import ApiError
from bot.sandbox.markup import parse_html
from bot.views.lines import clipped, fitted, masked, paragraph
from bot.work.cases.assignment import named
from bot.work.facts.import_headers import separator_of
from bot.work.facts.import_values import ACCOUNTS, CUSTOMERS, INSTALMENTS, PAYMENTS, checked
from bot.work.facts.spreadsheets import guarded, unguarded
from locales import clean, escape, match_language, translator
from storage.cases.agents import Agent

CHARS = 4096  # the most that Telegram takes in one message
WITHIN_S = 0.010  # of processor time
TRIES = 9  # a busy machine has its moments; a function that grows with the square is slow each time
TODAY, NOW = date(2026, 3, 2), datetime(2026, 3, 2, 4, tzinfo=UTC)
AGENTS = [Agent(n, f"Mei {n}", ("en",), "agent") for n in range(40)]
PAY = ((Button("Pay", url="https://w.example/p?i=1"),),)
EN = translator("en")


def _column(kind: object, column: str, text: str) -> object:
    return checked(kind, {column: text}, NOW)  # type: ignore[arg-type]


def _sms(text: str) -> object:
    return sms_text(Message(f"From Wallet\n\n{paragraph(text, CHARS)}\n\nReply STOP", PAY))


READERS: dict[str, Callable[[str], object]] = {
    "plain": plain,
    "is_small": is_small,
    "meant_for": meant_for,
    "normalised": normalised,
    "is_taken_back": is_taken_back,
    "said_day": lambda text: said_day(text, TODAY),
    "said_days": said_days,
    "said_amount": lambda text: said_amount(text, ["TWD", "CNY"]),
    "rests_until": lambda text: rests_until(text.split(), "Asia/Taipei", NOW),
    "read_bulk": lambda text: read_bulk(f"move queue Mei {text}", {agent.name: agent.telegram_id for agent in AGENTS}),
    "named": lambda text: named(AGENTS, text),
    "parse_money": lambda text: parse_money(text, "TWD"),
    "phones.of_contact": phones.of_contact,
    "phones.normalised": phones.normalised,
    "guarded": guarded,
    "unguarded": unguarded,
    "separator_of": separator_of,
    "match_language": match_language,
    "clean": clean,
    "escape": escape,
    "t": lambda text: EN("Hello {name}", name=text),
    "t.plain": lambda text: EN.plain("Hello {name}", name=text),
    "clipped": clipped,
    "masked": masked,
    "paragraph": paragraph,
    "fitted": lambda text: fitted("head", [escape(text)] * 100, "tail", str),
    "Reply.filled": lambda text: Reply("r", {"en": "Dear {name}"}).filled("en", {"name": text}),
    "Message.plain": lambda text: Message(f"x {escape(text)}").plain(),
    "paragraphs_of": lambda text: paragraphs_of(paragraph(text, CHARS)),
    "segments": segments,
    "sms_text": _sms,
    "text_content": text_content,
    **{
        f"{kind.name}.{column}": partial(_column, kind, column)
        for kind in (CUSTOMERS, ACCOUNTS, INSTALMENTS, PAYMENTS)
        for column in kind.texts
    },
}

# The local Telegram of the demo and the tests reads what people write too. Nobody waits for it: five times as long.
LOCAL_READERS: dict[str, Callable[[str], object]] = {
    "finished": lambda text: finished(FormattedText(text)),
    "parse_html": parse_html,
}

UNITS = (
    *("嗯", "好的", "ok", "ok ", "好的谢谢", "嗯，", "👍", "👍🏽", "thank you ", "k"),
    *("/", "\\", "、", "/ ", "\\ ", "/\n", "\n/", "\n", "\n ", " ", "\t", "\r\n", "\u3000", "\u2028"),
    *("note", "/note", "\\note ", "\\ note_", "、note", "\n/note", "笔记", "/笔记a", "!", "#-", "!note"),
    *("\u0301", "\u0316", "\u0301\u0316", "a\u0301\u0316", "\u0344", "\ufdfa", "\u200b", "\u202e", "\ufe0f", "각"),
    *("(", "[", "{", "{}", "{0}", "<", "<b>", "</b>", "<a href='", "<a ", "<!--", "<![CDATA[", "&", "&#1;", "&amp;"),
    *('"', 'a:"', "a:", "“", "a", "Z", "aaa ", "AAA ", "TWD 1 ", "1", "１", "1,111", "1.", ".", ",", "-", "+8 ", "周"),
    *("@", "a@", "a.a", "a@a.", ".a@b", "zh-", "http://", "http://.", "/a ", "#a ", "\ud83d", "\x00", "\x07", "…", "€"),
)


def families() -> Iterator[str]:
    """The same over and over, with and without something at its end that fits nothing; and runs of two kinds."""
    for unit in UNITS:
        text = unit * (CHARS // len(unit))
        yield text
        yield text[:-1] + "x"
        yield "a" + text[:-2] + "\u4e00"
    runs = ("\\", "/", " ", "\n", "\u0301", "\u0316", "嗯", "1", "a", ".", "-", '"')
    for one in runs:
        for other in runs:
            yield one * (CHARS // 2) + other * (CHARS // 2)
            yield "a" + one * (CHARS // 2) + other * (CHARS // 2 - 2) + "x"


FAMILIES = tuple(dict.fromkeys(families()))


def slow(read: Callable[[str], object], text: str, within_s: float = WITHIN_S) -> bool:
    return all(_seconds(read, text) > within_s for _ in range(TRIES))


def _seconds(read: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    with contextlib.suppress(ValueError, ApiError):  # to say that it cannot be read is an answer
        read(text)
    return time.thread_time() - began


@pytest.mark.parametrize("name", READERS)
def test_what_somebody_writes_is_judged_at_once(name: str) -> None:
    assert not [text[:8] + text[-8:] for text in FAMILIES if slow(READERS[name], text)]


@pytest.mark.parametrize("name", LOCAL_READERS)
def test_the_local_telegram_reads_at_once_too(name: str) -> None:
    assert not [text[:8] + text[-8:] for text in FAMILIES if slow(LOCAL_READERS[name], text, 5 * WITHIN_S)]


PARTS = st.lists(st.tuples(st.text(min_size=1, max_size=5), st.integers(1, CHARS)), min_size=1, max_size=5)


@given(parts=PARTS)
@settings(max_examples=40, deadline=None)
def test_nor_is_any_other_text_slow(parts: list[tuple[str, int]]) -> None:
    text = "".join(unit * times for unit, times in parts)
    text = (text * (CHARS // len(text) + 1))[:CHARS]
    assert not [name for name, read in READERS.items() if slow(read, text)]
