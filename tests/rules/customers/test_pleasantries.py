"""A greeting before it, thanks and signs after it, and a letter typed wrong do not change what a sentence means."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bot.rules.customers.folded_text import folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.pleasantries import core
from bot.rules.customers.spelling import Spelling
from bot.rules.customers.understanding import understand
from bot.work.customers.phrase_book import PhraseBook

MODEL = PhraseBook().model
NEVER_MISSED = (Intent.DISTRESS, Intent.HARDSHIP, Intent.STOP)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("hi, i want to die 😭😭", "i want to die"),
        ("Hello, I have a question. I can't pay", "i cannot pay"),
        ("stop please!!!", "stop"),
        ("thanks", "thanks"),
        ("hi thanks", "thanks"),
        ("谢谢你", "谢谢你"),
        ("i paid, thank you" + " so much" * 4, "i paid"),
        ("i paid, thank you" + " so much" * 8, "i paid, thank you" + " so much" * 8),  # nobody thanks as long as that
        ("请问一下，还不了，谢谢", "还不了"),
        ("亲，别发了", "别发了"),
        ("亲人去世了", "亲人去世了"),
        ("那个人不是我", "那个人不是我"),
        ("sorry my mistake", "sorry my mistake"),
        ("😭", "😭"),
        ("", ""),
    ],
)
def test_what_is_around_a_sentence_goes(text: str, meant: str) -> None:
    assert core(folded(text)) == meant


def test_what_must_not_be_missed_is_not_missed_for_politeness() -> None:
    with (Path(__file__).parent / "sentences.tsv").open(encoding="utf-8") as file:
        kept = [row for row in csv.DictReader(file, delimiter="\t") if row["intent"] in NEVER_MISSED]
    english = ("hi, {} please", "dear sir, {}...", "{} 😭", "hello, {}, thank you so much")
    chinese = ("你好，{}", "请问一下，{}，谢谢", "{} 😭", "亲，{}。。。")
    missed = [
        said
        for row in kept
        for around in (english if row["text"].isascii() else chinese)
        if row["intent"] not in understand(said := around.format(row["text"]), MODEL).intents
    ]
    assert len(missed) <= len(kept) / 100, missed


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("i lsot my job", Intent.HARDSHIP),
        ("sotp", Intent.STOP),
        ("stop tetxing me", Intent.STOP),
        ("no moer reminders", Intent.STOP),
        ("i want to disappera forever", Intent.DISTRESS),
        ("there is no poitn in livign", Intent.DISTRESS),
        ("how much do i oew", Intent.BALANCE),
    ],
)
def test_a_letter_typed_wrong(text: str, intent: Intent) -> None:
    assert intent in understand(text, MODEL).intents


def test_a_denial_typed_wrong_is_one() -> None:
    assert Intent.HARDSHIP not in understand("i iddn't lose my job", MODEL).intents
    assert Intent.DISTRESS not in understand("i coudl kill for a coffee", MODEL).intents


def test_good_words_stay() -> None:
    spelling = Spelling(["stop", "tired", "quit", "balance", "text"])
    for word in ("spot", "tried", "quite", "next", "balance", "stop"):
        assert spelling.corrected(word) == word
    assert spelling.corrected("sotp balnce blance balancce") == "stop balance balance balance"
    assert spelling.corrected("xyz " * 1000) == "xyz " * 1000
