"""The minimum amount: a customer who owes less than the policy's minimum in a currency is not reminded about it, and
does not count as overdue because of it. A currency without a minimum has none.

`storage.facts.debts.worth_it` is the same for sets; random tests keep the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.policy.terms import Policy


def currencies_worth_it(policy: Policy, owed: Mapping[str, int]) -> frozenset[str]:
    """The currencies in which enough is owed; `owed` are totals in minor units over all debts that count together."""
    return frozenset(currency for currency, amount in owed.items() if amount >= policy.minimum(currency).amount)


def worth_it(policy: Policy, owed: Iterable[Instalment]) -> tuple[Instalment, ...]:
    """Those of these debts, which count together, in whose currency enough is owed."""
    owed = tuple(owed)
    currencies = currencies_worth_it(policy, {money.currency: money.amount for money in total(owed)})
    return tuple(i for i in owed if i.amount_due.currency in currencies)
