"""Reads the HTML a bot sends (`parse_mode=HTML`) into text and entities, and refuses it as Telegram does.

Positions in refusals are byte offsets in UTF-8, offsets of entities are UTF-16 units, as in the real Bot API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from telegram.constants import MessageEntityType as Type

from bot.sandbox.entities import Entity, FormattedText, utf16_length
from bot.sandbox.errors import ApiError, bad_request

_SIMPLE = {
    "b": Type.BOLD,
    "strong": Type.BOLD,
    "i": Type.ITALIC,
    "em": Type.ITALIC,
    "u": Type.UNDERLINE,
    "ins": Type.UNDERLINE,
    "s": Type.STRIKETHROUGH,
    "strike": Type.STRIKETHROUGH,
    "del": Type.STRIKETHROUGH,
    "tg-spoiler": Type.SPOILER,
    "span": Type.SPOILER,
}
_TAGS = {*_SIMPLE, "a", "code", "pre", "blockquote", "tg-emoji"}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_SPACE = " \t\r\n\f\v"
_END = "\0"  # follows the last character, so that reading ahead needs no bounds
_PLAIN = re.compile(f"[^<&{_END}]+")


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    offset: int
    out_index: int


def parse_html(source: str) -> FormattedText:
    """Text and entities of `source`; raises the Bot API's refusal for what Telegram cannot read."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source.replace(_END, "") + _END
        self._at = 0
        self._out: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Entity] = []

    def read(self) -> FormattedText:
        while (char := self._source[self._at]) != _END:
            if char == "<":
                self._read_tag()
            else:
                self._put(self._plain() or self._reference() or self._next())
        if self._open:
            raise _refusal(f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"')
        return FormattedText("".join(self._out), tuple(self._entities))

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._offset += utf16_length(text)

    def _plain(self) -> str | None:
        """What is neither a tag nor a reference, if such text begins here."""
        match = _PLAIN.match(self._source, self._at)
        if match is None:
            return None
        self._at = match.end()
        return match[0]

    def _next(self) -> str:
        self._at += 1
        return self._source[self._at - 1]

    def _reference(self) -> str | None:
        """The character for a reference such as `&lt;` or `&#9731;`, if one begins here."""
        match = _REFERENCE.match(self._source, self._at)
        if match is None:
            return None
        decimal, hexadecimal, name = match.groups()
        code = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else 0
        if not name and (code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF):
            return None
        self._at = match.end()
        return _NAMED[name] if name else chr(code)

    def _read_tag(self) -> None:
        begin = self._at
        self._at += 1
        if self._source[self._at] == "/":
            self._at += 1
            self._read_end_tag(begin)
        else:
            self._read_start_tag(begin)

    def _read_start_tag(self, begin: int) -> None:
        tag = self._until(_SPACE + ">").lower()
        if self._source[self._at] == _END:
            raise _refusal(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if tag not in _TAGS:
            raise _refusal(f'Unsupported start tag "{tag}" at byte offset {self._bytes(begin)}')
        argument = ""
        while True:
            self._skip_space()
            if self._source[self._at] == ">":
                break
            name, value = self._read_attribute(tag, begin)
            argument = _argument(tag, name, value) or argument
        self._at += 1
        if tag == "span" and argument != "spoiler":
            raise _refusal(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self._open.append(_Open(tag, argument, self._offset, len(self._out)))

    def _read_attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name = self._until(_SPACE + "=>")
        if not name and self._source[self._at] != _END:
            raise _refusal(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
        self._skip_space()
        value = ""
        if self._source[self._at] == "=":
            self._at += 1
            self._skip_space()
            value = self._read_value()
        if self._source[self._at] == _END:
            raise _refusal(f'Unclosed start tag "{tag}" at byte offset {self._bytes(begin)}')
        return name.lower(), value

    def _read_value(self) -> str:
        begin = self._at
        quote = self._source[self._at]
        if quote not in "'\"":
            token = re.compile(r"[A-Za-z0-9.-]*").match(self._source, self._at)
            self._at = token.end() if token else self._at
            if self._source[self._at] not in _SPACE + ">" + _END:
                raise _refusal(f"Unexpected end of name token at byte offset {self._bytes(begin)}")
            return self._source[begin : self._at].lower()
        self._at += 1
        value = []
        while self._source[self._at] not in (quote, _END):
            value.append(self._reference() or self._next())
        if self._source[self._at] == quote:
            self._at += 1
        return "".join(value)

    def _read_end_tag(self, begin: int) -> None:
        if not self._open:
            raise _refusal(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        name = self._until(_SPACE + ">").lower()
        self._skip_space()
        if self._source[self._at] != ">":
            raise _refusal(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        self._at += 1
        opened = self._open.pop()
        if name and name != opened.tag:
            where = f'at byte offset {self._bytes(begin)}, expected "</{opened.tag}>", found "</{name}>"'
            raise _refusal(f"Unmatched end tag {where}")
        if self._offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity = self._entity(opened)
        if entity is None:
            return
        span = {"offset": opened.offset, "length": self._offset - opened.offset}
        if opened.tag == "pre" and self._entities:
            inner = self._entities[-1]
            if inner["type"] == Type.CODE and {k: inner[k] for k in span} == span:
                entity |= {"language": inner["language"]} if "language" in inner else {}
                self._entities.pop()
        self._entities.append({"type": str(entity.pop("type")), **span, **entity})

    def _entity(self, opened: _Open) -> Entity | None:
        if opened.tag in _SIMPLE:
            return {"type": _SIMPLE[opened.tag]}
        if opened.tag == "blockquote":
            return {"type": Type.EXPANDABLE_BLOCKQUOTE if opened.argument else Type.BLOCKQUOTE}
        if opened.tag == "a":
            url = checked_url(opened.argument or "".join(self._out[opened.out_index :]))
            return {"type": Type.TEXT_LINK, "url": url} if url else None
        if opened.tag == "tg-emoji":
            return {"type": Type.CUSTOM_EMOJI, "custom_emoji_id": opened.argument} if opened.argument else None
        if opened.tag == "code" and opened.argument:
            return {"type": Type.CODE, "language": opened.argument}
        return {"type": Type.PRE if opened.tag == "pre" else Type.CODE}

    def _until(self, stops: str) -> str:
        begin = self._at
        while self._source[self._at] not in stops + _END:
            self._at += 1
        return self._source[begin : self._at]

    def _skip_space(self) -> None:
        while self._source[self._at] in _SPACE:
            self._at += 1

    def _bytes(self, index: int) -> int:
        return len(self._source[:index].encode())


def _argument(tag: str, name: str, value: str) -> str:
    if (tag, name) == ("blockquote", "expandable"):
        return "1"
    if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id")}:
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return ""


def checked_url(url: str) -> str | None:
    """The link as Telegram keeps it; None if it is not valid: it needs http, https or tg, and a host with a dot."""
    url = url.strip()
    if url.startswith("tg://"):
        return url
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "." not in host.strip(".") or re.search(r"\s", url):
        return None
    return parts._replace(scheme=parts.scheme.lower(), path=parts.path or "/").geturl()


def _refusal(text: str) -> ApiError:
    return bad_request(f"can't parse entities: {text}")
