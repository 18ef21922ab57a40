"""Canned replies: texts that agents send by name, read from a TOML file, and the faults in it with their lines.

`bot.views.cases.canned_replies` fills the placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from bot.rules.languages import TAGS
from bot.rules.toml_lines import NotToml, read_toml

LANGUAGES = TAGS
FALLBACK = "en"
PLACEHOLDERS = ("name", "agent", "brand", "amount", "oldest_due", "days", "pay_url", "instalments")
MOST_CHARS = 3000  # a filled reply has to fit into one message

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class ReplyFault:
    """One fault: its line, what was given, and what was expected."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class RepliesFaulty(ValueError):
    """The file is not a valid file of replies: every fault found in it."""

    def __init__(self, faults: Sequence[ReplyFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(map(str, self.faults)))


Beside = Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, by language."""

    name: str
    texts: Mapping[str, str]

    def language_for(self, language: str) -> str:
        """The language of the reply for a reader of `language`."""
        return language if language in self.texts else FALLBACK

    def placeholders(self, language: str) -> frozenset[str]:
        return frozenset(field for field in _fields(self.texts[language]) if field)

    def filled(
        self, language: str, values: Mapping[str, str], beside: Beside = lambda value, before, after: value
    ) -> str:
        """The text with its values; `beside` gives each as it is between these two characters."""
        said, pieces = "", list(Formatter().parse(self.texts[language]))
        for number, (literal, name, _, _) in enumerate(pieces, 1):
            said += literal
            if name is not None:
                after = pieces[number][0] if number < len(pieces) else ""
                said += beside(values[name], said[-1:], after[:1])
        return said


Replies = Mapping[str, Reply]


def read_replies(text: str) -> Replies:
    """The replies of a file, by name, in its order. Raises `RepliesFaulty`."""
    try:
        read = read_toml(text, "tables such as [greeting] with texts")
    except NotToml as error:
        raise RepliesFaulty([ReplyFault(error.line, str(error))]) from None
    tables = read.tables
    faults = [fault for name, table in tables.items() for fault in _faults(name, table, read.line_of)]
    if not tables:
        faults.append(ReplyFault(1, 'there is no reply; expected at least one, such as [greeting] with en = "…"'))
    if faults:
        raise RepliesFaulty(faults)
    return {
        name: Reply(name, {key: str(value).strip() for key, value in table.items()}) for name, table in tables.items()
    }


def _faults(name: str, table: object, line_of: Callable[..., int]) -> Iterator[ReplyFault]:
    line = line_of(name)
    if not _NAME.fullmatch(name):
        yield ReplyFault(line, f"a reply's name is given as {name!r}; expected up to 32 small letters, digits, - and _")
    if not isinstance(table, dict):
        yield ReplyFault(line, f"{name} is given as a value; expected a table [{name}] with a text for each language")
        return
    if FALLBACK not in table:
        yield ReplyFault(
            line, f"[{name}] has no {FALLBACK}; expected an English text, for readers of all other languages"
        )
    for key, value in table.items():
        at = line_of(name, key)
        where = f"[{name}] {key}"
        if key not in LANGUAGES:
            yield ReplyFault(at, f"{where} is not a language of the replies; expected {', '.join(LANGUAGES)}")
        elif not isinstance(value, str) or not value.strip():
            yield ReplyFault(at, f"{where} is given as {_shown(value)}; expected a text")
        elif len(value) > MOST_CHARS:
            yield ReplyFault(at, f"{where} has {len(value)} characters; expected at most {MOST_CHARS}")
        elif (wrong := _wrong_placeholder(value)) is not None:
            yield ReplyFault(at, f"{where}: {wrong}")


def _shown(value: object) -> str:
    """What was given, shortened; only the type of a nested value."""
    return repr(value)[:60] if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"


def _wrong_placeholder(text: str) -> str | None:
    """What is wrong with the braces of a text, and what was expected."""
    known = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return "a single brace; expected a placeholder such as {name}, or {{ and }} for braces that are meant"
    for _, field, form, conversion in parts:
        if field is not None and (field not in PLACEHOLDERS or form or conversion):
            return f"there is no placeholder {{{field}}}; expected {known}"
    return None


def _fields(text: str) -> Iterator[str]:
    return (field for _, field, _, _ in Formatter().parse(text) if field is not None)
