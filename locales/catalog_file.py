"""Reads a catalog, a `.po` file, as the program needs it: what is said for what. Each program reads several when it
starts, so this takes a tenth of the time that Babel's reader does, which the tools for translators use.

Left out is what these catalogs never have: contexts, and what is obsolete (`#~`). A sentence that is marked as fuzzy,
or not translated, is said in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from gettext import c2py
from pathlib import Path

# A keyword with its text, which goes on over lines; a line that marks what follows as fuzzy; or one that is obsolete.
_PART = re.compile(
    r'^(msgid|msgid_plural|msgstr(?:\[\d\])?) ((?:"(?:[^"\\\n]|\\.)*"\n)+)|^#,.*\bfuzzy\b|^#~', re.MULTILINE
)
_ESCAPED = re.compile(r"\\(.)")
_SAID_BY = {"n": "\n", "t": "\t", "r": "\r"}
_PLURAL_RULE = re.compile(r"^Plural-Forms:.*\bplural=([^;\n]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is said for each English sentence; `forms` by the singular, in the order of the language's plural forms,
    of which `form` gives the number for a count. The same as `gettext` does with a compiled catalog."""

    said: dict[str, str]
    forms: dict[str, tuple[str, ...]]
    form: Callable[[int], int]

    def gettext(self, message: str) -> str:
        if message in self.said:
            return self.said[message]
        return self.forms[message][self.form(1)] if message in self.forms else message

    def ngettext(self, one: str, many: str, n: int) -> str:
        if one in self.forms:
            return self.forms[one][self.form(n)]
        return one if n == 1 else many


def read_sentences(path: Path, worded: Callable[[str], str] = str) -> Sentences:
    """The catalog in this file, each translation as `worded` gives it."""
    said: dict[str, str] = {}
    forms: dict[str, tuple[str, ...]] = {}
    header = ""
    for one, many, strings in _entries(path.read_text("utf-8")):
        if not one:
            header = strings[0]
        elif many is None:
            if strings[0]:
                said[one] = worded(strings[0])
        else:
            forms[one] = tuple(worded(each) if each else (one if at == 0 else many) for at, each in enumerate(strings))
    rule = _PLURAL_RULE.search(header)
    return Sentences(said, forms, c2py(rule[1].strip() if rule else "n != 1"))


def _entries(text: str) -> Iterator[tuple[str, str | None, list[str]]]:
    """Singular, plural if there is one, and translations of each entry that is not fuzzy."""
    one: str | None = None
    many: str | None = None
    strings: list[str] = []
    is_fuzzy = False
    for found in _PART.finditer(text + "\n"):
        keyword, quoted = found.groups()
        if keyword is None or keyword == "msgid":
            if one is not None and strings and not is_fuzzy:
                yield one, many, strings
            if strings:
                one, many, strings, is_fuzzy = None, None, [], False
        if keyword is None:
            is_fuzzy = found[0] != "#~"  # what was fuzzy before it is obsolete
        elif keyword == "msgid":
            one = _unquoted(quoted)
        elif keyword == "msgid_plural":
            many = _unquoted(quoted)
        else:
            strings.append(_unquoted(quoted))
    if one is not None and strings and not is_fuzzy:
        yield one, many, strings


def _unquoted(quoted: str) -> str:
    """`quoted` has a pair of quotes on each line."""
    text = quoted[1:-2].replace('"\n"', "")
    return _ESCAPED.sub(lambda found: _SAID_BY.get(found[1], found[1]), text) if "\\" in text else text
