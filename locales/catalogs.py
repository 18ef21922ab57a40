"""Catalogs as files: the sentences in the code (the template), and their translations (a catalog for each language).

`locales.extract` and `locales.check` read and write them here; the running program reads them in `translator`.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg  # type: ignore[attr-defined]  # newer than its stubs
from babel.messages.pofile import read_po, write_po

from locales.languages import FOLDER, LANGUAGES, catalog_path, folder_name

TEMPLATE = "duebot.pot"

# Header lines that say nothing, or change when nothing has.
_NOISE = tuple(
    f'"{field}: '
    for field in (
        *("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Generated-By"),
        *("Project-Id-Version", "Report-Msgid-Bugs-To"),
    )
)

# t("…"), t.plain("…"), t.plural("{n} day", "{n} days", n)
KEYWORDS: dict[str, tuple[int, ...] | None] = {"t": None, "plain": None, "plural": (1, 2)}


def extracted(root: Path, mapping: Path = FOLDER / "babel.cfg") -> Catalog:
    """Every sentence in the code under `root`, with the files that have it."""
    with mapping.open() as source:
        methods, options = parse_mapping_cfg(source)
    catalog = _empty()
    for file, line, message, comments, context in extract_from_dir(root, methods, options, KEYWORDS):
        catalog.add(message, None, [(file, line)], auto_comments=comments, context=context)
    return catalog


def read_template(folder: Path = FOLDER) -> Catalog:
    """The stored template."""
    with (folder / TEMPLATE).open("rb") as source:
        return read_po(source)


def read_catalog(language: str, folder: Path = FOLDER) -> Catalog:
    """The catalog of a language; an empty one if there is none yet."""
    path = catalog_path(language, folder)
    if not path.exists():
        return Catalog(locale=folder_name(language))
    with path.open("rb") as source:
        return read_po(source, locale=folder_name(language))


def update(root: Path, folder: Path = FOLDER) -> None:
    """Writes the template from the code, and updates each catalog: new sentences are untranslated, and sentences that
    are gone are left out. The English catalog has the sentences of the code. Nothing is guessed, so nothing is ever
    fuzzy."""
    template = extracted(root, folder / "babel.cfg")
    write_catalog(folder / TEMPLATE, template)
    for language in LANGUAGES:
        before, after = read_catalog(language, folder), _empty(folder_name(language))
        for message in template:
            if message.id:
                kept = before.get(message.id)
                string = message.id if language == "en" else kept.string if kept else None
                after.add(message.id, string, message.locations)
        write_catalog(catalog_path(language, folder), after)


def _empty(locale: str | None = None) -> Catalog:
    return Catalog(locale, header_comment=f"# duebot: {locale or 'template'}", charset="utf-8", fuzzy=False)


def write_catalog(path: Path, catalog: Catalog) -> None:
    """The file, sorted by message, without line numbers and dates, so that a change shows only what has changed."""
    written = BytesIO()
    write_po(written, catalog, width=120, sort_output=True, include_lineno=False)
    lines = written.getvalue().decode().splitlines(keepends=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line for line in lines if not line.startswith(_NOISE)), encoding="utf-8")
