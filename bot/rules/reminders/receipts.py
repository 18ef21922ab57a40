"""Receipts: what a customer is told, unasked, of a payment that came in, of other changes of a debt that the bot had
spoken of, and of how their promise ended: kept, or not, which is said kindly and once.

A receipt is no reminder: it asks for nothing. So it counts towards no cap and waits for none, is sent on rest days too,
and waits only for the night to end. But it is unasked, so nobody gets one who turned reminders off, is in distress, or
was forgotten. The record says why it was not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.rules.facts.customer_facts import Customer, CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.facts.settlement import Change, ended_otherwise
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
class EndedPromise:
    """How a promise for the day `until` ended. `came_in` since it was made, of its `amount` (None: it was of several
    currencies); `agent` is the name of who agreed to it or has seen it, if anybody did. `of_plan`: it is a plan of
    parts, of which one was missed if it was not kept."""

    kept: bool
    until: date
    amount: Money | None = None
    came_in: Money | None = None
    agent: str = ""
    of_plan: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """It may be told now."""

    news: tuple[News, ...]
    promises: tuple[EndedPromise, ...] = ()


def decide(
    policy: Policy,
    customer: Customer,
    changed: Sequence[News],
    now: datetime,
    *,
    in_distress: bool,
    promises: Sequence[EndedPromise] = (),
) -> Tell | NotNow | Never:
    """What of this may be told now, by the policy of the customer's segment; or when it may, or why never. Of
    `promises` each is told; they are those for which `is_still_so` is true."""
    if customer.forgotten:
        return Never("forgotten")
    if in_distress:
        return Never("on_hold")
    if customer.stopped:
        return Never("stopped")
    if policy.silenced_by:
        return Never("pack_expired")
    told = tuple(each for each in changed if is_news(each.change))
    if not told and not promises:
        return Never("nothing_to_tell")
    window = waking(policy, customer.zone, now)
    if window is None:
        return Never("no_hours")
    return NotNow(window, "outside_hours") if now < window.opens else Tell(told, tuple(promises))


def is_still_so(ended: EndedPromise, facts: CustomerFacts, changed: Sequence[News]) -> bool:
    """Whether it can still be said how the promise ended: that it was kept, unless money was taken back since; that it
    was not, only while what it was about is owed, and neither disputed nor promised again."""
    if ended.kept:
        return not any(each.change.came_in < 0 for each in changed)
    if ended.amount is not None and ended.came_in is not None and ended.amount <= ended.came_in:
        return False
    return any(i.due_date <= ended.until and not i.held and i.status != "disputed" for i in facts.unsettled)


def is_news(change: Change) -> bool:
    """Whether a customer is told. Not that more is owed: that is said when it is due; and not what changed of a debt
    that was settled before and still is, except that money came in."""
    if change.came_in > 0:
        return True
    if not change.left and not change.owed:
        return False
    return change.came_in < 0 or bool(ended_otherwise(change))
