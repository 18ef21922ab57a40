"""`/privacy`: what is stored about a customer, their copy of it, and what they agreed to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.money import Money
from bot.rules.operations.retention import Keeping, keeping
from bot.rules.policy.packs import Records
from bot.rules.policy.policy import Policy
from bot.work.customers.customer_activity import read_facts
from bot.work.facts.forgetting import AskedToKeep, asked_to_keep
from storage.customers import consents
from storage.facts import personal_copies
from storage.facts.personal_copies import Held
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is stored about a customer. `records` are the jurisdictions whose rules require records, each with the days;
    `keep` is what they still require of this customer, `predicted_since` since when they agree that their hour is
    foreseen."""

    facts: CustomerFacts
    held: Held
    kept: Keeping
    records: tuple[tuple[str, str, int], ...]  # the pack, its jurisdiction, days
    keep: AskedToKeep | None
    predicted_since: datetime | None


async def privacy_of(db: Database, policy: Policy, keep_days: int, customer_id: str, now: datetime) -> Privacy:
    """`policy` is the one in force, with its segments; `keep_days` the setting."""
    facts = await read_facts(db, customer_id)
    own = policy.for_segment(facts.customer.segment)
    async with db.read() as conn:
        held = await personal_copies.held(conn, customer_id)
        since = await consents.given_at(conn, customer_id, consents.HOUR)
    records = tuple(
        (pack.name, pack.jurisdiction, rule.says.days)
        for pack in own.applied
        for rule in pack.rules
        if isinstance(rule.says, Records)
    )
    keep = await asked_to_keep(db, policy, customer_id, now)
    return Privacy(facts, held, keeping(policy, keep_days), records, keep, since)


async def copy_of(db: Database, customer_id: str, now: datetime) -> bytes:
    """Everything that is stored about the customer, as JSON: instants in UTC, amounts as decimal strings."""
    async with db.read() as conn:
        found = await personal_copies.copy_of(conn, customer_id)
    told = {"made_at": now, **found}
    return json.dumps(told, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return {"amount": f"{value.to_decimal():f}", "currency": value.currency}
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "keys"):
        return dict(value)  # type: ignore[call-overload]
    raise TypeError(f"{type(value).__name__} has no form in a copy")
