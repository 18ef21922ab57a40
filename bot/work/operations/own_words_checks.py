"""Checks a wallet's own words: lessons, phrases, replies, what agents are asked about, and surveys."""

from __future__ import annotations

from dataclasses import dataclass

from bot.rules.customers.lesson_file import LessonsFaulty
from bot.rules.customers.phrases import PhrasesFaulty
from bot.rules.languages import NEEDED
from bot.rules.topics.forbidden_phrases import GuardWordsFaulty
from bot.settings import Settings
from bot.work.cases.canned_replies import ReplyBook
from bot.work.customers.lesson_book import own_lessons
from bot.work.customers.phrase_book import own_phrases
from bot.work.reminders.survey_desk import files_in
from bot.work.topics.forbidden_phrases import own_words


@dataclass(frozen=True, slots=True)
class CheckedWords:
    """A line for each fault, and one for each kind of words that has none."""

    faults: tuple[str, ...] = ()
    good: tuple[str, ...] = ()

    def __add__(self, other: CheckedWords) -> CheckedWords:
        return CheckedWords((*self.faults, *other.faults), (*self.good, *other.good))


def check_own_words(settings: Settings) -> CheckedWords:
    """All words that the settings name."""
    found = CheckedWords()
    if settings.learn:
        found += check_lessons(settings.learn)
    if settings.phrases:
        found += _phrases(settings.phrases)
    if settings.replies:
        found += _replies(settings.replies)
    if settings.guard_words:
        found += check_guard_words(settings.guard_words)
    if settings.surveys:
        found += check_surveys(settings.surveys)
    return found


def check_lessons(folder: str) -> CheckedWords:
    try:
        own = own_lessons(folder)
    except LessonsFaulty as error:
        return CheckedWords(faults=tuple(map(str, error.faults)))
    names = ", ".join(lesson.name for lesson in own.of(NEEDED[0]))
    return CheckedWords(good=(f"{folder}: lessons without faults, each in {', '.join(NEEDED)}: {names}",))


def _phrases(path: str) -> CheckedWords:
    try:
        own = own_phrases(path)
    except PhrasesFaulty as error:
        return CheckedWords(faults=tuple(f"{path}, {fault}" for fault in error.faults))
    return CheckedWords(good=(f"{path}: {sum(map(len, own.values()))} phrases without faults",))


def _replies(path: str) -> CheckedWords:
    book = ReplyBook(path).current()
    if book.faults:
        return CheckedWords(faults=tuple(f"{path}, {fault}" for fault in book.faults))
    return CheckedWords(good=(f"{path}: {len(book.replies)} replies without faults",))


def check_guard_words(path: str) -> CheckedWords:
    try:
        own = own_words(path)
    except GuardWordsFaulty as error:
        return CheckedWords(faults=tuple(f"{path}, {fault}" for fault in error.faults))
    return CheckedWords(good=(f"{path}: phrases that agents are asked about, without faults: {own.count}",))


def check_surveys(folder: str) -> CheckedWords:
    """The survey files of the folder."""
    files = files_in(folder)
    faults = tuple(f"{file.file}, {fault}" for file in files for fault in file.faults)
    names = ", ".join(file.survey.name for file in files if file.survey) or "none"
    return CheckedWords(faults, good=() if faults else (f"{folder}: surveys without faults: {names}",))
