"""Holes in the desk of a valid policy: settings with which cases could be left lying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.faults import Fault


def desk_holes(desk: Desk, currencies: Sequence[str]) -> Iterator[Fault]:
    """Every hole; `currencies` are those that the policy reminds in. Without line numbers."""
    if desk.first_answer:
        yield from _longer(desk, *min(desk.first_answer.items(), key=lambda one: one[1]))
    if desk.weights.full_amount and desk.weights.amount:
        for currency in sorted(set(currencies) - set(desk.weights.full_amount)):
            message = f"{currency} has a minimum_amount and no full_amount, so that any sum in it weighs the same"
            yield Fault(None, "desk: urgency: full_amount", message)


def _longer(desk: Desk, reason: str, soonest: timedelta) -> Iterator[Fault]:
    """Leases so long that a case is late before an idle owner loses it."""
    first = f"the first answer ({reason}) is due within {_short(soonest)}"
    if desk.lease > soonest:
        message = f"{_short(desk.lease)}, while {first}: a case is late before it goes back; expected no more than that"
        yield Fault(None, "desk: lease", message)
    if desk.away_return > soonest:
        message = f"{_short(desk.away_return)}, while {first}: an absent agent's cases are late before they go back"
        yield Fault(None, "desk: away_return", message)
    if desk.remind_before >= soonest:
        message = f"{_short(desk.remind_before)}, while {first}: the reminder comes as soon as the case; expected less"
        yield Fault(None, "desk: remind_before", message)


def _short(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
