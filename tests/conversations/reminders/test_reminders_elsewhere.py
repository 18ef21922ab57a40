"""A reminder outside Telegram: it offers nothing that needs Telegram, and says how to answer on that channel."""

from __future__ import annotations

from email.message import EmailMessage

from tests.conversations.channels import WideWorld


async def test_a_mail_says_how_to_answer_and_to_stop_mails(wide: WideWorld) -> None:
    wide.app.settings.pay_url = "https://pay.example/{instalment_id}"
    await wide.customer("C1", name="Anna Lee", email="anna@example.com")
    await wide.owes("C1", "I1", days=0)
    await wide.catch_up()
    words = _text(wide.mail.mail())
    assert "1,200.00" in words
    assert "open Wallet or our chat in Telegram" in " ".join(words.split())
    assert "https://pay.example/I1" in words
    assert "/stop" not in words
    assert "below" not in words


async def test_an_sms_says_where_to_answer(wide: WideWorld) -> None:
    await wide.customer("C1", name="王小明", language="zh-Hans", phone="+8613800000001")
    await wide.owes("C1", "I1", days=0)
    await wide.catch_up()
    words = str(wide.sms.taken)
    assert "不想再收到短信，请打开 Wallet" in words
    assert "/stop" not in words
    assert "下方" not in words


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
