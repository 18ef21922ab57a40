"""Contact caps: how many reminders a customer gets in a day and in a week at most, by the policy, and when the next may
be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import Window, local_day, windows

MOST_WINDOWS = 15  # more than a cap of a week can close


def over_cap(policy: Policy, zone: str, accepted_at: Sequence[datetime], now: datetime) -> str | None:
    """The cap that one more message now would exceed. A week is any seven days of the customer's calendar."""
    today = local_day(zone, now)
    days = [local_day(zone, at) for at in accepted_at]
    if sum(day == today for day in days) >= policy.max_per_day:
        return "day_cap"
    if sum(today - timedelta(days=6) <= day <= today for day in days) >= policy.max_per_week:
        return "week_cap"
    return None


def after_cap(policy: Policy, zone: str, accepted_at: Sequence[datetime], now: datetime) -> Window | None:
    """The first window in which no cap is exceeded."""
    coming = islice(windows(policy.sending_hours, zone, now), MOST_WINDOWS)
    return next((each for each in coming if not over_cap(policy, zone, accepted_at, max(each.opens, now))), None)
