"""What being late costs for one instalment, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.agreements.late_fees import Charge, charge_table
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from storage.facts.customer_facts import facts_of
from storage.operations import listings
from storage.operations.listing_fields import INSTALMENTS
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class InstalmentCharges:
    instalment_id: str
    currency: str
    charges: tuple[Charge, ...]

    def as_json(self) -> dict[str, object]:
        table = [
            {"day": c.day.isoformat(), "kind": c.kind, "amount": f"{c.amount.to_decimal():f}"} for c in self.charges
        ]
        return {"instalment_id": self.instalment_id, "currency": self.currency, "charges": table}


async def instalment_charges(
    db: Database, policy: Policy, instalment_id: str, first: date, last: date, now: datetime
) -> InstalmentCharges | None:
    """The charges from `first` to `last`, both included, if nothing more is paid; none for one that is settled. None if
    there is no such instalment. Raises ValueError for more days than a table may have."""
    async with db.read() as conn:
        row = await listings.one(conn, INSTALMENTS, instalment_id)
        if row is None:
            return None
        facts = await facts_of(conn, row["customer_id"])
    assert facts is not None
    today = local_day(facts.customer.zone, now)
    of = policy.for_segment(facts.customer.segment)
    found: tuple[Charge, ...] = ()
    for instalment in facts.unsettled:
        if instalment.instalment_id == instalment_id:
            found = charge_table(instalment, of, today, first, last)
    return InstalmentCharges(instalment_id, row["currency"], found)
