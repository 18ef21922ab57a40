"""An SMS is short, says where it ends that it was shortened, and still tells how to stop and where to look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.sms_text import segments, sms_text
from bot.message import Button, Message

PAY = ((Button("Pay", url="https://w.example/p?i=1"),), (Button("Balance", "balance"),))


def of_lines(line: str, count: int) -> Message:
    lines = "\n".join(f"{line} {n}" for n in range(count))
    return Message(f"A note from Wallet\n\nComing up:\n{lines}\n\nReply STOP to stop", PAY)


def test_a_short_message_is_sent_whole(reminder: Message) -> None:
    assert sms_text(reminder) == (
        "A short note from Wallet\nComing up:\n- Visa & more: NT$1,200.00, due Tue, 24 Nov\nof it 20.00 interest\n"
        "Turn reminders off: reply STOP\nPay: https://wallet.example/pay?i=1&c=2"
    )


@pytest.mark.parametrize("line", ["Visa: NT$1,200.00", "信用卡帳單：NT$1,200.00"])
def test_a_long_message_ends_at_a_line_and_still_says_how_to_stop_and_where_to_look(line: str) -> None:
    *kept, mark, stop, where = sms_text(of_lines(line, 60)).split("\n")
    assert (stop, where) == ("Reply STOP to stop", "Pay: https://w.example/p?i=1")
    assert mark in ("…", "...")
    assert kept == ["A note from Wallet", "Coming up:", *(f"{line} {n}" for n in range(len(kept) - 2))]
    assert len(kept) > 4


@pytest.mark.parametrize("line", ["Visa: NT$1,200.00", "信用卡帳單：NT$1,200.00"])
def test_a_message_takes_as_much_of_three_segments_as_it_can(line: str) -> None:
    text = sms_text(of_lines(line, 60))
    assert segments(text) == 3
    assert segments(text + line * 2) > 3


def test_no_heading_is_left_without_what_it_announces() -> None:
    message = Message("Hello\nComing up:\n" + "x" * 450 + "\n\nReply STOP", ())
    assert sms_text(message) == "Hello\n...\nReply STOP"


def test_one_line_that_is_too_long_ends_at_a_word() -> None:
    text = sms_text(Message("word " * 200 + "\n\nReply STOP"))
    assert text.endswith("word...\nReply STOP")
    assert segments(text) == 3


def test_quotation_marks_do_not_make_an_sms_dearer() -> None:
    assert sms_text(Message("“You’re fine” – thanks…")) == '"You\'re fine" - thanks...'


def test_chinese_keeps_its_own_signs() -> None:
    assert sms_text(Message("您好……請看「帳單」—謝謝")) == "您好……請看「帳單」—謝謝"


def test_an_address_is_never_cut() -> None:
    url = f"https://w.example/{'x' * 430}"
    assert sms_text(Message("Long " * 200 + "\n\nReply STOP", ((Button("Pay", url=url),),))).endswith("\nReply STOP")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 77, 1),
        ("款" * 70, 1),
        ("款" * 71, 2),
        ("款" * 134, 2),
        ("款" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
    ],
)
def test_segments_are_counted_as_a_carrier_does(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_whatever_it_says_it_never_takes_more_than_three_segments(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    assert segments(sms_text(Message(escaped * 20, PAY))) <= 3
