"""The documents name files, folders and modules that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("benchmarks/*.md")])
PATH = re.compile(r"(?<![\w/.~-])(?:bot|storage|handlers|tests|locales|benchmarks|deploy|docs)(?:/[\w.*@-]+)+")
FILE = re.compile(r"`(\w+\.py)`")
MODULE = re.compile(r"`((?:bot|storage|handlers|locales)(?:\.\w+)+)`")
# Made by the reader: the examples of CONTRIBUTING.md, and the settings of a deployment.
TO_BE_MADE = re.compile(r"hello|/line\.py$|NAME|TAG|what_it_is|^deploy/\.env$")


def missing_names(text: str) -> Iterator[str]:
    """The paths, file names and modules in a document that are not in the repository."""
    for path in (match[0].rstrip(".-") for match in PATH.finditer(text)):
        if not TO_BE_MADE.search(path) and not any(ROOT.glob(path)):
            yield path
    for name in FILE.findall(text):
        if not TO_BE_MADE.search(name) and not any(ROOT.glob(f"[!.]*/**/{name}")):
            yield name
    for module in MODULE.findall(text):
        if not _is_module(module):
            yield module


def _is_module(dotted: str) -> bool:
    """Whether this is a module or package, or a name inside one."""
    place = ROOT.joinpath(*dotted.split("."))
    if place.is_dir() or place.with_suffix(".py").exists():
        return True
    return (
        place.parent.with_suffix(".py").exists()
        and re.search(rf"\b{place.name}\b", place.parent.with_suffix(".py").read_text("utf-8")) is not None
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_name_in_a_document_exists(document: Path) -> None:
    assert sorted(set(missing_names(document.read_text("utf-8")))) == []


def test_a_name_that_is_gone_is_found() -> None:
    text = "See `bot/work/attending.py`, `following_up.py`, `storage.marks` and `bot.rules.channels.CHANNELS`."
    assert list(missing_names(text)) == ["bot/work/attending.py", "following_up.py", "storage.marks"]
