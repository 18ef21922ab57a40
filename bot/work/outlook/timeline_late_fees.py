"""The part of a customer's story about charges: what each debt has cost and will cost, as the customer, the policy and
the agents' card tell it. In English, like everything that operators read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.rules.agreements.late_fees import AHEAD, MOST_DAYS, Charge, ChargeKind, Costs, charge_table, costs
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.policy.policy import Policy

_CALLED: dict[ChargeKind, str] = {
    "late_fee": "late fee",
    "daily": "daily charge",
    "wallet": "fees, as the wallet sends them",
}


@dataclass(frozen=True, slots=True)
class ChargesOf:
    """What being late costs for one instalment: a table of each day until `AHEAD` of today, and what is owed then, if
    nothing is paid."""

    instalment_id: str
    table: tuple[Charge, ...]
    ahead: tuple[Costs, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "instalment_id": self.instalment_id,
            "table": [
                {"day": c.day.isoformat(), "kind": c.kind, "amount": f"{c.amount.to_decimal():f}"} for c in self.table
            ],
            "ahead": [
                {"day": c.day.isoformat(), "owed": f"{c.owed.to_decimal():f}", "charges": f"{c.charges.to_decimal():f}"}
                for c in self.ahead
            ],
        }


def charges_told(facts: CustomerFacts, policy: Policy, today: date) -> tuple[ChargesOf, ...]:
    """The charges of each unsettled instalment; of very old ones only those of the last years."""
    days = [today + timedelta(days=ahead) for ahead in AHEAD]
    last = days[-1]
    earliest = last - timedelta(days=MOST_DAYS - 1)
    return tuple(
        ChargesOf(
            i.instalment_id,
            charge_table(i, policy, today, max(earliest, min(i.due_date, today)), last),
            costs(i, policy, today, days),
        )
        for i in facts.unsettled
    )


def charges_words(of: ChargesOf) -> str:
    """The table with equal days together, and what it comes to."""
    charged = "; ".join(_spans(of.table)) or "no charges"
    ahead = ", ".join(f"{cost.owed} on {cost.day}" for cost in of.ahead)
    return f"{of.instalment_id}: {charged}. If nothing is paid: {ahead}"


def _spans(table: Sequence[Charge]) -> Iterator[str]:
    """Each charge; days in a row with the same one are one span."""
    for kind in _CALLED:
        spans: list[tuple[Charge, Charge]] = []
        for charge in (each for each in table if each.kind == kind):
            if spans and _goes_on(spans[-1][1], charge):
                spans[-1] = (spans[-1][0], charge)
            else:
                spans.append((charge, charge))
        for first, last in spans:
            when = f"on {first.day}" if first is last else f"each day from {first.day} to {last.day}"
            yield f"{_CALLED[kind]} {first.amount} {when}"


def _goes_on(before: Charge, charge: Charge) -> bool:
    return charge.day - before.day == timedelta(days=1) and charge.amount == before.amount
