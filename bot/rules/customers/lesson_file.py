"""Reads the Markdown of a lesson, and a folder of them, with every fault and its line.

    # When a payment is late
    ## What it costs
    Nothing for the first days. **After that:**

    {costs}

    - a list has one line for each point
    > overdue: What being late costs is shown to the day by /fees.

Only this much of Markdown is known. Everything else that Markdown could mean is a fault, because customers would read
the signs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.rules.customers.lessons import INLINE, PLACEHOLDER, WHEN, WHOLE, Card, Hint, Lesson, Lessons
from bot.rules.languages import NEEDED, TAGS

NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")
ENDING = ".md"
MOST_TITLE, MOST_HEADING, MOST_CARD, MOST_HINT = 40, 60, 700, 100  # characters
MOST_CARDS, MOST_LESSONS = 12, 20

_HINT = re.compile(r">\s*(?P<when>[^:：]*?)\s*[:：]\s*(?P<text>.+)")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_UNKNOWN = (
    (re.compile(r"^\s*#"), "a heading of another level", "# for the title, ## for a card"),
    (re.compile(r"^\s*(?:[-*_]\s*){3,}$|^\s*={3,}$"), "a line across", "## to begin the next card"),
    (re.compile(r"^(?: {2,}|\t+)\S"), "an indented line", "lines without spaces before them"),
    (re.compile(r"^\s*[*+]\s"), "a list with * or +", "- before each point"),
    (re.compile(r"^\s*\d+[.)]\s"), "a numbered list", "- before each point"),
    (re.compile(r"^\s*>"), "a quotation", f"one hint in a file, such as > overdue: …, for {', '.join(WHEN)}"),
    (re.compile(r"^\s*\|"), "a table", "sentences"),
    (re.compile(r"`"), "code", "words without `"),
    (re.compile(r"!?\[[^\]]*\]\s*[\[(:]"), "a link", "the address itself, such as https://example.org"),
    (re.compile(r"</?[A-Za-z!][^>]*>"), "HTML", "words, with ** around what is bold"),
    (re.compile(r"~~"), "words struck out", "words"),
    (re.compile(r"(?<![\w/])_{1,2}(?=\S)[^_]+(?<=\S)_{1,2}(?!\w)"), "slanted or bold words with _", "** around bold"),
    (re.compile(r"\\[^\w\s]"), "a backslash", "the sign itself"),
)


@dataclass(frozen=True, slots=True)
class LessonFault:
    """One thing that is wrong: the file, its line (0: the file as a whole), what was given and what was expected."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class LessonsFaulty(ValueError):
    """The files are no lessons: every fault found in them."""

    def __init__(self, faults: Iterable[LessonFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(slots=True)
class _Read:
    """What was read of a file so far."""

    title: str = ""
    hint: Hint | None = None
    cards: list[tuple[int, str, list[list[str]]]] = field(default_factory=list)  # line, heading, paragraphs of lines
    paragraph: list[str] | None = None  # the one with which the next line goes on
    faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, line: int, message: str) -> None:
        self.faults.append((line, message))


def read_lesson(text: str, name: str, file: str) -> Lesson:
    """The lesson of one file. Raises `LessonsFaulty`; `file` is its name in faults."""
    read = _Read()
    for number, line in enumerate(text.splitlines(), 1):
        _line(read, number, line.rstrip())
    _judge(read)
    if read.faults:
        raise LessonsFaulty(LessonFault(file, line, message) for line, message in read.faults)
    cards = tuple(
        Card(_marked(heading), tuple("\n".join(map(_marked, lines)) for lines in paragraphs))
        for _, heading, paragraphs in read.cards
    )
    return Lesson(name, read.title, cards, read.hint)


def read_lessons(texts: Mapping[tuple[str, str], str], order: Collection[str] = ()) -> Lessons:
    """The lessons of files by language and name. Each has to be there in every language of `NEEDED`, with the same kind
    of hint; another language without a lesson has that of the first. Those in `order` come first, the others by name.
    Raises `LessonsFaulty`."""
    faults: list[LessonFault] = []
    read: dict[tuple[str, str], Lesson] = {}
    for (language, name), text in texts.items():
        try:
            read[language, name] = read_lesson(text, name, file_of(language, name))
        except LessonsFaulty as error:
            faults += error.faults
    faults += _languages(texts)
    if not faults:
        faults += _hints(read)
    names = sorted({name for _, name in texts})
    if len(names) > MOST_LESSONS:
        faults.append(LessonFault("learn", 0, f"{len(names)} lessons; expected at most {MOST_LESSONS}"))
    if faults:
        raise LessonsFaulty(faults)
    places = {name: place for place, name in enumerate(order)}
    names.sort(key=lambda name: (places.get(name, len(places)), name))
    return Lessons({tag: tuple(read.get((tag, name), read[NEEDED[0], name]) for name in names) for tag in TAGS})


def file_of(language: str, name: str) -> str:
    return f"{language}/{name}{ENDING}"


# --- Lines -----------------------------------------------------------------------------------------------------------


def _line(read: _Read, number: int, line: str) -> None:
    if line == "#" or line.startswith("# "):
        _title(read, number, line[2:].strip())
    elif line == "##" or line.startswith("## "):
        _heading(read, number, line[3:].strip())
    elif (hint := _HINT.fullmatch(line)) is not None and read.hint is None:
        _hint(read, number, hint["when"], hint["text"].strip())
    elif line:
        _text(read, number, line)
    else:
        read.paragraph = None


def _heading(read: _Read, number: int, heading: str) -> None:
    _words(read, number, heading)
    if len(heading) > MOST_HEADING:
        read.fault(number, f"a heading of {len(heading)} characters; expected at most {MOST_HEADING}")
    read.cards.append((number, heading, []))
    read.paragraph = None


def _text(read: _Read, number: int, line: str) -> None:
    _words(read, number, line)
    if not read.cards:
        read.fault(number, "text before the first card; expected ## and its heading first")
        return
    if read.paragraph is None:
        read.paragraph = []
        read.cards[-1][2].append(read.paragraph)
    read.paragraph.append(f"• {line[2:].strip()}" if line.startswith("- ") else line)


def _title(read: _Read, number: int, title: str) -> None:
    if read.title or read.cards:
        read.fault(number, "a second title, or one below a card; expected # once, in the first line")
    elif not title or len(title) > MOST_TITLE:
        read.fault(number, f"a title of {len(title)} characters; expected 1 to {MOST_TITLE}")
    elif PLACEHOLDER.search(title) or "*" in title:
        read.fault(number, "a title with a placeholder or with *; expected plain words, as they are on a button")
    else:
        _words(read, number, title)
    read.title = read.title or title or "?"


def _hint(read: _Read, number: int, when: str, text: str) -> None:
    read.paragraph = None
    known = next((known for known in WHEN if known == when), None)
    if known is None:
        read.fault(number, f"a hint for {when[:20]!r}; expected one of {', '.join(WHEN)}, such as > overdue: …")
    elif len(text) > MOST_HINT:
        read.fault(number, f"a hint of {len(text)} characters; expected at most {MOST_HINT}")
    elif "*" in text or PLACEHOLDER.search(text):
        read.fault(number, "a hint with * or a placeholder; expected plain words")
    else:
        _words(read, number, text)
        read.hint = Hint(known, text)


def _words(read: _Read, number: int, line: str) -> None:
    """Finds markup that is not known, and placeholders that have no value."""
    for pattern, given, expected in _UNKNOWN:
        if pattern.search(line):
            read.fault(number, f"{given}; expected {expected}")
            return
    if "*" in _BOLD.sub("", line):
        read.fault(number, "a * that is not one of a pair; expected **bold words**")
    for name in PLACEHOLDER.findall(line):
        if name in WHOLE and line != f"{{{name}}}":
            read.fault(number, f"{{{name}}} beside other words; expected it alone in its line")
        elif name not in (*INLINE, *WHOLE):
            known = ", ".join(f"{{{known}}}" for known in (*INLINE, *WHOLE))
            read.fault(number, f"{{{name[:30]}}} has no value; expected one of {known}")
    if set("{}") & set(PLACEHOLDER.sub("", line)):
        read.fault(number, "a brace that belongs to no placeholder; expected one such as {brand}")


def _judge(read: _Read) -> None:
    """What only the whole file shows."""
    if not read.title:
        read.fault(1, "no title; expected # and a few words in the first line")
    if not read.cards:
        read.fault(1, "no card; expected ## and its heading, and text below it")
    if len(read.cards) > MOST_CARDS:
        read.fault(read.cards[MOST_CARDS][0], f"{len(read.cards)} cards; expected at most {MOST_CARDS}")
    for line, heading, paragraphs in read.cards:
        size = sum(len(text) + 1 for lines in paragraphs for text in lines)
        if not heading:
            read.fault(line, "a card without a heading; expected one after ##")
        if not paragraphs:
            read.fault(line, "a card without text; expected a few sentences below its heading")
        elif size > MOST_CARD:
            read.fault(line, f"a card of {size} characters; expected at most {MOST_CARD}, or two cards")
        for name in WHOLE:
            if any(f"{{{name}}}" in lines and len(lines) > 1 for lines in paragraphs):
                read.fault(line, f"{{{name}}} within a paragraph; expected an empty line before and after it")


def _marked(line: str) -> str:
    return _BOLD.sub(r"<b>\1</b>", html.escape(line))


# --- Several files ---------------------------------------------------------------------------------------------------


def _languages(texts: Collection[tuple[str, str]]) -> Iterator[LessonFault]:
    for name in sorted({name for _, name in texts}):
        there = [tag for tag in TAGS if (tag, name) in texts]
        for tag in NEEDED:
            if tag not in there:
                others = " and ".join(file_of(other, name) for other in there)
                mend = f"expected it too, or {others} taken away"
                yield LessonFault(file_of(tag, name), 0, f"there is {others}, and not this file; {mend}")


def _hints(read: Mapping[tuple[str, str], Lesson]) -> Iterator[LessonFault]:
    first = NEEDED[0]
    for (tag, name), lesson in read.items():
        other = read[first, name]
        given, expected = (f"a hint for {each.hint.when}" if each.hint else "no hint" for each in (lesson, other))
        if given != expected:
            yield LessonFault(file_of(tag, name), 0, f"{given}; expected {expected}, as in {file_of(first, name)}")
