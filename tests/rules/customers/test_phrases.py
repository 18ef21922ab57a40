"""A file of phrases is read whole, or each of its faults is told with its line."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from bot.policies import phrases as shipped
from bot.rules.customers.intents import Intent
from bot.rules.customers.phrases import MOST_CHARS, MOST_PHRASES, PhrasesFaulty, read_phrases
from bot.rules.customers.understanding import understand
from bot.rules.languages import TAGS
from bot.work.customers.phrase_book import PhraseBook, shipped_phrases
from bot.work.customers.phrase_check import faults, main

GOOD = '[pay]\nen = """\nbeam it over\n\n  zap the dough  \n"""\n'


def test_phrases_are_a_line_each() -> None:
    assert read_phrases(GOOD) == {Intent.PAY: ["beam it over", "zap the dough"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[pai]\nen = "pay"\n', "line 1: [pai] is nothing that can be meant; expected one of distress, stop"),
        ('[pay]\nfr = "payer"\n', f"line 2: [pay] fr is not a language of duebot; expected {', '.join(TAGS)}"),
        ("[pay]\nen = 5\n", "line 2: [pay] en is not text; expected phrases, one a line"),
        ("pay = 5\n", "line 1: pay is given as a value; expected tables such as [paid]"),
        ('# mine\n\npai.en = "pay"\n', "line 3: [pai] is nothing that can be meant; expected one of distress, stop"),
        (
            f'[pay]\nen = """\na\n{"b" * 201}\n"""\n',
            "line 4: [pay] en: a phrase of 201 characters; expected at most 200",
        ),
        ("[pay\n", "line 1: not TOML"),
        ("pay = " + "[" * 20_000, "nested too deeply"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(PhrasesFaulty) as caught:
        read_phrases(text)
    assert said in str(caught.value)


def test_a_wallets_own_phrases_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(GOOD)
    assert understand("beam it over", PhraseBook(str(file)).model).intents == (Intent.PAY,)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PhrasesFaulty, match="cannot be read: No such file"):
        PhraseBook(str(tmp_path / "none.toml"))


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_bytes('[pay]\nzh-Hans = "还款"\n'.encode("gb18030"))
    with pytest.raises(PhrasesFaulty, match="line 2: no UTF-8"):
        PhraseBook(str(file))


def test_each_shipped_phrase_is_taken_as_what_it_is_filed_under() -> None:
    assert list(faults(shipped_phrases())) == []


def test_the_check_tells_what_a_file_contradicts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[thanks]\nen = """\nstop messaging me\n"""\n')
    assert main([str(file)]) == 1
    assert "thanks: 'stop messaging me' is filed under stop, too" in capsys.readouterr().out


@pytest.mark.parametrize("file", [file for file in files(shipped).iterdir() if file.name.endswith(".toml")])
def test_what_is_shipped_in_a_language_has_phrases_for_each_intent(file: Traversable) -> None:
    assert set(read_phrases(file.read_text(encoding="utf-8"))) == set(Intent)


def test_every_fault_of_a_file_is_told_in_the_order_of_its_lines() -> None:
    with pytest.raises(PhrasesFaulty) as refused:
        read_phrases('pay = 3\n[nothing]\nfr = "x"\n[paid]\nen = 3\nfr = "y"\n')
    assert [(fault.line, fault.message.partition(";")[0]) for fault in refused.value.faults] == [
        (1, "pay is given as a value"),
        (2, "[nothing] is nothing that can be meant"),
        (3, "[nothing] fr is not a language of duebot"),
        (5, "[paid] en is not text"),
        (6, "[paid] fr is not a language of duebot"),
    ]
    assert str(refused.value).splitlines() == [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize("more", [0, 1])
def test_a_phrase_has_so_many_characters_at_most(more: int) -> None:
    text = f'[pay]\nen = """\nfine\n{"x" * (MOST_CHARS + more)}\n"""\n'
    if not more:
        assert read_phrases(text) == {Intent.PAY: ["fine", "x" * MOST_CHARS]}
        return
    with pytest.raises(PhrasesFaulty, match=f"^line 4: .* a phrase of {MOST_CHARS + 1} characters; expected at most"):
        read_phrases(text)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ('"LONG"', 2),
        ('"""LONG"""', 2),
        ("'''\nLONG'''", 3),
        ('"""  \nLONG\n"""', 3),
        ('"""\n\nLONG\n"""', 4),
    ],
)
def test_a_phrase_that_is_too_long_is_told_with_its_own_line(value: str, line: int) -> None:
    text = f"[pay]\nen = {value}\n".replace("LONG", "x" * (MOST_CHARS + 1))
    with pytest.raises(PhrasesFaulty, match=f"^line {line}: "):
        read_phrases(text)


@pytest.mark.parametrize("more", [0, 1])
def test_a_file_has_so_many_phrases_at_most(more: int) -> None:
    text = f'[pay]\nen = """\n{"x" * 9 + chr(10)}{("y" + chr(10)) * (MOST_PHRASES - 1 + more)}"""\n'
    if not more:
        assert len(read_phrases(text)[Intent.PAY]) == MOST_PHRASES
        return
    with pytest.raises(PhrasesFaulty, match="^line 1: more than 20,000 phrases; expected fewer$"):
        read_phrases(text)
