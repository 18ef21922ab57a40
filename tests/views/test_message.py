"""A message is complete before it is sent: its buttons fit, and its plain text says the same as the marked-up one."""

from __future__ import annotations

import pytest

from bot.message import Button, Message


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<b>3 &lt; 4</b> &amp; <i>so</i>", "3 < 4 & so"),
        ('<a href="https://pay.example/?a=1&amp;b=2">Pay</a>', "Pay (https://pay.example/?a=1&b=2)"),
        ('<a href="https://pay.example">https://pay.example</a>', "https://pay.example"),
        ("<blockquote>您好\n<code>NT$ 1,200</code></blockquote>", "您好\nNT$ 1,200"),
    ],
)
def test_the_plain_text_says_the_same(text: str, plain: str) -> None:
    assert Message(text).plain() == plain


def test_a_button_knows_that_telegram_takes_64_bytes() -> None:
    with pytest.raises(ValueError, match="66 bytes, Telegram takes 64"):
        Button("付款", action="款" * 22)


@pytest.mark.parametrize("both", [{}, {"action": "a", "url": "https://x.example"}])
def test_a_button_does_one_thing(both: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        Button("Pay", **both)


def test_a_message_has_one_keyboard() -> None:
    with pytest.raises(ValueError, match="only one of them"):
        Message("x", ask_contact="Share", drop_keyboard=True)
