"""A message as an SMS: plain text, at most three segments, always ending with how to stop and where to look.

The cost of a character follows 3GPP TS 23.038 (its default alphabet and the extension table).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bot.channels import links
from bot.message import Message

MOST_SEGMENTS = 3

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
_ALONE, _CHAINED = 160, 153  # septets in an SMS of one segment, and in each of several
_WIDE_ALONE, _WIDE_CHAINED = 70, 67  # the same in UTF-16 units, if a character is not in the alphabet

# Typographic signs that would more than double the price of a text which is otherwise in the alphabet.
_PLAINER = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„″«»", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("•·", "-"),
        "…": "...",
    }
)


def sms_text(message: Message, most_segments: int = MOST_SEGMENTS) -> str:
    """The words of `message`. Its last paragraph says how to stop and its links say where to look: both stay. Of the
    text before them as many lines stay as fit, with a line `…` if some are left out."""
    body, ending = _parts(message)
    for end in _endings(ending):
        text = _shortened(body, end, most_segments)
        if text is not None:
            return text
    return _cut(_joined(body), most_segments)


def segments(text: str) -> int:
    """How many segments `text` needs."""
    costs = [_septets(c) for c in text]
    if None not in costs:
        return _packed([c for c in costs if c is not None], _ALONE, _CHAINED)
    return _packed([2 if c > "\uffff" else 1 for c in text], _WIDE_ALONE, _WIDE_CHAINED)


def _parts(message: Message) -> tuple[list[str], list[str]]:
    paragraphs = re.split(r"\n\s*\n", message.plain().strip())
    stop = paragraphs.pop() if len(paragraphs) > 1 else ""
    lines = [line.strip() for paragraph in paragraphs for line in paragraph.splitlines()]
    where = [f"{button.label}: {button.url}" for button in links(message)]
    return [line for line in lines if line], [part for part in (stop, *where) if part]


def _endings(ending: Sequence[str]) -> Iterable[list[str]]:
    """The whole ending first, then shorter ones, for an address that is too long."""
    for kept in range(len(ending), 0, -1):
        yield list(ending[:kept])


def _shortened(body: Sequence[str], ending: Sequence[str], most: int) -> str | None:
    """As many whole lines as fit; if not even the first one fits, its beginning; None if nothing fits."""

    def fits(lines: Sequence[str]) -> bool:
        return _within([*lines, "…", *ending], most)

    if _within([*body, *ending], most):
        return _joined([*body, *ending])
    for kept in range(_most(len(body) - 1, lambda lines: fits(body[:lines])), 0, -1):
        # A heading without its list is useless.
        if (kept == 1 or not body[kept - 1].endswith((":", "："))) and fits(body[:kept]):
            return _joined([*body[:kept], "…", *ending])
    first = _cut(body[0], most, ending) if body else ""
    return _joined([first, *ending]) if first else None


def _cut(text: str, most: int, ending: Sequence[str] = ()) -> str:
    """The beginning of a text that is too long, up to the end of a word if it has words."""
    fits = _most(len(text), lambda chars: _within([text[:chars] + "…", *ending], most))
    if fits == len(text):
        return text
    kept = text[:fits]
    word_end = kept.rfind(" ")
    kept = kept[:word_end] if word_end > len(kept) // 2 else kept
    return plainer(kept.rstrip() + "…") if kept.strip() else ""


def _most(number: int, fits: Callable[[int], bool]) -> int:
    """The largest number that fits, by binary search, because a text may have any number of lines."""
    low, high = 0, max(0, number)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _within(lines: Sequence[str], most: int) -> bool:
    """Whether these lines fit into so many segments. Every character costs something, so a longer text need not be
    counted."""
    return sum(map(len, lines)) <= most * _ALONE and segments(_joined(lines)) <= most


def _joined(lines: Iterable[str]) -> str:
    return plainer("\n".join(lines))


def plainer(text: str) -> str:
    """The same with plain quotation marks and dashes if that makes it cheaper to send; else unchanged."""
    plain = text.translate(_PLAINER)
    return plain if all(_septets(c) is not None for c in plain) else text


def _septets(character: str) -> int | None:
    if character in _GSM:
        return 1
    return 2 if character in _GSM_EXTENDED else None


def _packed(costs: Sequence[int], alone: int, chained: int) -> int:
    """Segments for characters that each stay whole within one segment."""
    if sum(costs) <= alone:
        return 1
    count, room = 1, chained
    for cost in costs:
        if cost > room:
            count, room = count + 1, chained
        room -= cost
    return count
