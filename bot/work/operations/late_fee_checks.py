"""Compares the wallet's fees with what the policy's `[charges]` come to: customers are told what being late costs by
both, and a difference means that one of them is not what the wallet promised."""

from __future__ import annotations

from datetime import datetime

from bot.rules.agreements.late_fees import differs
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from bot.work.operations.findings import Finding, doubtful, good
from storage.facts.customer_facts import facts_of_all
from storage.operations.health_queries import with_fees
from storage.runtime.engine import Database

MOST_CUSTOMERS = 1000  # looked at: so it costs the same for any wallet


async def examine_charges(db: Database, policy: Policy, now: datetime) -> list[Finding]:
    """One finding, if the wallet sends fees of anything overdue."""
    async with db.read() as conn:
        known = await facts_of_all(conn, await with_fees(conn, now.date(), MOST_CUSTOMERS))
    looked, different = 0, []
    for facts in known.values():
        today = local_day(facts.customer.zone, now)
        of = policy.for_segment(facts.customer.segment)
        for instalment in facts.overdue(today):
            if instalment.fees is None:
                continue
            looked += 1
            if (ours := differs(instalment, of, today)) is not None:
                different.append(f"{instalment.instalment_id} has {instalment.fees}, the policy comes to {ours}")
    if not looked:
        return []
    if not different:
        return [good("charges", f"the wallet's fees of {looked} overdue instalments are those of the policy")]
    words = f"the wallet's fees differ in {len(different)} of {looked} overdue instalments: {different[0]}"
    mend = "change [charges] and grace_days of the policy, or have the wallet charge what the policy promises"
    return [doubtful("charges", words, mend)]
