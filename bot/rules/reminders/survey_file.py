"""Reads the file of a survey: a `Survey`, or every fault in it with its line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from bot.rules.languages import NEEDED, TAGS
from bot.rules.policy.faults import Fault, Notes, PolicyFaulty, syntax_fault
from bot.rules.policy.sections import Section
from bot.rules.toml_lines import key_lines, parse_toml

Kind = Literal["score", "choice", "words"]
KINDS: tuple[Kind, ...] = ("score", "choice", "words")
SCORES = ("1", "2", "3", "4", "5")
MOST_CHARACTERS = 50_000
MOST_QUESTIONS, MOST_CHOICES, MOST_DAYS = 12, 8, 60
MOST_TEXT, MOST_CHOICE = 600, 60  # characters of a question, and of a button


@dataclass(frozen=True, slots=True)
class Question:
    """One question: from one (worst) to five (best), one of several choices, or words. `text` and each choice are by
    language."""

    id: str
    kind: Kind
    text: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered by a button."""
        return SCORES if self.kind == "score" else tuple(self.choices)


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey: `intro` and `thanks` by language; it can be answered for so many `days`."""

    name: str
    days: int
    intro: Mapping[str, str]
    questions: tuple[Question, ...]


def read_survey(text: str, source: str) -> Survey:
    """Reads a survey's file (`source` is its name in errors). Raises `PolicyFaulty` with every fault found."""
    if len(text) > MOST_CHARACTERS:
        raise PolicyFaulty(
            source, [Fault(None, "", f"{len(text)} characters given, expected {MOST_CHARACTERS} at most")]
        )
    text = text.removeprefix("\ufeff")
    try:
        table = parse_toml(text)
        notes = Notes(key_lines(text))
    except ValueError as error:
        raise PolicyFaulty(source, [syntax_fault(error, text)]) from error
    except RecursionError:
        raise PolicyFaulty(source, [Fault(None, "not TOML", "lists or tables are nested too deeply")]) from None
    top = Section(table, notes)
    top.only(("name", "days", "intro", "question"))
    if "name" not in table:
        top.fault(None, '"name" is missing, expected letters, digits, - and _, at most 40')
    name = top.text("name", r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", "letters, digits, - and _, at most 40") or ""
    days = top.whole("days", 1, MOST_DAYS) or 14
    intro = _texts(top, "intro", MOST_TEXT)
    questions = _questions(top)
    if notes.faults:
        raise PolicyFaulty(source, notes.faults)
    return Survey(name, days, intro, questions)


def _questions(top: Section) -> tuple[Question, ...]:
    sections = top.rows("question", "question", "id")
    if not 1 <= len(sections) <= MOST_QUESTIONS:
        top.fault("question" if sections else None, f"{len(sections)} questions given, expected 1 to {MOST_QUESTIONS}")
    found: list[Question] = []
    for section in sections:
        section.only(("id", "kind", "text", "choices"))
        for key in ("id", "kind"):
            if key not in section.table:
                section.fault(None, f'"{key}" is missing')
        id_ = section.text("id", r"[a-z][a-z0-9_]{0,29}", "small letters, digits and _, at most 30")
        kind = cast("Kind | None", section.choice("kind", KINDS))
        text = _texts(section, "text", MOST_TEXT)
        choices = _choices(section) if kind == "choice" else {}
        if kind != "choice" and "choices" in section.table:
            section.fault("choices", 'only a question of kind "choice" has choices')
        if id_ is not None and any(id_ == other.id for other in found):
            section.fault("id", f'"{id_}" is the id of an earlier question, expected one of its own')
        if id_ is not None and kind is not None:
            found.append(Question(id_, kind, text, choices))
    return tuple(found)


def _choices(section: Section) -> dict[str, Mapping[str, str]]:
    below = section.section("choices", 'tables by id such as price = { en = "The price", … }')
    if below is None or not 2 <= len(below.table) <= MOST_CHOICES:
        given = 0 if below is None else len(below.table)
        section.fault("choices" if below else None, f"{given} choices given, expected 2 to {MOST_CHOICES}")
        return {}
    return {id_: _texts(below, id_, MOST_CHOICE) for id_ in below.table}


def _texts(section: Section, key: str, most: int) -> Mapping[str, str]:
    """A text in each language: in those of `NEEDED` it has to be there, in another one it is else that of the first."""
    below = section.section(key, "a table with a text for each language")
    if below is None:
        if key not in section.table:
            section.fault(None, f'"{key}" is missing, expected a table with a text for each of {", ".join(NEEDED)}')
        return {}
    below.only(TAGS)
    missing = [tag for tag in NEEDED if tag not in below.table]
    if missing:
        below.fault(None, f"no text in {', '.join(missing)}, expected one in each of {', '.join(NEEDED)}")
    found = {}
    for tag in TAGS:
        value = below.text(tag, rf"(?s)\s*\S.{{0,{most - 1}}}", f"a text of 1 to {most} characters")
        if value is not None:
            found[tag] = value.strip()
    return {tag: found.get(tag, found.get(NEEDED[0], "")) for tag in TAGS}
