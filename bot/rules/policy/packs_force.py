"""Which rules of packs hold on a day, and which hours and caps they leave. This module knows no policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time
from typing import TypeVar

from bot.rules.policy.packs_terms import Hours, MostMessages, Pack, Says
from bot.rules.policy.sending_hours import MIDNIGHT, SendingHours

EVERY_DAY = frozenset(range(7))
S = TypeVar("S", bound=Says)


def expired(packs: Iterable[Pack], today: date) -> tuple[str, ...]:
    """The names of the packs with an expired rule: under these nothing is sent automatically."""
    return tuple(pack.name for pack in packs if pack.expires is not None and pack.expires < today)


def effective(packs: Iterable[Pack], day: date | None) -> tuple[Pack, ...]:
    """Each pack with the rules that hold on that day, or with all of them if the day is None.

    An expired rule still holds: it may have become stricter, but hardly ever disappeared.
    """
    if day is None:
        return tuple(packs)
    return tuple(
        replace(pack, rules=tuple(rule for rule in pack.rules if rule.effective_from <= day)) for pack in packs
    )


def said(packs: Iterable[Pack], of: type[S]) -> Iterator[S]:
    """The contents of the rules of one type, pack by pack."""
    for pack in packs:
        for rule in pack.rules:
            if isinstance(rule.says, of):
                yield rule.says


def narrowed(hours: SendingHours, packs: Iterable[Pack]) -> SendingHours:
    """The hours that are allowed by these and by every pack. If none are left, every day is a rest day."""
    for rule in said(packs, Hours):
        opens = max(hours.opens, rule.opens)
        closes = min(hours.closes, rule.closes, key=_as_end)
        rest_days = hours.rest_days | (EVERY_DAY - rule.days)
        if (closes != MIDNIGHT and opens >= closes) or rest_days == EVERY_DAY:
            return replace(hours, rest_days=EVERY_DAY)
        hours = replace(hours, opens=opens, closes=closes, rest_days=rest_days)
    return hours


def fewest_per_day(most: int, packs: Iterable[Pack]) -> int:
    return min([most, *(rule.per_day for rule in said(packs, MostMessages) if rule.per_day is not None)])


def fewest_per_week(most: int, packs: Iterable[Pack]) -> int:
    return min([most, *(rule.per_week for rule in said(packs, MostMessages) if rule.per_week is not None)])


def _as_end(closes: time) -> tuple[bool, time]:
    """Sort key for the end of a day: midnight is the last."""
    return closes == MIDNIGHT, closes
