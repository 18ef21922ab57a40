"""The grace period and the charges of a policy in plain words, for the policy itself and for what being late costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from bot.rules.facts.money import Money
from bot.rules.policy.policy import Charges, Policy
from locales import Html, Translator


def cost_words(t: Translator, policy: Policy, currencies: Collection[str] | None) -> Iterator[Html]:
    """The grace period and the charges after it, a line each; of several currencies only those that are given."""
    if policy.grace_days:
        yield t("• {days} of grace after the due date, without any fees.", days=t.days(policy.grace_days))
    else:
        yield t("• There is no grace period after the due date.")
    yield from _costs(t, policy.charges, currencies)


def _costs(t: Translator, charges: Charges | None, currencies: Collection[str] | None) -> Iterator[Html]:
    fees = _wanted(charges.late_fee, currencies) if charges else []
    if charges is None or not (fees or charges.daily_rate):
        yield t("• Being late costs nothing.")
        return
    if len(fees) == 1:
        yield t("• After that, a fee of {amount}, once for each payment.", amount=t.money(fees[0]))
    elif fees:
        amounts = t.joined(t.money(money) for money in fees)
        yield t("• After that, a fee once for each payment, by its currency: {amounts}.", amounts=amounts)
    if charges.daily_rate:
        yield t("• After that, {rate} a day of what is past due.", rate=_share(charges.daily_rate))
    yield t("• All of it together never comes to more than {cap} of that in a year.", cap=_share(charges.cap))


def amounts_words(t: Translator, amounts: Mapping[str, Money], currencies: Collection[str] | None) -> Html:
    """Amounts in several currencies, without zeros."""
    wanted = _wanted(amounts, currencies)
    return t.joined(t.money(money) for money in wanted) if wanted else Html("")


def _wanted(amounts: Mapping[str, Money], currencies: Collection[str] | None) -> list[Money]:
    return [m for m in amounts.values() if m and (currencies is None or m.currency in currencies)]


def _share(share: Decimal) -> str:
    """A share of 1 as a percentage, exact: 0.0005 is 0.05%."""
    return f"{(share * 100).normalize():f}%"
