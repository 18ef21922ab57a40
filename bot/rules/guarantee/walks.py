"""How the guard walks through all customers: zone by zone, everybody at least once an hour and once in each evening, a
bounded part of them a minute.

Where the customers are read is in `storage.guarantee.walks`, what is done about each in `bot.work.guarantee.guard`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from bot.rules.policy.sending_hours import Window

LASTS = timedelta(minutes=50)  # so that nobody waits for an hour, though rounds come a minute apart
LEFT_ALONE = 2 * LASTS  # a walk that began so long ago was interrupted: another one begins
ROUND = timedelta(minutes=1)
AT_ONCE = 500  # a wallet of so many customers is walked through in every round
LEAST = 250  # a smaller part waits for the next round, as each part has a cost of its own


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk through the customers of a zone. `walked_to` is the last one looked at (None: all were), `walked` how many
    of the `customers` that there were as it began. Evenings that began before `settled_at` need nothing more."""

    zone: str
    began_at: datetime
    walked_to: str | None
    customers: int
    walked: int
    settled_at: datetime

    @property
    def is_done(self) -> bool:
        return self.walked_to is None

    def after(self, last: str | None, looked_at: int) -> Walk:
        """The walk after another part of it, up to the customer `last`; None where nobody is left after them."""
        settled_at = max(self.settled_at, self.began_at) if last is None else self.settled_at
        return replace(self, walked_to=last, walked=self.walked + looked_at, settled_at=settled_at)


def is_large(walks: Iterable[Walk]) -> bool:
    """Whether a wallet has so many customers that they are walked through in parts."""
    return sum(walk.customers for walk in walks) > AT_ONCE


def begins(walk: Walk, evenings: Iterable[Window], is_small: bool, now: datetime) -> bool:
    """Whether another walk begins in place of this one. `evenings` are those of the zone's day, one for each segment's
    sending hours: each that has begun has a walk of its own."""
    if now < walk.began_at:
        return True  # the clock was set back
    if any(walk.began_at < evening.opens <= now for evening in evenings):
        return True
    age = now - walk.began_at
    if walk.is_done:
        return is_small or age >= LASTS
    return age >= LEFT_ALONE


def part(walk: Walk, evenings: Iterable[Window], is_small: bool, now: datetime, apart: timedelta = ROUND) -> int | None:
    """How many customers to look at in this round, so that the walk is done in time also if the next round is the last
    one before an evening ends; None is all that are left. `apart` is how long ago the last round was: where rounds come
    seldom, the next one may be as late, and more is done at once."""
    if is_small:
        return None
    apart = max(apart, ROUND)
    ends = [evening.closes - apart for evening in evenings if evening.opens <= now < evening.closes]
    by = min([walk.began_at + LASTS, *ends])
    ahead = now + apart
    if ahead >= by:
        return None
    wanted = ceil(walk.customers * ((ahead - walk.began_at) / (by - walk.began_at))) - walk.walked
    return wanted if wanted >= LEAST else 0
