"""An agent's day as a timeline: what they did in cases, and how often they wrote, in order. Times are instants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.cases.audit_log import MOST_NUMBER, Entry
from bot.rules.policy.rosters import Shifts

WORDS = "said"  # an event whose words are among the messages, too


@dataclass(frozen=True, slots=True)
class Messages:
    """So many messages to the customer of one case, one after the other; `at` is the first one's time."""

    at: datetime
    case_id: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class AgentDay:
    """One day by the desk's calendar. `away_since`: they are away now, since that day."""

    name: str
    day: date
    shifts: Shifts | None
    did: tuple[Entry | Messages, ...]
    away_since: datetime | None = None


def together(entries: Iterable[Entry], messages: Iterable[Messages]) -> tuple[Entry | Messages, ...]:
    """In order of time; messages in the same case that follow each other are one line."""
    lines: list[Entry | Messages] = []
    did: list[Entry | Messages] = [one for one in entries if one.source == "case" and one.kind != WORDS]
    did += messages
    for one in sorted(did, key=_order):
        last = lines[-1] if lines else None
        if isinstance(one, Messages) and isinstance(last, Messages) and last.case_id == one.case_id:
            lines[-1] = Messages(last.at, last.case_id, last.count + one.count)
        else:
            lines.append(one)
    return tuple(lines)


def _order(one: Entry | Messages) -> tuple[datetime, int]:
    return one.at, one.number if isinstance(one, Entry) else MOST_NUMBER
