"""What the program's own reader takes from a catalog is what Babel and gettext take from it."""

from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from locales.catalog_file import read_sentences
from locales.languages import LANGUAGES, catalog_path

ODD = r"""
msgid ""
msgstr ""
"Language: en\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n<5 ? 1 : 2);\n"
"Content-Type: text/plain; charset=utf-8\n"

#. a comment
#: bot/views/a.py
msgid "plain"
msgstr "einfach"

msgid ""
"over \"two\" \\lines\n"
"\tand a tab"
msgstr ""
"“zwei” \"Zeilen\"\n"
"\\n ist kein Umbruch"

msgid "not yet"
msgstr ""

#, fuzzy, python-brace-format
msgid "perhaps"
msgstr "vielleicht"

#, python-brace-format
msgid "fuzzy {only} in words"
msgstr "fuzzy {only}"

#, fuzzy
msgid "{n} perhaps"
msgid_plural "{n} perhapses"
msgstr[0] "eins"
msgstr[1] "einige"
msgstr[2] "viele"

msgid "{n} day"
msgid_plural "{n} days"
msgstr[0] "{n} Tag"
msgstr[1] ""
msgstr[2] "{n} Tage"

#~ msgid "obsolete"
#~ msgstr "veraltet"

#, fuzzy
#~ msgid "obsolete, too"
#~ msgstr "veraltet"

msgid "last"
msgstr "zuletzt"
"""


def by_babel(path: Path) -> tuple[GNUTranslations, list[str | tuple[str, str]]]:
    """The catalog as gettext reads it, and what is in it, fuzzy or not."""
    with path.open("rb") as source:
        catalog = read_po(source)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled), [message.id for message in catalog if message.id]


@pytest.fixture(params=[*LANGUAGES, "odd"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param != "odd":
        return catalog_path(request.param)
    (tmp_path / "odd.po").write_text(ODD, "utf-8")
    return tmp_path / "odd.po"


def test_every_sentence_is_said_as_gettext_says_it(path: Path) -> None:
    gettext, known = by_babel(path)
    ours = read_sentences(path)
    assert known
    for message in [*known, "unknown", "obsolete", ("{n} unknown", "{n} unknowns")]:
        one, many = (message, message) if isinstance(message, str) else message
        assert ours.gettext(one) == gettext.gettext(one)
        for n in (0, 1, 2, 5, 101):
            if not isinstance(message, str):
                assert ours.ngettext(one, many, n) == gettext.ngettext(one, many, n), (one, n)


def test_a_place_words_each_form_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "odd.po").write_text(ODD, "utf-8")
    ours = read_sentences(tmp_path / "odd.po", str.upper)
    assert ours.gettext("plain") == "EINFACH"
    assert [ours.ngettext("{n} day", "{n} days", n) for n in (1, 2, 5)] == ["{N} TAG", "{n} days", "{N} TAGE"]
