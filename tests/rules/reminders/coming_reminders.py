"""What comes to a customer from 2 March 2026 on: debts, two ladders, and what is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.rules.facts.customer_facts import Customer, CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.facts.wishes import NO_WISHES, Wishes
from bot.rules.policy.policy import Policy, read_policy
from bot.rules.policy.sending_hours import local_day
from bot.rules.reminders.due_today import Told
from bot.rules.reminders.reminders_ahead import Ahead, Outlook, Terms, Waiting, reminders_ahead

POLICY = read_policy(
    """
name = "ahead"
grace_days = 3
minimum_amount = { TWD = "30" }
sending_hours = { from = "09:00", to = "20:00" }
max_per_day = 1
max_per_week = 2

[[step]]
id = "before-3"
day = -3
message = "upcoming"

[[step]]
id = "due"
day = 0
message = "due_today"
channels = ["telegram", "email"]

[[step]]
id = "after-1"
day = 1
message = "overdue"

[[step]]
id = "after-5"
day = 5
escalate = "overdue"
""",
    "ahead.toml",
)
EARLIER = read_policy(
    """
name = "earlier"
grace_days = 3
sending_hours = { from = "11:00", to = "20:00" }

[[step]]
id = "later-2"
day = 2
message = "overdue"
channels = ["telegram"]
""",
    "earlier.toml",
)
TODAY = date(2026, 3, 2)
REACHED = {"telegram": ""}


def taipei(day: int, hour: int = 9) -> datetime:
    """An hour of a day in March."""
    return datetime(2026, 3, day, hour, tzinfo=UTC) - timedelta(hours=8)


NOW = taipei(2, 12)


def debt(due: int, instalment_id: str = "I1", amount: int = 120_000, **more: object) -> Instalment:
    """A debt that is due on a day of March, in the customer's calendar."""
    one = Instalment(instalment_id, "A1", "Card", date(2026, 3, due), Money(amount, "TWD"), Money(0, "TWD"))
    return replace(one, **more)  # type: ignore[arg-type]  # fields by their names


def ahead(
    *owed: Instalment,
    now: datetime = NOW,
    days: int = 20,
    told: Sequence[Told] = (),
    waiting: Waiting | None = None,
    unreached: Mapping[str, str] = REACHED,
    accepted_at: Sequence[datetime] = (),
    began_under: Mapping[str, str] | None = None,
    held_until: Mapping[str, date] | None = None,
    stopped: bool = False,
    wishes: Wishes = NO_WISHES,
    policies: Sequence[Policy] = (POLICY, EARLIER),
) -> Mapping[str, Ahead]:
    customer = Customer("C1", "Anna", "en", "Asia/Taipei", stopped=stopped, wishes=wishes)
    terms = Terms(policies[0], {policy.version: policy for policy in policies})
    looked_at = [TODAY + timedelta(days=n) for n in range(days)]
    outlook = Outlook(
        facts=CustomerFacts(customer, (), owed, now),
        terms_on=dict.fromkeys([*looked_at, local_day(customer.zone, now)], terms).__getitem__,
        began_under=began_under or {},
        held_until=held_until or {},
        told=told,
        waiting=waiting,
        unreached=unreached,
        accepted_at=accepted_at,
    )
    return reminders_ahead(outlook, looked_at, now)


def comes(step_id: str, day: date, at: datetime | None, reason: str = "", notice_id: int | None = None) -> Ahead:
    """What comes by Telegram, unless it does not come."""
    return Ahead(step_id, day, at, reason, notice_id, "telegram" if at else None)


def planned(step_id: str, due: int, instalment_id: str = "I1", version: str = POLICY.version) -> Told:
    """An item of the notice 7, which waits since today."""
    return Told(7, instalment_id, step_id, date(2026, 3, due), "planned", None, TODAY, version)
