"""How long records are kept: what is asked for, from which day on they are kept, and when old ones are removed.

`storage.operations.pruning` says which records nothing needs any more, `bot.work.operations.pruning` removes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.policy.packs import Records
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import zones

DEFAULT_DAYS = 730
LEAST_DAYS = 90  # caps, calls, the guarantee's past evenings and links look back for less
MOST_DAYS = 36_500
# Without news from the wallet time does not pass: so a clock that is years ahead removes nothing.
WALLET_SILENT_FOR = timedelta(days=7)
NIGHT = range(1, 6)  # hours
SUBJECTS = (  # in this order: what refers to a row goes before the row
    *("contacts", "notices", "case_events", "day_states", "link_changes", "link_requests", "link_payloads"),
    "overlooked",
)
EVIDENCE = ("contacts", "notices", "case_events")  # what a customer's story is told from


@dataclass(frozen=True, slots=True)
class Keeping:
    """Records are kept for `days`. `wished` is the setting; it is less where the rules of `packs` ask for more."""

    days: int
    wished: int
    packs: tuple[str, ...] = ()


def keeping(policy: Policy, wished: int) -> Keeping:
    """How long the setting and the packs of the policy and its segments together ask for."""
    asked = {
        pack.name: rule.says.days
        for each in (policy, *policy.segments.values())
        for pack in each.applied
        for rule in pack.rules
        if isinstance(rule.says, Records) and rule.says.days > wished
    }
    return Keeping(max((wished, *asked.values())), wished, tuple(sorted(asked)))


def kept_from(keeping: Keeping, wallet_spoke_at: datetime | None, now: datetime) -> date | None:
    """The first day (UTC) whose records are all kept; None if the wallet never said anything."""
    if wallet_spoke_at is None:
        return None
    return (min(now, wallet_spoke_at + WALLET_SILENT_FOR) - timedelta(days=keeping.days)).date()


def is_night(zone: str | None, now: datetime) -> bool:
    """Whether it is night in this time zone, in UTC if there is none: then removing disturbs least."""
    return now.astimezone(zones(zone or "UTC")[0]).hour in NIGHT
