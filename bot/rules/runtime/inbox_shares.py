"""How much of the inbox is one person's share: what is beyond it is counted and answered once, not kept.

Words for a person are not dropped: those of agents in a group, and those of a customer with an open case as long as
fewer than MOST_FOR_A_PERSON of their messages wait.
"""

from __future__ import annotations

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
STRANGER_PER_MINUTE_IN_A_GROUP = 20  # Telegram takes no more answers in one
MINUTE = timedelta(minutes=1)
MOST_OF_STRANGERS = 2000  # that wait, of all of them together
MOST_LANES: dict[Share, int] = {"known": 100, "group": 75, "stranger": 25}
"""How many lanes of a share are served at the same time: so that none of them takes the others' turns."""
TELL_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Load:
    """What is there of one lane: updates that wait, and those that came within the last minute; and whether it is one
    of a group."""

    waiting: int = 0
    lately: int = 0
    in_group: bool = False


def has_room(share: Share, kind: Kind, load: Load, of_strangers: int) -> bool:
    """Whether one more fits into the lane's share. `of_strangers` wait of all strangers together."""
    if kind == "news":  # that is never many, but for somebody who plays with it
        return load.waiting < 2 * MOST_WAITING[share]
    if share != "stranger":
        return load.waiting < MOST_WAITING[share]
    # Who becomes a customer by this may have been playing with the buttons until now.
    more = 2 if kind == "door" else 1
    most = STRANGER_PER_MINUTE_IN_A_GROUP if load.in_group else STRANGER_PER_MINUTE
    within = load.waiting < more * MOST_WAITING[share] and load.lately < more * most
    return within and of_strangers < more * MOST_OF_STRANGERS


def is_for_a_person(share: Share, kind: Kind, has_case: bool) -> bool:
    """Whether it has to be kept although there is no room: somebody is there to read it."""
    return kind == "words" and (share == "group" or (share == "known" and has_case))
