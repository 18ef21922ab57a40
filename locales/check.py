"""`python -m locales.check`: compares the catalogs with the code and with each other, and checks how customers are
addressed.

Prints a line for each fault and exits with 1, or prints nothing and exits with 0. It changes no file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from locales.catalogs import extracted, read_catalog, read_template
from locales.languages import FOLDER, LANGUAGES, SPOKEN
from locales.markup import fault_in, tags_in

_RENEW = "run python -m locales.extract"
_NAME = re.compile(r"\{[^{}]*\}")
_HAN = "\u3400-\u9fff"
_HALF_WIDTH = re.compile(rf"(?<=[{_HAN}])[,!?:;().]|[,!?:;()](?=[{_HAN}])")


def faults(root: Path, folder: Path) -> Iterator[str]:
    """Everything that is wrong with the catalogs in `folder`, for the code under `root`."""
    template = read_template(folder)
    try:
        code = extracted(root, folder / "babel.cfg")
    except ValueError as error:
        yield f"code: {error}"
    else:
        yield from template_faults(template, code)
    for language in LANGUAGES:
        yield from catalog_faults(language, read_catalog(language, folder), template)


def template_faults(template: Catalog, code: Catalog) -> Iterator[str]:
    """Differences between the stored template and the sentences in the code."""
    kept, said = _by_key(template), _by_key(code)
    for key in said.keys() - kept.keys():
        yield f"template: {_short(key)}: said in the code but not here; {_RENEW}"
    for key in kept.keys() - said.keys():
        yield f"template: {_short(key)}: no longer said in the code; {_RENEW}"
    for key in kept.keys() & said.keys():
        if _files(kept[key]) != _files(said[key]):
            yield f"template: {_short(key)}: said in other files by now; {_RENEW}"


def catalog_faults(language: str, catalog: Catalog, template: Catalog) -> Iterator[str]:
    """Missing translations in a catalog, and translations that break a rule."""
    kept, wanted = _by_key(catalog), _by_key(template)
    for key in wanted.keys() - kept.keys():
        yield f"{language}: {_short(key)}: missing; {_RENEW}, then translate it"
    for key in kept.keys() - wanted.keys():
        yield f"{language}: {_short(key)}: not in the template; {_RENEW}"
    for message in catalog.obsolete.values():
        yield f"{language}: {_short(_strings(message.id)[0])}: obsolete; {_RENEW}"
    for key in wanted.keys() & kept.keys():
        for fault in message_faults(language, kept[key], catalog.num_plurals):
            yield f"{language}: {_short(key)}: {fault}"


def message_faults(language: str, message: Message, forms: int) -> Iterator[str]:
    """What is wrong with one message in one language; `forms` is how many plurals that language has."""
    if message.fuzzy:
        yield "fuzzy; check the words and take the mark away"
    strings = _strings(message.string)
    expected = forms if message.pluralizable else 1
    if len(strings) != expected or not all(string.strip() for string in strings):
        yield f"not translated, it needs {expected} text{'s' if expected > 1 else ''}"
        return
    for string in strings:
        yield from _text_faults(language, string, _strings(message.id))


def _text_faults(language: str, text: str, sources: tuple[str, ...]) -> Iterator[str]:
    names = {name for source in sources for name in _NAME.findall(source)}
    if set(_NAME.findall(text)) != names:
        yield f"has {_listed(set(_NAME.findall(text)))} where the code fills {_listed(names)}"
    if sorted(tags_in(text)) not in [sorted(tags_in(source)) for source in sources]:
        yield f"has the tags {_listed(set(tags_in(text)))}, the English has {_listed(set(tags_in(sources[0])))}"
    if broken := fault_in(text):
        yield broken
    yield from wording_faults(language, text)


def wording_faults(language: str, text: str) -> Iterator[str]:
    """Words that are never said and, in Chinese, half-width punctuation and characters of the other script."""
    words = _NAME.sub(" ", _without_tags(text))
    for word, why in SPOKEN[language].never_said.items():
        if _says(language, word, words):
            yield f"says {word!r}, which {why}"
    if not SPOKEN[language].character_code:
        return
    for mark in _HALF_WIDTH.findall(_without_tags(text)):
        yield f"has a half-width {mark!r} beside Chinese; use the full-width one"
    for character in sorted(set(words)):
        if "\u3400" <= character <= "\u9fff" and not _in_script(language, character):
            yield f"has {character}, which is not {language}"


def _says(language: str, word: str, text: str) -> bool:
    if not SPOKEN[language].spaced:
        return word in text
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


def _in_script(language: str, character: str) -> bool:
    if character in SPOKEN[language].other_script:
        return False
    try:
        character.encode(SPOKEN[language].character_code)
    except UnicodeEncodeError:
        return False
    return True


def _without_tags(text: str) -> str:
    return re.sub(r"<[^<>]*>", "", text)


def _by_key(catalog: Catalog) -> dict[str, Message]:
    """The messages by their English text, singular and plural; without the header."""
    return {"\n".join(_strings(message.id)): message for message in catalog if message.id}


def _files(message: Message) -> set[str]:
    return {file for file, _ in message.locations}


def _strings(words: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    if words is None:
        return ()
    return (words,) if isinstance(words, str) else tuple(word or "" for word in words)


def _short(key: str) -> str:
    first = key.split("\n", 1)[0]
    return repr(first if len(first) <= 60 else first[:59] + "…")


def _listed(names: set[str]) -> str:
    return " ".join(sorted(names)) or "none"


def main() -> int:
    """Prints the faults; returns 1 if there are any."""
    found = sorted(faults(FOLDER.parent, FOLDER))
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
