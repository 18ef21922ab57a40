"""A case's talk as values: what was said both ways, what the bot sent, notes, and what happened, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.rules.cases.case import CaseCard
from bot.rules.cases.event_codec import BareEvent, Event
from bot.rules.cases.talk_files import SAME_WITHIN, TalkFile
from bot.rules.facts.customer_facts import Instalment

Side = Literal["customer", "agent", "bot", "event"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a case's talk. Of what was said, `kind` is the contact's (word, press, media, agent, reminder …),
    `state` accepted, attempted, refused, answered, or waiting (on its way), and `body` the words, None where they were
    not kept. Of what happened there is the `event`. `name` is the agent who wrote or did it, empty if none did or it is
    not known. `files` came with it; `reference` is the number of its message."""

    at: datetime
    side: Side
    kind: str = ""
    channel: str = ""
    state: str = ""
    reason: str = ""
    body: str | None = None
    name: str = ""
    event: Event | BareEvent | None = None
    files: tuple[TalkFile, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CaseThread:
    """A case with its facts as of now and its talk, oldest first; `is_whole` if nothing earlier was left out. What is
    owed is `disputed` where the customer says that it is wrong, else `disputable`, each instalment with its key."""

    card: CaseCard
    lines: tuple[Line, ...]
    is_whole: bool
    disputed: tuple[tuple[str, Instalment], ...] = ()
    disputable: tuple[tuple[str, Instalment], ...] = ()


def with_files(lines: Sequence[Line], files: Iterable[TalkFile]) -> list[Line]:
    """The lines, in order of time, with each file at what it came with: an agent's at the message that has it, a
    customer's at what they did at that moment. A file without such a line gets one of its own."""
    found = list(lines)
    for file in sorted(files, key=lambda one: one.at):
        place = next((n for n, line in enumerate(found) if _came_with(line, file)), None)
        if place is not None:
            found[place] = replace(found[place], files=(*found[place].files, file))
            continue
        side: Side = "customer" if file.direction == "in" else "agent"
        found.append(Line(file.at, side, "media", "telegram", file.state, name=file.name, files=(file,)))
    return sorted(found, key=lambda line: line.at)


def with_their_files(coming: Iterable[Line], files: Sequence[TalkFile]) -> list[Line]:
    """What agents wrote and is on its way, each with the file that goes with it."""
    theirs = {file.at: file for file in files if file.direction == "out"}
    return [replace(line, files=(theirs[line.at],)) if line.at in theirs else line for line in coming]


def _came_with(line: Line, file: TalkFile) -> bool:
    if file.direction == "out":
        return line.side == "agent" and bool(line.reference) and line.reference == file.reference
    is_theirs = line.side == "customer" and line.kind in ("media", "forwarded")
    return is_theirs and not line.files and abs(line.at - file.at) <= SAME_WITHIN
