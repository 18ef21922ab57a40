"""Each person's share of the inbox: updates beyond it are counted and answered once, but not kept.

Messages for a human reader are always kept: those of agents in a group, and those of a customer with an open case while
fewer than MOST_FOR_A_PERSON of them wait.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Share = Literal["known", "group", "stranger"]
"""Whose an update is: a customer's or an agent's in private, an agent's in a group, or anybody else's. In a group a
customer is a stranger: nothing is to be had for them there."""

Kind = Literal["words", "door", "other", "news"]
"""What somebody sent: words or a file for a person; what opens a link; a command, a press, a mere change; and what is
news of a chat, which has no other way to be known."""

SHARES: tuple[Share, ...] = ("known", "group", "stranger")
MOST_WAITING: dict[Share, int] = {"known": 50, "group": 200, "stranger": 20}
MOST_FOR_A_PERSON = 1000
STRANGER_PER_MINUTE = 10
STRANGER_PER_MINUTE_IN_A_GROUP = 20  # Telegram accepts no more answers in a group
MINUTE = timedelta(minutes=1)
MOST_OF_STRANGERS = 2000  # waiting updates of all strangers together
MOST_LANES: dict[Share, int] = {"known": 100, "group": 75, "stranger": 25}
"""How many lanes of a share are served at the same time: so that none of them takes the others' turns."""
TELL_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What is there in one lane: waiting updates, updates of the last minute, and whether it is a group's lane."""

    waiting: int = 0
    lately: int = 0
    in_group: bool = False


def has_room(share: Share, kind: Kind, load: Load, of_strangers: int) -> bool:
    """Whether one more update fits into the lane's share. `of_strangers` updates of all strangers together are
    waiting."""
    if kind == "news":  # these are few, unless somebody plays with it
        return load.waiting < 2 * MOST_WAITING[share]
    if share != "stranger":
        return load.waiting < MOST_WAITING[share]
    # A person who becomes a customer by this update may have used up the share by pressing buttons before.
    more = 2 if kind == "door" else 1
    most = STRANGER_PER_MINUTE_IN_A_GROUP if load.in_group else STRANGER_PER_MINUTE
    within = load.waiting < more * MOST_WAITING[share] and load.lately < more * most
    return within and of_strangers < more * MOST_OF_STRANGERS


def is_for_a_person(share: Share, kind: Kind, has_case: bool) -> bool:
    """Whether it has to be kept although there is no room, because a person will read it."""
    return kind == "words" and (share == "group" or (share == "known" and has_case))


class Room:
    """The room for more lanes: as many of each share as one of so many bots (0: none) may serve at the same time."""

    def __init__(self, busy: Mapping[str, Share], bots: int) -> None:
        self._busy, self._bots = busy, bots
        self._running = Counter(busy.values())

    def take(self, lane: str, share: Share) -> bool:
        """Whether the lane, which is not being served yet, has room; then it takes that."""
        most = math.ceil(MOST_LANES[share] / self._bots) if self._bots else 0
        if lane in self._busy or self._running[share] >= most:
            return False
        self._running[share] += 1
        return True
