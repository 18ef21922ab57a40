"""A greeting is one only where nothing else is said."""

from __future__ import annotations

import pytest

from bot.rules.customers.greetings import asks_what_it_does, is_greeting


@pytest.mark.parametrize(
    "text",
    ["hello", "Hi there!", "good morning bot", "hi hi", "hello" + " " * 55, "你好", "您好！", "哈囉", "嗨 你好", "早"],
)
def test_a_greeting(text: str) -> None:
    assert is_greeting(text) and not asks_what_it_does(text)


@pytest.mark.parametrize(
    "text", ["what can you do", "What can you do?", "你能做什么", "你可以做什麼？", "menu", "怎麼用"]
)
def test_a_question_what_it_does(text: str) -> None:
    assert asks_what_it_does(text) and not is_greeting(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "hello i cannot pay",
        "早点还",
        "你好，我要还款",
        "在吗我想还款",
        "who is this person",
        "hi " * 40,
        "hello" + " " * 56,  # too long for one
        "how are you going to fix it",
    ],
)
def test_neither(text: str) -> None:
    assert not is_greeting(text) and not asks_what_it_does(text)
