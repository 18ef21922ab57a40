"""What of a sentence is compared with the phrases, and what follows from it."""

from __future__ import annotations

import pytest

from bot.rules.customers.day_and_sum_marks import marked
from bot.rules.customers.folded_text import folded
from bot.rules.customers.intents import Intent
from bot.rules.customers.phrase_model import PhraseModel, features
from bot.rules.customers.understanding import Understood, understand


def a_model() -> PhraseModel:
    return PhraseModel(
        {
            Intent.PAY: ["how do i pay it", "where do i pay"],
            Intent.DUE: ["when is it due"],
            Intent.PLAN: ["may i split it in parts"],
            Intent.THANKS: ["thanks a lot"],
            Intent.NONE: [],
        }
    )


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("", []),
        (
            "i paid abc",
            [
                *("w i", "w paid", "p <pai", "p paid", "p aid>", "w abc"),
                *("2 ^ i", "2 i paid", "2 paid abc", "2 abc $"),
                *("3 ^ i paid", "3 i paid abc", "3 paid abc $", "s i abc"),
            ],
        ),
        ("someday", ["w someday", "2 ^ someday", "2 someday $", "3 ^ someday $"]),
        (
            "还 款",
            [*("h ^", "h 还", "h 款", "h $"), *("h ^还", "h 还款", "h 款$"), *("h ^还款", "h 还款$", "h ^还款$")],
        ),
        ("ok 款", ["w ok", "2 ^ ok", "2 ok $", "3 ^ ok $", "h ^", "h 款", "h $", "h ^款", "h 款$", "h ^款$"]),
    ],
)
def test_words_and_their_pieces_are_compared(sentence: str, found: list[str]) -> None:
    assert features(sentence) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("i paid yesterday", "i paid  pastday "),
        ("我昨天还了", "我昔还了"),
        ("pay on friday", "pay  someday "),
        ("明天还", "某日还"),
        ("still 500", "still  somesum "),
    ],
)
def test_days_and_sums_are_one_word_each(text: str, said: str) -> None:
    assert marked(folded(text)) == said


def test_what_is_not_known_is_as_likely_as_anything() -> None:
    for model in (a_model(), PhraseModel({})):
        guesses = model.guesses("zzz")
        assert [guess.intent for guess in guesses] == list(Intent)
        assert [guess.chance for guess in guesses] == [pytest.approx(1 / len(Intent))] * len(Intent)


def test_the_same_phrases_always_give_the_same_chances() -> None:
    chances = {guess.intent: guess.chance for guess in a_model().guesses("do i pay pay in parts")}
    assert sum(chances.values()) == pytest.approx(1)
    found = [round(chances[intent], 6) for intent in (Intent.PAY, Intent.PLAN, Intent.DUE)]
    assert found == [0.178292, 0.633505, 0.003057]


def test_the_longest_sentence_of_known_words_has_chances_too() -> None:
    sentence = " ".join(f"{letter}{word}" for word in ("pay", "owe", "due") for letter in "bcdefghjklmnpqrstvwxz")
    rare = " ".join(f"{word}{n}" for n in range(4000) for word in ("w",))
    model = PhraseModel({Intent.PAY: [sentence], Intent.DUE: [rare[at : at + 200] for at in range(0, 20_000, 200)]})
    guesses = model.guesses(sentence)
    assert guesses[0].intent is Intent.PAY
    assert sum(guess.chance for guess in guesses) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("thanks a lot, how do i pay it", (Intent.PAY,)),  # thanks are politeness beside something else
        ("thanks a lot", (Intent.THANKS,)),
        ("when is it due, may i split it in parts", (Intent.PLAN, Intent.DUE)),  # the more urgent first
    ],
)
def test_what_several_clauses_mean_is_put_in_order(text: str, intents: tuple[Intent, ...]) -> None:
    assert understand(text, a_model()) == Understood(intents)
