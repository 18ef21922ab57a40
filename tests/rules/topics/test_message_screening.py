"""What an agent is asked about before it leaves: in each language, and without asking about what is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.facts.money import Money
from bot.rules.topics.forbidden_phrases import read_guard_words
from bot.rules.topics.message_screening import Found, look_at, perhaps_ids
from bot.work.topics.forbidden_phrases import shipped_words

OWED = (Money(120000, "TWD"), Money(50000, "TWD"), Money(170000, "TWD"))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Pay, or else we will sue you.", {"threat"}),
        ("WE’LL find YOU", {"threat"}),
        ("您再不还，后果自负", {"threat"}),
        ("再不繳就法院相見", {"threat"}),
        ("I will call your employer tomorrow.", {"third_party"}),
        ("我会通知你家人", {"third_party"}),
        ("我會聯絡你公司", {"third_party"}),
        ("This is your last chance.", {"false_deadline"}),
        ("请您马上还款", {"false_deadline"}),
        ("這是最後一次通知", {"false_deadline"}),
        ("You owe NT$1,300.00 today.", {"sum"}),
        ("您还欠 1300 元", {"sum"}),
        ("Please pay NT$9,999", {"sum"}),  # more than all there is
        ("You owe NT$1,200 and NT$500.00, so NT$1,700.", set()),
        ("您应还1200元", set()),
        ("Could you pay NT$300 on Friday?", set()),  # a proposal, not a debt
        ("Hello Anna, how are you? It is order 12, or elsewhere.", set()),
        ("我们不会告诉任何人。您好！", set()),
        ("", set()),
    ],
)
def test_a_text_is_asked_about_for_what_it_does(text: str, kinds: set[str]) -> None:
    assert {found.kind for found in look_at(text, shipped_words(), OWED)} == kinds


def test_what_is_found_is_named_once_and_as_it_was_said() -> None:
    found = look_at("最后一次机会！最后一次机会！ NT$1,300 is due", shipped_words(), OWED)
    assert found == (Found("false_deadline", "最后一次机会"), Found("sum", "nt$1,300"))


WORDS = read_guard_words('threat = """\nsue\nsue you\nwe\'ll go\n(now\nnow!\n"""\nthird_party = """\nyou\n"""')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((whole, ["sue"]) for whole in ("sue", "Sue!", "我sue我", "issue, sue", "sue issue", "issue sue issue")),
        *((part, []) for part in ("issue", "sues", "1sue", "sue1.", "a tissue")),
        ("a(now)", ["(now"]),
        ("now!a", ["now!"]),
        ("WE’LL\n go", ["we will go"]),
        ("I sue you", ["sue you", "you"]),  # the longer one of each kind
    ],
)
def test_a_phrase_in_letters_is_found_as_whole_words(text: str, said: list[str]) -> None:
    assert [found.said for found in look_at(text, WORDS, ())] == said


@pytest.mark.parametrize(
    ("text", "sums", "said"),
    [
        ("NT$1", (), ["nt$1"]),  # nothing is owed, so any sum is too much
        ("NT$0", (), []),
        ("NT$1,700", OWED, []),
        ("NT$1,701", OWED, ["nt$1,701"]),
        ("欠 NT$5", OWED, ["nt$5"]),
        ("NT$5 " + "-" * 28 + "欠", OWED, ["nt$5"]),
        ("NT$5 " + "-" * 29 + "欠", OWED, []),
    ],
)
def test_a_sum_is_found_that_is_more_than_all_or_said_to_be_owed(
    text: str, sums: tuple[Money, ...], said: list[str]
) -> None:
    assert [found.said for found in look_at(text, WORDS, sums)] == said


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("C-2 and C-10442 wrote", ["C-2", "C-10442"]),
        ("on 2026-03-09 at 9:00, 03-09, 500 and 1200", []),
        ("客户100442的账单", ["100442"]),
    ],
)
def test_what_may_be_an_id_is_no_day_and_no_small_number(text: str, ids: list[str]) -> None:
    assert list(perhaps_ids(text)) == ids


@given(text=st.text(max_size=300))
def test_any_text_is_looked_at(text: str) -> None:
    look_at(text, shipped_words(), OWED)
    assert len(perhaps_ids(text)) <= 50
