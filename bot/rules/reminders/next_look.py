"""When planning has to look at a customer again if nothing changes: the instant from which time alone may bring a step,
the end of a hold, or another day past due. Earlier than needed is harmless, later is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import day_ends, local_day

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def lead_days(policies: Iterable[Policy]) -> int:
    """How many days before a due date the first step of any of these policies comes, at the most."""
    days = (step.day for policy in policies for each in (policy, *policy.segments.values()) for step in each.steps)
    return -min([0, *days])


def next_look(zone: str, due: date | None, held: bool, lead: int, now: datetime) -> datetime | None:
    """The next instant for a customer in this zone; None: nothing happens by time alone.

    `due` is the earliest day on which something unsettled is due, `held` whether a hold is in force. Who owes something
    that is overdue or comes up within `lead` days, or has a hold, is looked at as each day of theirs begins.
    """
    tomorrow = local_day(zone, now) + DAY
    if held:
        begins = tomorrow
    elif due is None:
        return None
    else:
        begins = max(tomorrow, due - timedelta(days=lead))
    # Where clocks go back over midnight a day begins twice: it is looked at again within the hour.
    at = day_ends(zone, begins - DAY)
    return at if at > now else now + HOUR
