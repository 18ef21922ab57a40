"""What a customer may choose in /settings now, by the policy of their segment and where they can be reached. A choice
that is not offered is refused: its button may be old."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.facts.wishes import Often
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import hours_to_choose

PAUSES = (1, 3, 7, 14, 30, 60, 90)  # days that are offered, up to what the policy allows


@dataclass(frozen=True, slots=True)
class Offer:
    """`hours` are the whole hours to choose from, the first of them that of the opening; `often` what there is beside
    the usual; `pauses` the last days of a pause; `channels` those that reach the customer, as the policy orders
    them."""

    hours: tuple[int, ...]
    often: tuple[Often, ...]
    pauses: tuple[date, ...]
    channels: tuple[str, ...]

    def has_channels(self, chosen: Collection[str]) -> bool:
        """Whether these may be chosen: at least one, each of them offered, none twice."""
        return bool(chosen) and len(set(chosen)) == len(chosen) and set(chosen) <= set(self.channels)


def offer(policy: Policy, today: date, reaching: Collection[str]) -> Offer:
    """What is offered on the customer's day `today`; `reaching` are the channels that are set up and reach them."""
    fewer: tuple[Often, ...] = ("fewer",) if policy.for_wish("fewer").steps != policy.for_wish("usual").steps else ()
    more: tuple[Often, ...] = ("more",) if policy.choices.more else ()
    most = policy.choices.pause_days
    lengths = [days for days in PAUSES if days < most] + ([most] if most else [])
    by_policy = dict.fromkeys(channel for step in policy.steps for channel in step.channels)
    return Offer(
        hours=hours_to_choose(policy.sending_hours),
        often=(*fewer, "usual", *more) if fewer or more else (),
        pauses=tuple(today + timedelta(days=days - 1) for days in lengths),
        channels=tuple(channel for channel in by_policy if channel in reaching),
    )


def may_pause(policy: Policy, today: date, until: date) -> bool:
    """Whether reminders may pause through that day."""
    return today <= until < today + timedelta(days=policy.choices.pause_days)


AREAS = ("Asia", "Europe", "America", "Africa", "Australia", "Pacific", "Indian", "Atlantic", "Antarctica")
"""The parts of the world by which time zones are found."""


def zones_in(area: str, zones: Iterable[str]) -> tuple[str, ...]:
    """The zones of one part of the world, by name; none for an unknown part."""
    return tuple(sorted(zone for zone in zones if area in AREAS and zone.partition("/")[0] == area and "/" in zone))
