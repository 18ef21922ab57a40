"""The lessons that come with duebot, and a wallet's own in a folder: a file of the same name replaces one, another adds
one."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from bot.policies import learn as shipped
from bot.rules.customers.lesson_file import (
    ENDING,
    NAME,
    LessonFault,
    LessonsFaulty,
    file_of,
    read_lessons,
)
from bot.rules.customers.lessons import Lessons
from bot.rules.languages import TAGS
from bot.text_files import read_text

ORDER = ("costs", "credit", "month", "advice", "swindlers")
"""The lessons that come with duebot, in the order in which they are offered."""

Texts = dict[tuple[str, str], str]


@cache
def shipped_lessons() -> Lessons:
    return read_lessons(_shipped_texts(), ORDER)


def lessons_of(folder: str) -> Lessons:
    """Those in force: duebot's, with those of the wallet's folder, if it has one. Raises `LessonsFaulty`."""
    if not folder:
        return shipped_lessons()
    own_lessons(folder)  # what a file of duebot's would hide is a fault all the same
    return read_lessons({**_shipped_texts(), **_own_texts(folder)}, ORDER)


def own_lessons(folder: str) -> Lessons:
    """Only those of a wallet's folder. Raises `LessonsFaulty`."""
    return read_lessons(_own_texts(folder), ORDER)


def _own_texts(folder: str) -> Texts:
    """Its files by language and name."""
    there = _in_folder(Path(folder), folder)
    languages = [path for path in there if path.name in TAGS and path.is_dir()]
    if not languages:
        example = file_of(TAGS[0], ORDER[0])
        raise LessonsFaulty([LessonFault(folder, 0, f"there are no lessons in it; expected files such as {example}")])
    expected = f"expected folders {', '.join(TAGS)}, with the lessons of each language"
    strangers = [path.name for path in there if path not in languages]
    faults = [LessonFault(name, 0, f"it is none of a language; {expected}") for name in strangers]
    texts: Texts = {}
    for language in languages:
        for path in _in_folder(language, language.name):
            read = _text(path, language.name)
            if isinstance(read, LessonFault):
                faults.append(read)
            else:
                texts[language.name, path.stem] = read
    if faults:
        raise LessonsFaulty(faults)
    return texts


def _in_folder(folder: Path, shown: str) -> list[Path]:
    """What is in it, by name, without hidden files and what Python keeps there."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "__")))
    except OSError as error:
        raise LessonsFaulty([LessonFault(shown, 0, f"it cannot be read: {error.strerror or error}")]) from None


def _text(path: Path, language: str) -> str | LessonFault:
    shown = f"{language}/{path.name}"
    if path.suffix != ENDING or NAME.fullmatch(path.stem) is None:
        expected = f"expected a name of small letters, digits and -, at most 24, and {ENDING}"
        return LessonFault(shown, 0, f"it is no lesson by its name; {expected}")
    try:
        return read_text(path)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return LessonFault(shown, line, "no UTF-8; expected a text file saved as UTF-8")
    except OSError as error:
        return LessonFault(shown, 0, f"it cannot be read: {error.strerror or error}")


def _shipped_texts() -> Texts:
    folder = files(shipped)
    paths = {(tag, name): folder.joinpath(file_of(tag, name)) for tag in TAGS for name in ORDER}
    return {lesson: path.read_text(encoding="utf-8") for lesson, path in paths.items() if path.is_file()}
