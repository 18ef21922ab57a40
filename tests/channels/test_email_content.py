"""What a customer sees of a mail, on a lock screen, in a mail program, or read aloud; and that nobody can forge it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import cast

import pytest

from bot.channels import Envelope
from bot.channels.email_content import Post, compose, message_id
from bot.channels.email_html import page, paragraphs_of
from bot.message import Button, Message

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
POST = Post("notices@wallet.example", "Wallet", "anna@example.org", "<1@wallet.example>", AT, "stop@wallet.example")


def read(envelope: Envelope, post: Post = POST) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(compose(post, envelope), policy=policy.default))


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def paragraph(inner: str) -> str:
    return f'<p style="margin:0 0 16px">{inner}</p>'


def test_a_mail_has_a_text_and_an_html_part_in_this_order(notice: Envelope) -> None:
    mail = read(notice)
    assert mail.get_content_type() == "multipart/alternative"
    parts = [(p.get_content_type(), p.get_content_charset()) for p in mail.iter_parts()]
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]


def test_the_text_part_says_it_all_with_the_links_written_out(notice: Envelope) -> None:
    assert part(read(notice), "plain") == (
        "A short note from Wallet\n\nComing up:\n• Visa & more: NT$1,200.00, due Tue, 24 Nov\n"
        "    of it 20.00 interest\n\nTurn reminders off: reply STOP\n\nPay: https://wallet.example/pay?i=1&c=2\n"
    )


def test_the_html_part_has_paragraphs_and_line_breaks(notice: Envelope) -> None:
    assert paragraph(
        "Coming up:<br>\n• Visa &amp; more: <strong>NT$1,200.00</strong>, due Tue, 24 Nov<br>\n"
        "\u00a0\u00a0\u00a0\u00a0<em>of it 20.00 interest</em>"
    ) in page(notice)


def test_a_button_that_opens_a_link_is_a_link_and_any_other_is_left_out(notice: Envelope) -> None:
    html = page(notice)
    assert '<a href="https://wallet.example/pay?i=1&amp;c=2" ' in html
    assert "Balance" not in html


def test_a_screen_reader_knows_the_language() -> None:
    html = page(Envelope(Message("您好"), language="zh-Hant"))
    assert html.count('lang="zh-Hant"') == 2


def test_chinese_arrives_as_it_was_written() -> None:
    mail = read(
        Envelope(Message("<b>親愛的客戶，您好</b>\n" + "繳款提醒" * 300), "錢包的小提醒 " * 8, language="zh-Hant")
    )
    assert part(mail, "plain").startswith("親愛的客戶，您好\n繳款提醒")
    assert "<strong>親愛的客戶，您好</strong>" in part(mail, "html")
    assert mail["Subject"] == ("錢包的小提醒 " * 8).strip()


def test_a_mail_goes_through_servers_that_take_ascii_in_short_lines_only() -> None:
    raw = compose(POST, Envelope(Message("款" * 3000), "錢包" * 50, language="zh-Hans"))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 78


def test_the_headers_say_that_no_person_wrote_it_and_in_which_language(notice: Envelope) -> None:
    mail = read(replace(notice, language="zh-Hant"))
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "zh-Hant")
    assert mail["Date"].datetime == AT


def test_one_can_stop_by_mail(notice: Envelope) -> None:
    mail = read(notice)
    assert mail["List-Unsubscribe"] == "<mailto:stop@wallet.example?subject=unsubscribe>"
    assert "List-Unsubscribe-Post" not in mail


def test_one_can_stop_by_one_click_where_there_is_an_address_for_it(notice: Envelope) -> None:
    url = f"https://bot.wallet.example/stop?t={'x' * 200}"
    mail = compose(POST, replace(notice, unsubscribe=url))
    assert f"List-Unsubscribe: <{url}>, <mailto:stop@wallet.example?subject=unsubscribe>\r\n".encode() in mail
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in mail


def test_a_message_id_stays_whole_however_long_the_domain_is(notice: Envelope) -> None:
    id_ = message_id("notice-7", "anna@example.org", f"notices@{'a' * 60}.{'b' * 60}.example")
    assert f"Message-ID: {id_}\r\n".encode() in compose(replace(POST, message_id=id_), notice)


def test_two_customers_mails_never_share_a_message_id() -> None:
    ids = {message_id("7", recipient, POST.sender) for recipient in ("anna@example.org", "bob@example.org")}
    assert len(ids) == 2


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\x00"])
def test_nobody_can_write_a_header_through_a_subject(notice: Envelope, end: str) -> None:
    mail = read(replace(notice, subject=f"Hello{end}Bcc: bob@example.org"))
    assert "Bcc" not in mail
    assert mail["Subject"].replace(" ", "") == "HelloBcc:bob@example.org"


def test_nobody_can_write_a_header_through_the_brand(notice: Envelope) -> None:
    mail = read(notice, replace(POST, brand='Evil" <x@y.example>\r\nBcc: bob@example.org'))
    assert "Bcc" not in mail
    assert [address.addr_spec for address in mail["From"].addresses] == [POST.sender]


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "en\r\nBcc: bob@example.org"},
        {"unsubscribe": "https://x.example\r\nBcc: bob@example.org"},
        {"unsubscribe": "https://x.example>, <https://y.example"},
        {"unsubscribe": "http://x.example"},
    ],
)
def test_nobody_can_write_a_header_through_an_envelope(notice: Envelope, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="an envelope's"):
        replace(notice, **wrong)


def test_half_a_character_does_not_stop_a_mail() -> None:
    assert part(read(Envelope(Message("a\ud83d b"))), "plain") == "a? b\n"


@pytest.mark.parametrize(
    ("markup", "inner"),
    [
        ("3 &lt; 4 &amp; 5", "3 &lt; 4 &amp; 5"),
        ("<u>a</u> <s>b</s>", "<u>a</u> <s>b</s>"),
        ('<a href="https://x.example/?a=1&amp;b=2">x</a>', '<a href="https://x.example/?a=1&amp;b=2">x</a>'),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<img src="https://x.example/seen.gif">x', "x"),
        ('<b onclick="x()">y</b>', "<strong>y</strong>"),
        ("<script>x < y</script>", "x &lt; y"),
        ("<b>open", "<strong>open</strong>"),
        ("<b><i>crossed</b></i>", "<strong><em>crossed</em></strong>"),
        ("<tg-spoiler>x</tg-spoiler>", "x"),
    ],
)
def test_only_known_markup_gets_into_a_mail(markup: str, inner: str) -> None:
    assert paragraphs_of(markup) == paragraph(inner)


def test_what_is_bold_over_an_empty_line_is_bold_in_both_paragraphs() -> None:
    assert paragraphs_of("<b>one\n\ntwo</b>") == "\n".join(
        (paragraph("<strong>one</strong>"), paragraph("<strong>two</strong>"))
    )


def test_every_tag_of_a_page_is_closed() -> None:
    class Balance(HTMLParser):
        open: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    message = Message("<blockquote>a\n\n<pre>b\n  c</pre></blockquote>", ((Button("<Pay>", url="https://x.example"),),))
    Balance().feed(page(Envelope(message)))
    assert Balance.open == []
