"""Which messages of a customer need no answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
