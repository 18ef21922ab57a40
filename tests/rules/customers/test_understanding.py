"""What customers write is taken as what they mean, and never as its opposite."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.customers.cues import cues
from bot.rules.customers.folded_text import folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.phrase_model import Guess, PhraseModel
from bot.rules.customers.understanding import MOST_MEANT, Understood, understand
from bot.work.customers.phrase_book import PhraseBook

SENTENCES = list(csv.DictReader((Path(__file__).parent / "sentences.tsv").open(encoding="utf-8"), delimiter="\t"))
MODEL = PhraseBook().model


def meant(text: str) -> tuple[Intent, ...]:
    return understand(text, MODEL).intents


def is_taken_right(wanted: str, text: str) -> bool:
    found = understand(text, MODEL)
    if wanted.startswith("not:"):
        return wanted.removeprefix("not:") not in found.intents
    if wanted == Intent.NONE:
        return found == Understood()
    return wanted in found.intents


def test_a_sentence_is_taken_as_what_it_means() -> None:
    assert [row for row in SENTENCES if not is_taken_right(row["intent"], row["text"])] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("stop, I paid yesterday", {Intent.STOP, Intent.PAID}),
        ("別再傳了，我昨天已經繳了", {Intent.STOP, Intent.PAID}),
        ("I lost my job. Can I pay in parts?", {Intent.HARDSHIP, Intent.PLAN}),
        ("没钱，我不想活了", {Intent.HARDSHIP, Intent.DISTRESS}),
    ],
)
def test_a_sentence_with_two_wishes_is_both(text: str, wanted: set[Intent]) -> None:
    assert set(meant(text)) == wanted


@pytest.mark.parametrize(
    "word",
    ["name", "he", "Peter", "contact", "texts", "list", "yesterday", "bank", "号码", "银行", "昨天", "通知", "找錯"],
)
def test_a_word_alone_that_sentences_of_an_intent_have_is_asked_about(word: str) -> None:
    """It ends no reminders: who answers 'Peter', or asks for a 'contact', may mean anything."""
    found = understand(word, MODEL)
    assert found.intents == () and {Intent.STOP, Intent.WRONG, Intent.PAID} & set(found.likely)
    assert understand(f"hello, {word}.", MODEL).intents == ()


@pytest.mark.parametrize(("word", "intent"), [("stop", "stop"), ("TD", "stop"), ("paid", "paid"), ("不是我", "wrong")])
def test_a_word_alone_that_is_a_phrase_is_taken_as_it(word: str, intent: str) -> None:
    assert meant(word) == (Intent(intent),)


def test_what_a_life_depends_on_comes_first() -> None:
    assert meant("没钱，我不想活了")[0] is Intent.DISTRESS


@pytest.mark.parametrize(
    "text",
    ["STOP", "ｓｔｏｐ", "Stop!!!!", "stoppp", "please stop 🙏", "停！", "停。", "退訂", "ＴＤ"],
)
def test_stop_is_heard_however_it_is_typed(text: str) -> None:
    assert Intent.STOP in meant(text)


@pytest.mark.parametrize("text", ["", " ", "🙂", "…", "?!", "123", "\u202e", "a" * 4096, "ก็ไม่รู้"])
def test_nothing_that_is_known_means_nothing(text: str) -> None:
    assert meant(text) == ()


class Chances(PhraseModel):
    """A model that is so sure of whatever is said."""

    def __init__(self, best: float, second: float) -> None:
        super().__init__({})
        self.found = [Guess(Intent.PAY, best), Guess(Intent.DUE, second)]

    def guesses(self, sentence: str) -> list[Guess]:
        return self.found


@pytest.mark.parametrize(
    ("best", "second", "understood"),
    [
        (0.4, 0.39, Understood((Intent.PAY,))),
        (0.39, 0.38, Understood(likely=(Intent.PAY, Intent.DUE))),
        (0.15, 0.01, Understood((Intent.PAY,))),
        (0.14, 0.01, Understood(likely=(Intent.PAY,))),
        (3 / 16, 1 / 16, Understood((Intent.PAY,))),  # three times as likely
        (0.18, 0.061, Understood(likely=(Intent.PAY, Intent.DUE))),
        (0.06, 0.05, Understood(likely=(Intent.PAY,))),
        (0.05, 0.05, Understood()),
    ],
)
def test_what_is_exactly_sure_enough_is_acted_on(best: float, second: float, understood: Understood) -> None:
    assert understand("words", Chances(best, second)) == understood


def test_a_clause_that_is_exactly_sure_enough_counts() -> None:
    stops = "stop messaging me, and so on"
    assert understand(stops, Chances(0.75, 0)).intents == (Intent.STOP, Intent.PAY)
    assert understand(stops, Chances(0.74, 0)).intents == (Intent.STOP,)


class Answers(PhraseModel):
    """A model that knows `words`, and for some sentences what they mean; for the others it says nothing."""

    def __init__(self, words: str, of: dict[str, list[tuple[Intent, float]]]) -> None:
        super().__init__({Intent.NONE: [words]})
        self.of = of

    def guesses(self, sentence: str) -> list[Guess]:
        likely = self.of.get(" ".join(sentence.split()), [])
        return [Guess(*guess) for guess in (*likely, (Intent.NONE, 0.01), (Intent.THANKS, 0.01))]


PAY, DUE = [(Intent.PAY, 0.5)], [(Intent.DUE, 0.5)]
IN_NEED = [(Intent.HARDSHIP, 0.9)]
PAY_OR_PLAN, DUE_OR_FEES = [(Intent.PAY, 0.3), (Intent.PLAN, 0.2)], [(Intent.DUE, 0.3), (Intent.FEES, 0.2)]


@pytest.mark.parametrize(
    ("typed", "rightly", "understood"),
    [
        (PAY, DUE, Understood((Intent.DUE,))),
        (IN_NEED, DUE, Understood((Intent.HARDSHIP, Intent.DUE))),  # never missed
        (PAY, DUE_OR_FEES, Understood((Intent.PAY,))),
        (PAY, [], Understood((Intent.PAY,))),
        (PAY_OR_PLAN, DUE, Understood((Intent.DUE,))),
        (PAY_OR_PLAN, DUE_OR_FEES, Understood(likely=(Intent.DUE, Intent.FEES))),
        ([], DUE_OR_FEES, Understood(likely=(Intent.DUE, Intent.FEES))),
    ],
)
def test_a_sentence_means_what_it_does_with_its_spelling_set_right(
    typed: list[tuple[Intent, float]], rightly: list[tuple[Intent, float]], understood: Understood
) -> None:
    assert understand("zzword", Answers("zzxword", {"zzword": typed, "zzxword": rightly})) == understood


def test_nobody_is_asked_beside_what_must_not_be_missed() -> None:
    """As typed, somebody is in need and wants to die; set right, they rule out the second, and the rest is unclear."""
    typed, rightly = "i coudl kill for a coffee", "i could kill for a coffee"
    of = {"zzword": IN_NEED, typed: [(Intent.DISTRESS, 0.9)], f"zzxword, {rightly}": DUE_OR_FEES}
    assert understand(f"zzword, {typed}", Answers(f"zzxword {rightly}", of)) == Understood((Intent.HARDSHIP,))


@pytest.mark.parametrize(
    ("text", "likely", "understood"),
    [
        ("zz friday", [(Intent.PROMISE, 0.3), (Intent.PAY, 0.2)], Understood((Intent.PROMISE,))),
        ("嗨周五", [(Intent.PROMISE, 0.3), (Intent.PAY, 0.2)], Understood((Intent.PROMISE,))),
        ("zz", [(Intent.PROMISE, 0.3), (Intent.PAY, 0.2)], Understood(likely=(Intent.PROMISE, Intent.PAY))),
        ("zz friday", [(Intent.PAY, 0.3), (Intent.PROMISE, 0.2)], Understood(likely=(Intent.PAY, Intent.PROMISE))),
    ],
)
def test_a_day_makes_a_promise_of_what_is_most_like_one(
    text: str, likely: list[tuple[Intent, float]], understood: Understood
) -> None:
    assert understand(text, Answers("zz", {"zz someday": likely, "嗨某日": likely, "zz": likely})) == understood


def test_what_the_whole_rules_out_no_clause_means() -> None:
    assert meant("stop the bot, give me an agent") == (Intent.PERSON,)
    assert Intent.DISTRESS not in meant("跑死了今天，好累")
    assert meant("not a scam? I don't want a plan, pay in parts") == (Intent.FRAUD,)


def test_unknown_words_are_not_guessed_at() -> None:
    assert understand("qwrtz plk vbnmx", MODEL) == Understood()


def test_who_wants_to_die_is_never_asked_whether_they_mean_it() -> None:
    for row in SENTENCES:
        assert not {Intent.DISTRESS, Intent.HARDSHIP, Intent.NONE} & set(understand(row["text"], MODEL).likely)


@given(st.text(max_size=400))
def test_any_text_is_understood_or_not_without_an_error(text: str) -> None:
    found = understand(text, MODEL)
    assert len(found.intents) <= MOST_MEANT
    assert not (found.intents and found.likely)


@pytest.mark.parametrize(
    "piece",
    [
        "没",
        "不要再",
        "do not ",
        "i am ",
        "kill ",
        "stop sending me ",
        "a\u0301",
        "还没还",
        "not not not ",
        "撑不",
        "a ",
        "𝔸",
    ],
)
def test_the_time_grows_with_the_length_only(piece: str) -> None:
    """Eight times the text takes less than twenty times as long: what grows with the square would take sixty-four."""

    def takes_s(length: int) -> float:
        text = (piece * length)[:length]
        begun = time.process_time()
        said = folded(text)
        cues(said, said)
        return time.process_time() - begun

    short = min(takes_s(512) for _ in range(5))
    assert any(takes_s(4096) < 20 * max(short, 0.0005) for _ in range(5))


def test_the_same_phrases_give_the_same_answer() -> None:
    phrases = {Intent.PAY: ["let me pay"], Intent.STOP: ["no more of this"]}
    assert PhraseModel(phrases).guesses("pay me") == PhraseModel(phrases).guesses("pay me")


def test_a_model_without_phrases_knows_nothing() -> None:
    assert understand("let me pay", PhraseModel({})) == Understood()
