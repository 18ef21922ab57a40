"""Troubles: what keeps the program from its promise until a person fixes it. `bot.work.operations.monitoring` finds
them, `bot.views.operations.alerts` puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, get_args

Kind = Literal[
    # subject: planner, sender, guard, attending (desk upkeep) or watch; at: its last round, None if it never ran
    "no_round",
    "clock_back",  # count: minutes by which the clock was set back; at: when this was noticed
    "rival",  # at: since when another program has taken updates with the bot's token
    "backlog",  # count: reminders that can no longer be sent within their hours
    "facts_old",  # at: the wallet's last facts, None if there were none
    "pack_expired",  # subject: the pack; day: the last one on which it was trusted
    "pack_expires",  # the same, in the future
    "group_unusable",  # reason: why the agents' group refuses; at: since when
    "channel_refuses",  # subject: the channel; count of `of` attempts, most of them for this reason
    "updates_failed",  # count: people's messages that could not be handled
    "notices_refused",  # count: reminders that a channel rejected as invalid
    "silent",  # count: overdue customers without contact, against the guarantee
    "overlooked",  # subject: the first such customer; count: those whom only the guard found, in the last day
    "reveals_many",  # subject: the agent's id at Telegram; count: numbers asked for within minutes; at: since when
    # subject: the last such customer; count: forgotten customers who owe something overdue and whom the wallet has not
    # taken over
    "forgotten_overdue",
    "prune_late",  # at: when old records were last removed, None if never
    "deadline_unheard",  # count: late cases about which no supervisor on duty could be told
    "alarm_unheard",  # reason: why no supervisor could be told about the other troubles
]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class TroubleKey:
    """What two sightings of the same trouble share. `size` is how many digits its count has, 0 if it has none: a count
    that grew tenfold makes another trouble, one more does not."""

    kind: str  # a `Kind`, or one that an earlier or later release knows
    subject: str
    reason: str
    size: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble; the comment at its kind says what the other fields mean."""

    kind: Kind
    subject: str = ""
    reason: str = ""
    count: int = 0
    of: int = 0
    at: datetime | None = None
    day: date | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not a kind of trouble; there are {', '.join(KINDS)}")

    @property
    def key(self) -> TroubleKey:
        size = len(str(self.count)) if self.count else 0
        return TroubleKey(self.kind, self.subject, self.reason, size, self.day)


def burst(instants: Sequence[datetime], within: timedelta) -> tuple[int, datetime | None]:
    """The most of these instants (oldest first) that fall within such a time, and when that time began."""
    most, began, first = 0, None, 0
    for last, at in enumerate(instants):
        while at - instants[first] > within:
            first += 1
        if last - first + 1 > most:
            most, began = last - first + 1, instants[first]
    return most, began


@dataclass(frozen=True, slots=True)
class Load:
    """So many messages that may be sent from `opens` until `closes`."""

    opens: datetime
    closes: datetime
    messages: int


def left_over(loads: Iterable[Load], per_second: float, now: datetime) -> int:
    """How many messages cannot be sent within their hours at that rate, even if those that close soonest go first."""
    waiting = sorted((load for load in loads if load.closes > now), key=lambda load: load.closes)
    left = [float(load.messages) for load in waiting]
    instants = sorted({now, *(max(now, load.opens) for load in waiting), *(load.closes for load in waiting)})
    for begins, ends in pairwise(instants):
        room = (ends - begins) / timedelta(seconds=1) * per_second
        for number, load in enumerate(waiting):
            if load.opens <= begins < load.closes:
                gone = min(left[number], room)
                left[number] -= gone
                room -= gone
    return int(sum(left) + 1e-6)
