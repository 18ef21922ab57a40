"""A file of words that agents are asked about says each of its faults with its line and what was expected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.topics.forbidden_phrases import MOST_CHARS, MOST_PHRASES, GuardWordsFaulty, read_guard_words, together
from bot.rules.topics.message_screening import Found, look_at

KINDS = "threat, third_party, false_deadline"
LONG = "x" * (MOST_CHARS + 1)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('rude = "you"', [f"line 1: 'rude' is no kind of words that are asked about; expected one of {KINDS}"]),
        (
            'threat = ["or else"]\n[third_party]\na = 1\n',
            [
                'line 1: threat is not text; expected phrases, one a line, between two """',
                'line 2: third_party is not text; expected phrases, one a line, between two """',
            ],
        ),
        (
            f'threat = """\nor else\n{LONG}\n\u200b!\n🔪\n"""\nfalse_deadline = "{LONG}"\n',
            [
                "line 3: threat: a phrase of 201 characters; expected at most 200: shorten it",
                "line 4: threat: a phrase of punctuation only; expected words: take it away",
                "line 7: false_deadline: a phrase of 201 characters; expected at most 200: shorten it",
            ],
        ),
        (
            'threat = """\n' + "\n".join(map(str, range(MOST_PHRASES + 1))) + '"""',
            ["line 1: 1,001 phrases; expected at most 1,000: take some away"],
        ),
        ('# mine\n\nthreat.a = "b"', ['line 3: threat is not text; expected phrases, one a line, between two """']),
        (
            'threat = "a"\nthreat = "b"',
            [f"line 2: not TOML: Cannot overwrite a value (at end of document); expected lines of phrases for {KINDS}"],
        ),
        (
            "threat = " + "[" * 5000,
            [f"line 1: not TOML: lists or tables are nested too deeply; expected lines of phrases for {KINDS}"],
        ),
    ],
)
def test_each_fault_has_its_line(text: str, faults: list[str]) -> None:
    with pytest.raises(GuardWordsFaulty) as told:
        read_guard_words(text)
    assert list(map(str, told.value.faults)) == faults
    assert str(told.value).splitlines() == faults


def test_a_file_and_a_phrase_may_be_as_long_as_that() -> None:
    longest = "xy" * (MOST_CHARS // 2)
    phrases = [longest, *map(str, range(MOST_PHRASES - 1))]
    words = read_guard_words('threat = """\n' + "\n".join(phrases) + '"""')
    assert words.count == MOST_PHRASES
    assert look_at(longest, words, ()) == (Found("threat", longest),)


def test_phrases_of_several_files_are_found_in_every_script() -> None:
    ours = read_guard_words('threat = """\n\n  橡果不會放過你 \nRed  LETTER\n"""\n')
    both = together([ours, read_guard_words('threat = "red letter"\nfalse_deadline = "by noon"')])
    assert both.count == 3
    found = look_at("橡果不会放过你！ A red letter comes by noon.", both, ())
    assert [one.kind for one in found] == ["threat", "threat", "false_deadline"]
    assert Found("threat", "red letter") in found
    assert read_guard_words("").count == 0


@given(text=st.text(max_size=100) | st.text(max_size=50).map(lambda inside: f"threat = '''{inside}'''"))
def test_any_text_is_read_or_told_to_be_faulty(text: str) -> None:
    try:
        words = read_guard_words(text)
    except GuardWordsFaulty as error:
        assert error.faults
    else:
        look_at(text, words, ())
