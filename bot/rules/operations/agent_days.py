"""An agent's day as a timeline: what they did in cases, how often they wrote, when they were away, and
their breaks, in order. Times are instants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise, takewhile

from bot.rules.cases.agent_limits import AgentChange
from bot.rules.operations.audit_log import MOST_NUMBER, Entry
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.rosters import Agent, Shifts, staffed

WORDS = ("said", "file_said")  # events whose words are among the messages, too


@dataclass(frozen=True, slots=True)
class Messages:
    """So many messages to the customer of one case, one after the other; `at` is the first one's time."""

    at: datetime
    case_id: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """A break between two of the periods in which they work, by their shifts and the desk's hours."""

    at: datetime
    until: datetime


DayLine = Entry | Messages | Pause | AgentChange


def breaks(desk: Desk, shifts: Shifts | None, since: datetime, before: datetime, now: datetime) -> tuple[Pause, ...]:
    """The breaks of some time, which is not more than a day, that have begun: they work in it before and after."""
    there = takewhile(lambda period: period.opens < before, staffed(desk, [Agent(shifts)], since))
    return tuple(
        Pause(one.closes, other.opens)
        for one, other in pairwise(there)
        if one.closes < other.opens and one.closes <= now
    )


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One day by the desk's calendar."""

    name: str
    day: date
    shifts: Shifts | None
    did: tuple[DayLine, ...]


def together(
    entries: Iterable[Entry], messages: Iterable[Messages], others: Iterable[Pause | AgentChange] = ()
) -> tuple[DayLine, ...]:
    """In order of time; messages in the same case that follow each other are one line."""
    lines: list[DayLine] = []
    did: list[DayLine] = [one for one in entries if one.source == "case" and one.kind not in WORDS]
    did += [*messages, *others]
    for one in sorted(did, key=_order):
        last = lines[-1] if lines else None
        if isinstance(one, Messages) and isinstance(last, Messages) and last.case_id == one.case_id:
            lines[-1] = Messages(last.at, last.case_id, last.count + one.count)
        else:
            lines.append(one)
    return tuple(lines)


def _order(one: DayLine) -> tuple[datetime, int]:
    return one.at, one.number if isinstance(one, Entry) else MOST_NUMBER
