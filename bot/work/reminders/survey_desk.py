"""Surveys as a supervisor works with them in a chat: the files in the wallet's folder, whom one may be for, and those
that were started. Starting, results and ending are in `surveys`, for the command line too.

What is chosen is in the buttons alone, by keys that are short enough for them, so nothing is lost by a kill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.rules.policy.policy import PolicyFaulty
from bot.rules.reminders.survey_file import Survey, read_survey
from bot.text_files import read_text
from bot.work.reminders import surveys
from bot.work.reminders.surveys import Whom
from storage.reminders.surveys import StoredSurvey
from storage.runtime.engine import Database

MOST_FILES = 20
EXPECTED = "expected a folder of survey files (docs/surveys.md)"
EVERYBODY, TENTH = "all", "tenth"


@dataclass(frozen=True, slots=True)
class SurveyFile:
    """A file of the folder: its survey, or all that is wrong with it."""

    file: str
    text: str = ""
    survey: Survey | None = None
    faults: tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """The first thing that is wrong with it; empty if nothing is."""
        return next(iter(self.faults), "")

    @property
    def key(self) -> str:
        """As buttons have it."""
        return key_of(self.file)


@dataclass(frozen=True, slots=True)
class Overview:
    """The surveys that were started, the last one first, and the files of those that were not."""

    started: tuple[StoredSurvey, ...]
    files: tuple[SurveyFile, ...]


def key_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def files_in(folder: str) -> tuple[SurveyFile, ...]:
    """The survey files of the folder, by name; none without one."""
    if not folder:
        return ()
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.suffix == ".toml")
    except OSError as error:
        return (SurveyFile(folder, faults=(f"the folder cannot be read: {error.strerror}; {EXPECTED}",)),)
    return tuple(_read(path) for path in paths[:MOST_FILES])


def _read(path: Path) -> SurveyFile:
    try:
        text = read_text(path)
        return SurveyFile(path.name, text, read_survey(text, path.name))
    except PolicyFaulty as faulty:
        return SurveyFile(path.name, faults=tuple(map(str, faulty.faults)))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return SurveyFile(path.name, faults=(f"cannot be read: {why}; expected a survey's file in UTF-8",))


async def overview(db: Database, folder: str) -> Overview:
    started = await surveys.all_surveys(db)
    names = {survey.name for survey in started}
    files = tuple(f for f in files_in(folder) if f.survey is None or f.survey.name not in names)
    return Overview(tuple(reversed(started)), files)


def file_of(folder: str, key: str) -> SurveyFile | None:
    """The faultless file with this key; None if it is gone."""
    return next((file for file in files_in(folder) if file.key == key and file.survey is not None), None)


async def survey_of(db: Database, survey_id: int) -> StoredSurvey | None:
    return next((survey for survey in await surveys.all_surveys(db) if survey.survey_id == survey_id), None)


def whom_of(chosen: str, segments: Iterable[str]) -> Whom | None:
    """Whom a button means: everybody, a tenth of them, or the segment with this key; None if that is gone."""
    if chosen in (EVERYBODY, TENTH):
        return Whom(share=0.1 if chosen == TENTH else 1.0)
    found = next((segment for segment in segments if key_of(segment) == chosen), None)
    return None if found is None else Whom(found)
