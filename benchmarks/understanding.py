"""How well customers' own words are understood, and in what time.

Sentences that are kept apart from the phrases say how much is right; the phrases themselves, a fifth of them left out
at a time, say how far a guess can be trusted, and how hard it is without the cues.
"""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.report import Cell, Table
from bot.rules.customers.day_and_sum_marks import marked
from bot.rules.customers.folded_text import folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.phrase_model import PhraseModel
from bot.rules.customers.understanding import Understood, understand
from bot.work.customers.phrase_book import shipped_phrases

SENTENCES = Path(__file__).parents[1] / "tests" / "rules" / "customers" / "sentences.tsv"
NEVER_MISSED = (Intent.DISTRESS, Intent.HARDSHIP, Intent.STOP)
FOLDS = 5
BINS = (0.2, 0.4, 0.6, 0.8, 0.95, 1.01)


async def understanding() -> list[Table]:
    phrases = shipped_phrases()
    begun = time.perf_counter()
    model = PhraseModel(phrases)
    counted_s = time.perf_counter() - begun
    rows = list(csv.DictReader(SENTENCES.open(encoding="utf-8"), delimiter="\t"))
    return [_right(rows, model), _trust(phrases), _time([row["text"] for row in rows], model, counted_s)]


def _right(rows: Sequence[Mapping[str, str]], model: PhraseModel) -> Table:
    found = [(row, understand(row["text"], model)) for row in rows]
    languages = sorted({row["language"] for row in rows})
    groups = {
        **{language: [pair for pair in found if pair[0]["language"] == language] for language in languages},
        **{str(intent): [pair for pair in found if pair[0]["intent"] == intent] for intent in NEVER_MISSED},
        "must not be taken for": [pair for pair in found if pair[0]["intent"].startswith("not:")],
        "all": found,
    }
    table: list[tuple[Cell, ...]] = []
    for name, pairs in groups.items():
        right = sum(_is_right(row["intent"], understood) for row, understood in pairs)
        asked = sum(row["intent"] in understood.likely for row, understood in pairs)
        table.append((name, len(pairs), right, asked, len(pairs) - right - asked, 100 * right / len(pairs)))
    columns = ("sentences", "in all", "right", "asked about, rightly", "wrong", "% right")
    return Table("understanding: kept sentences", columns, table, "Right is what is acted on, without a question.")


def _is_right(wanted: str, understood: Understood) -> bool:
    if wanted.startswith("not:"):
        return wanted.removeprefix("not:") not in understood.intents
    if wanted == Intent.NONE:
        return understood == Understood()
    return wanted in understood.intents


def _trust(phrases: Mapping[Intent, Iterable[str]]) -> Table:
    filed = [(intent, phrase) for intent in phrases for phrase in phrases[intent]]
    random.Random(1).shuffle(filed)
    guessed: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        known: dict[Intent, list[str]] = {}
        for number, (intent, phrase) in enumerate(filed):
            if number % FOLDS != fold:
                known.setdefault(intent, []).append(phrase)
        model = PhraseModel(known)
        for intent, phrase in filed[fold::FOLDS]:
            best = model.guesses(marked(folded(phrase)))[0]
            guessed.append((best.chance, best.intent is intent))
    rows: list[tuple[Cell, ...]] = []
    for low, high in zip((0.0, *BINS), BINS, strict=False):
        inside = [(chance, right) for chance, right in guessed if low <= chance < high]
        if inside:
            said, true = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            rows.append((f"{low:.2f} to {min(high, 1):.2f}", len(inside), said, true))
    rows.append(
        ("all", len(guessed), sum(c for c, _ in guessed) / len(guessed), sum(r for _, r in guessed) / len(guessed))
    )
    columns = ("chance of the guess", "phrases", "mean chance", "right")
    note = f"{len(filed):,} phrases, each guessed by those of the other {FOLDS - 1} fifths, without the cues."
    return Table("understanding: how far a guess can be trusted", columns, rows, note)


def _time(texts: Sequence[str], model: PhraseModel, counted_s: float) -> Table:
    rows: list[tuple[Cell, ...]] = [("counting the phrases, once", 1000 * counted_s, 1000 * counted_s)]
    longest = ["I lost my job and cannot pay this month, " * 100, "我这个月没有收入，" * 500]
    for name, given in (("a sentence", texts), ("4,096 characters", [text[:4096] for text in longest])):
        spent = sorted(_ms(text, model) for text in given)
        rows.append((name, median(spent), spent[-1]))
    return Table("understanding: time", ("what", "ms, median", "ms, most"), rows)


def _ms(text: str, model: PhraseModel) -> float:
    begun = time.perf_counter()
    understand(text, model)
    return 1000 * (time.perf_counter() - begun)
