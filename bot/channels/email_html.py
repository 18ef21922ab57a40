"""A message as an HTML page for every mail program and screen reader: one column, inline styles, no images, nothing
loaded from elsewhere.

Telegram's markup is parsed and written again, so that only what is listed here can get into a mail.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from bot.channels import Envelope, links
from bot.message import Button

# (opening, closing). All of these are allowed inside a paragraph.
_TAGS = {
    **dict.fromkeys(("b", "strong"), ("<strong>", "</strong>")),
    **dict.fromkeys(("i", "em"), ("<em>", "</em>")),
    **dict.fromkeys(("u", "ins"), ("<u>", "</u>")),
    **dict.fromkeys(("s", "strike", "del"), ("<s>", "</s>")),
    "code": ('<code style="font-family:monospace">', "</code>"),
    "pre": ('<code style="font-family:monospace;white-space:pre-wrap">', "</code>"),
    "blockquote": ('<span style="display:block;border-left:3px solid #767676;padding-left:12px">', "</span>"),
}
_LINK_SCHEMES = ("https://", "http://", "mailto:", "tel:", "tg://")

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="margin:0;padding:24px 16px">
<div lang="{language}" dir="auto" style="max-width:560px;margin:0 auto;font-family:system-ui,-apple-system,'Segoe UI',\
Roboto,'PingFang SC','PingFang TC','Microsoft YaHei','Microsoft JhengHei',sans-serif;font-size:16px;line-height:1.6">
{body}
</div>
</body>
</html>
"""
_PARAGRAPH = '<p style="margin:0 0 16px">'
# White on this blue has a contrast of 6.5 : 1 (WCAG 2, 1.4.3 asks for 4.5 : 1).
_BUTTON = (
    '<p style="margin:0 0 16px"><a href="{url}" style="display:inline-block;padding:12px 20px;border-radius:8px;'
    'background-color:#1a5fb4;color:#ffffff;font-weight:bold;text-decoration:none">{label}</a></p>'
)


def page(envelope: Envelope) -> str:
    """The whole page: the words, and a link for each button that opens one. Buttons that work only in Telegram are
    left out."""
    paragraphs = [paragraphs_of(envelope.message.text), *(_button(b) for b in links(envelope.message))]
    return _PAGE.format(
        language=html.escape(envelope.language), title=html.escape(envelope.headline), body="\n".join(paragraphs)
    )


def paragraphs_of(markup: str) -> str:
    """Telegram's HTML as paragraphs: an empty line begins a new one, other line ends stay."""
    writer = _Writer()
    writer.feed(markup.strip().replace("\r\n", "\n"))
    writer.close()
    return writer.page()


class _Writer(HTMLParser):
    """Writes each known tag in its own way, and only the content of any other."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = [_PARAGRAPH]
        self._open: list[tuple[str, str, str]] = []  # (tag, its opening, its closing)

    def page(self) -> str:
        return "".join([*self._out, *(closing for _, _, closing in reversed(self._open)), "</p>"])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        opening, closing = _link(dict(attrs).get("href") or "") if tag == "a" else _TAGS.get(tag, ("", ""))
        self._open.append((tag, opening, closing))
        self._out.append(opening)

    def handle_endtag(self, tag: str) -> None:
        if tag not in (name for name, _, _ in self._open):
            return
        while True:
            name, _, closing = self._open.pop()
            self._out.append(closing)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        first, *others = re.split(r"\n(?:[ \t]*\n)+", data)
        self._out.append(_lines(first))
        for words in others:
            self._begin_paragraph()
            self._out.append(_lines(words))

    def _begin_paragraph(self) -> None:
        """Open tags are closed and opened again in the next paragraph, because no tag may cross paragraphs."""
        self._out += [closing for _, _, closing in reversed(self._open)]
        self._out += ["</p>\n", _PARAGRAPH]
        self._out += [opening for _, opening, _ in self._open]


def _lines(words: str) -> str:
    """Line ends as breaks; spaces that indent a line are kept."""
    indented = re.sub(r"(?<=\n) +", lambda spaces: "\u00a0" * len(spaces[0]), words)
    return html.escape(indented).replace("\n", "<br>\n")


def _link(address: str) -> tuple[str, str]:
    if not address.lower().startswith(_LINK_SCHEMES):
        return "", ""
    return f'<a href="{html.escape(address)}">', "</a>"


def _button(button: Button) -> str:
    return _BUTTON.format(url=html.escape(button.url), label=html.escape(button.label))
