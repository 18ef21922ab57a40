"""Bulk orders: a supervisor's command for many cases at once, how it is written and what it means.

    move FROM TO [N] [filters]     FROM and TO are agents, or `queue`
    release AGENT [N] [filters]    the same as moving to the queue
    hold DAYS filters              reminders rest, and the cases wait

A filter is reason:WORD, language:zh, agent:NAME, overdue:DAYS, or `all`. Names with spaces are written in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.rules.languages import BASES

QUEUE = "queue"
MOST_CASES = 5000  # at once
MOST_HOLD_DAYS = 60

Fault = Literal["usage", "unknown_agent", "same", "days", "number", "filter", "filter_needed", "away"]

_WORD = re.compile(r'([a-z]+:)?"([^"]*)"|(\S+)')
_QUOTES = str.maketrans("“”„‟「」『』＂", '"' * 9)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which open cases are meant. `owner_id`: those of this agent; `waiting`: those without an owner; None and False:
    no filter. `overdue_days`: overdue by more than so many days."""

    owner_id: int | None = None
    waiting: bool = False
    reason: str | None = None
    language: str | None = None
    overdue_days: int | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """`do` to at most `most` cases, the most urgent first. Moved to `to` (None: the queue), or on hold for `days`."""

    do: Literal["move", "hold"]
    filters: Filters
    most: int = MOST_CASES
    to: int | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class NotBulk:
    """What is wrong with the command, and in which word; or (`away`) the agent who can get no cases now."""

    fault: Fault
    word: str = ""


def read_bulk(text: str, agents: Mapping[str, int]) -> Bulk | NotBulk:
    """Reads the arguments of `/bulk`. `agents` are the ids of the agents by name."""
    words = _words(text)
    if not words:
        return NotBulk("usage")
    verb = words[0].casefold()
    if verb == "move" and len(words) >= 3:
        return _move(words[1], words[2], words[3:], agents)
    if verb == "release" and len(words) >= 2:
        return _move(words[1], QUEUE, words[2:], agents)
    if verb == "hold" and len(words) >= 2:
        return _hold(words[1], words[2:], agents)
    return NotBulk("usage")


def read_reassignment(text: str, agents: Mapping[str, int]) -> Bulk | NotBulk:
    """Reads the arguments of `/reassign`: whose cases, and who gets them; without a colleague, the queue."""
    words = [word for word in _words(text) if word.casefold() != "to"]
    if not 1 <= len(words) <= 2:
        return NotBulk("usage")
    if words[0].casefold() == QUEUE:
        return NotBulk("unknown_agent", words[0])
    return _move(words[0], words[1] if len(words) == 2 else QUEUE, [], agents)


def _words(text: str) -> list[str]:
    """The words; text in quotes of any script is one word."""
    found = _WORD.finditer(text.translate(_QUOTES))
    return [(m[1] or "") + m[2] if m[2] is not None else m[3] for m in found]


def _move(source: str, target: str, rest: list[str], agents: Mapping[str, int]) -> Bulk | NotBulk:
    numbers: list[int | None] = []
    for name in (source, target):
        number = None if name.casefold() == QUEUE else _agent(name, agents)
        if number is None and name.casefold() != QUEUE:
            return NotBulk("unknown_agent", name)
        numbers.append(number)
    if numbers[0] == numbers[1]:
        return NotBulk("same", target)
    most = MOST_CASES
    if rest and ":" not in rest[0] and rest[0].casefold() != "all":
        number = _number(rest[0], MOST_CASES)
        if number is None:
            return NotBulk("number", rest[0])
        most, rest = number, rest[1:]
    filters = _filters(rest, agents, Filters(owner_id=numbers[0], waiting=numbers[0] is None))
    return filters if isinstance(filters, NotBulk) else Bulk("move", filters, most, numbers[1])


def _hold(days: str, rest: list[str], agents: Mapping[str, int]) -> Bulk | NotBulk:
    number = _number(days, MOST_HOLD_DAYS)
    if number is None:
        return NotBulk("days", days)
    if not rest:
        return NotBulk("filter_needed")
    filters = _filters(rest, agents, Filters())
    return filters if isinstance(filters, NotBulk) else Bulk("hold", filters, days=number)


def _filters(words: list[str], agents: Mapping[str, int], start: Filters) -> Filters | NotBulk:
    """Each kind of filter at most once, because two of the same kind have no clear meaning."""
    found = {"owner_id": start.owner_id, "waiting": start.waiting}
    given: dict[str, str] = {}
    for word in words:
        key, colon, value = word.partition(":")
        key = key.casefold()
        if (key, colon) == ("all", ""):
            continue
        if not value or key in given or key not in ("reason", "language", "agent", "overdue"):
            return NotBulk("filter", word)
        given[key] = value
    if "agent" in given:
        owner = _agent(given["agent"], agents)
        if owner is None or found["owner_id"] not in (None, owner) or found["waiting"]:
            return NotBulk("unknown_agent" if owner is None else "filter", given["agent"])
        found["owner_id"] = owner
    overdue = _number(given["overdue"], 9999, least=0) if "overdue" in given else None
    if "overdue" in given and overdue is None:
        return NotBulk("filter", f"overdue:{given['overdue']}")
    language = given["language"].casefold() if "language" in given else None
    if language is not None and language not in BASES:
        return NotBulk("filter", f"language:{language}")
    return Filters(
        owner_id=found["owner_id"],
        waiting=bool(found["waiting"]),
        reason=given["reason"].casefold() if "reason" in given else None,
        language=language,
        overdue_days=overdue,
    )


def _agent(name: str, agents: Mapping[str, int]) -> int | None:
    """The agent with that name, or with the only name that begins so."""
    wanted = name.casefold()
    known = {known.casefold(): number for known, number in agents.items()}
    if wanted in known:
        return known[wanted]
    found = [number for known_name, number in known.items() if wanted and known_name.startswith(wanted)]
    return found[0] if len(found) == 1 else None


def _number(word: str, most: int, *, least: int = 1) -> int | None:
    if not (word.isascii() and word.isdigit() and len(word) <= 6):
        return None
    return int(word) if least <= int(word) <= most else None
