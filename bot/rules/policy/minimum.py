"""What is too little to speak of: a customer who owes less than the policy's minimum in a currency is not reminded of
it, and is not overdue by it. A currency without a minimum has none.

For everybody at once the same is asked in `storage.facts.debts.worth_it`; random tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.rules.facts.customer_facts import Instalment, total
from bot.rules.policy.terms import Policy


def currencies_worth_it(policy: Policy, owed: Mapping[str, int]) -> frozenset[str]:
    """The currencies in which enough is owed; `owed` are sums in minor units over all that counts together."""
    return frozenset(currency for currency, amount in owed.items() if amount >= policy.minimum(currency).amount)


def worth_it(policy: Policy, owed: Iterable[Instalment]) -> tuple[Instalment, ...]:
    """Those of these debts, which count together, of whose currency enough is owed."""
    owed = tuple(owed)
    currencies = currencies_worth_it(policy, {money.currency: money.amount for money in total(owed)})
    return tuple(i for i in owed if i.amount_due.currency in currencies)
