"""Receipts: what a customer is told, unasked, of a payment that came in and of other changes of a debt that the bot had
spoken of.

A receipt is no reminder: it asks for nothing. So it counts towards no cap and waits for none, is sent on rest days too,
and waits only for the night to end. But it is unasked, so nobody gets one who turned reminders off, is in distress, or
was forgotten. The record says why it was not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rules.facts.customer_facts import Customer
from bot.rules.facts.settling import Change, ended_otherwise
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import SendingHours, Window, next_window
from bot.rules.reminders.send_check import Never, NotNow


def by_day(hours: SendingHours) -> SendingHours:
    """The hours in which nobody is woken: the policy's, on every day."""
    return replace(hours, rest_days=frozenset(), holidays=None)


def waking(policy: Policy, zone: str, now: datetime) -> Window | None:
    """The present day's hours, or the next; None if there are none at all."""
    return next_window(by_day(policy.sending_hours), zone, now)


@dataclass(frozen=True, slots=True)
class News:
    """What became of one debt since the customer was last told of it; `product` names its account."""

    product: str
    change: Change


@dataclass(frozen=True, slots=True)
class Tell:
    """It may be told now."""

    news: tuple[News, ...]


def decide(
    policy: Policy, customer: Customer, changed: Sequence[News], now: datetime, *, in_distress: bool
) -> Tell | NotNow | Never:
    """What of this may be told now, by the policy of the customer's segment; or when it may, or why never."""
    if customer.forgotten:
        return Never("forgotten")
    if in_distress:
        return Never("on_hold")
    if customer.stopped:
        return Never("stopped")
    if policy.silenced_by:
        return Never("pack_expired")
    told = tuple(each for each in changed if is_news(each.change))
    if not told:
        return Never("nothing_to_tell")
    window = waking(policy, customer.zone, now)
    if window is None:
        return Never("no_hours")
    return NotNow(window, "outside_hours") if now < window.opens else Tell(told)


def is_news(change: Change) -> bool:
    """Whether a customer is told. Not that more is owed: that is said when it is due; and not what changed of a debt
    that was settled before and still is, except that money came in."""
    if change.came_in > 0:
        return True
    if not change.left and not change.owed:
        return False
    return change.came_in < 0 or bool(ended_otherwise(change))
