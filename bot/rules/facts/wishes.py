"""What a customer wishes of reminders: the hour, the channels and their order, how many, and a pause. What a policy
lets them choose is in `bot.rules.policy.terms`; the last check before sending keeps to both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast, get_args

Often = Literal["fewer", "usual", "more"]
HOW_OFTEN: tuple[Often, ...] = get_args(Often)


@dataclass(frozen=True, slots=True)
class Wishes:
    """`hour` is the earliest on the customer's clock (0 to 23), None: as the policy says. `channels` are those that
    they want, the first one first; empty: as the policy says. `paused_until` is the last day without reminders.
    `foreseen_hour` is when they usually read, where they agreed to that being foreseen."""

    hour: int | None = None
    channels: tuple[str, ...] = ()
    often: Often = "usual"
    paused_until: date | None = None
    foreseen_hour: int | None = None

    @property
    def from_hour(self) -> int | None:
        """The hour before which no reminder comes: the chosen one, else the foreseen one."""
        return self.foreseen_hour if self.hour is None else self.hour

    def paused(self, today: date) -> bool:
        return self.paused_until is not None and today <= self.paused_until

    def ordered(self, channels: Iterable[str]) -> tuple[str, ...]:
        """A step's channels, the wished ones first and in their order. The others stay behind them, so that a wish
        never leaves somebody without any message: they are used only where none of the wished ones takes it."""
        there = tuple(dict.fromkeys(channels))
        wished = [channel for channel in self.channels if channel in there]
        return (*wished, *(channel for channel in there if channel not in wished))


NO_WISHES = Wishes()


def often_of(said: str | None) -> Often:
    """How often somebody wants reminders, as it is stored; an unknown word is as usual."""
    return cast(Often, said) if said in HOW_OFTEN else "usual"


def channels_of(said: str | None) -> tuple[str, ...]:
    """The channels as they are stored: names joined by commas."""
    return tuple(filter(None, (said or "").split(",")))
