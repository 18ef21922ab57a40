"""The live queue: what the message that is pinned in the agents' group shows, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.rules.cases.case import Case, QueueRow

WAITING_SHOWN = 10
HELD_SHOWN = 60  # cases of agents, those due first
CHANGED_EVERY = timedelta(seconds=15)
"""At most so often the message is edited: the group's few calls are for what agents and customers write."""


@dataclass(frozen=True, slots=True)
class LiveQueue:
    """The most urgent waiting cases, and the cases of agents, those due first; the counts include cases that are not
    listed. `now` says which of them are late."""

    now: datetime
    waiting: tuple[QueueRow, ...] = ()
    held: tuple[Case, ...] = ()
    waiting_count: int = 0
    claimed_count: int = 0
    snoozed_count: int = 0
    late_count: int = 0
    desk_zone: str = "UTC"

    @property
    def is_empty(self) -> bool:
        """Whether no case is open."""
        return not (self.waiting_count or self.claimed_count or self.snoozed_count)


def is_late(case: Case, now: datetime) -> bool:
    """Whether the next action in an open case was due before. A case that has just opened is stored as due at once,
    until its deadline is computed, and is not late."""
    due_at = case.due_at if case.due_kind is not None else None
    return case.snoozed_until is None and due_at is not None and due_at < now


def may_change(changed_at: datetime | None, now: datetime) -> bool:
    """Whether the message may be edited again; also if the clock was set back."""
    return changed_at is None or abs(now - changed_at) >= CHANGED_EVERY
