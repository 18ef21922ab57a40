"""Which messages of a customer need no answer, and until when an agent may snooze a case."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.cases.snoozing import NoDay, rests_until
from bot.rules.customers.acknowledgements import SMALL, is_small


@pytest.mark.parametrize(
    "said",
    [
        *("OK", "ok.", "Okay!", "ＯＫ", "k", "Thanks", "thank you!", "Thank you very much.", "OK, thanks", "Got it 👍"),
        *(
            "好",
            "好的",
            "好的。",
            "好滴～",
            "嗯嗯",
            "知道了",
            "收到",
            "谢谢",
            "謝謝！",
            "好的谢谢",
            "好的，謝謝您🙏",
            "ok 谢谢",
        ),
        *("👍", "👍🏽", "👌👌", "🙏", "❤️", "☺️", "👍 好的", "麻烦了，谢谢", "了解了，感謝"),
        *("嗯好", "谢谢ok", "好的thanks", "ok" + " " * 70, "👍 " * 30, "👍\u200d", "ok\u2060", "👍" * 60),
    ],
)
def test_a_nod_is_small(said: str) -> None:
    assert is_small(said)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "",
            "ok?",
            "OK？",
            "no",
            "not ok",
            "ok but I can't pay",
            "thanks for nothing",
            "ok I will pay on friday",
            "1",
        ),
        *(
            "不好",
            "好的，我明天付",
            "不用谢",
            "好吗",
            "行不行",
            "可以吗？",
            "谢谢，但是我没有钱",
            "收到账单了吗",
            "好贵",
        ),
        *("👎", "😡", "😭", "👍 but when?", "no thanks", "ok " * 30, "https://example.com", "12,000", "好的" * 40),
        *("谢谢okthanks", "okthanks", "…" * 30 + "ok", "好ok的吗", "?", "👍?", "👍" * 61),
    ],
)
def test_whatever_says_something_is_not(said: str) -> None:
    assert not is_small(said)


@given(
    st.lists(st.sampled_from(sorted(SMALL)), min_size=1, max_size=3), st.sampled_from((" ", ", ", "，", "！ ", "\n"))
)
def test_several_small_words_are_small(words: list[str], between: str) -> None:
    said = between.join(words)
    assert is_small(said) == (len(said) <= 60)


@given(st.text(max_size=80))
def test_any_words_can_be_read(said: str) -> None:
    assert is_small(said) in (True, False)


NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # Monday, noon in Taipei


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("2026-03-05", (2026, 3, 5, 1)),
        ("2026-03-05 14:30", (2026, 3, 5, 6, 30)),
        ("03-05", (2026, 3, 5, 1)),
        ("3月5日 9：00", (2026, 3, 5, 1)),
        ("tomorrow", (2026, 3, 3, 1)),
        ("明天 8:15", (2026, 3, 3, 0, 15)),
        ("後天", (2026, 3, 4, 1)),
        ("Friday", (2026, 3, 6, 1)),
        ("mon", (2026, 3, 9, 1)),
        ("周五", (2026, 3, 6, 1)),
        ("禮拜天", (2026, 3, 8, 1)),
        ("3d", (2026, 3, 5, 1)),
        ("3天", (2026, 3, 5, 1)),
        ("60d", (2026, 5, 1, 1)),
        ("today 18:00", (2026, 3, 2, 10)),
        ("today 12:01", (2026, 3, 2, 4, 1)),
    ],
)
def test_a_day_is_read_by_the_customers_clock(words: str, until: tuple[int, ...]) -> None:
    assert rests_until(words.split(), "Asia/Taipei", NOW) == datetime(*until, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        *(("", "unreadable"), ("soon", "unreadable"), ("2026-02-30", "unreadable"), ("friday 25:00", "unreadable")),
        *(("next week friday", "unreadable"), ("3d then", "unreadable"), ("2026-03-01", "past"), ("today", "past")),
        *(("today 12:00", "past"), ("2026-03-05 14:30 sharp", "unreadable")),
        *(("0d", "past"), ("61d", "far"), ("2027-03-01", "far"), ("999d", "far"), ("02-27", "past")),
    ],
)
def test_a_day_that_cannot_be_says_why(words: str, why: str) -> None:
    found = rests_until(words.split(), "Asia/Taipei", NOW)
    assert isinstance(found, NoDay) and found.why == why
