"""The grace period and the charges of a policy in plain words, for the policy itself and for what being late costs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from bot.rules.agreements.late_fees import Costs, Outlook, still_free
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.policy import Charges, Policy
from bot.views.lines import day_near
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
        yield t("• After that, {rate} a day of what is past due.", rate=share_words(charges.daily_rate))
    yield t("• All of it together never comes to more than {cap} of that in a year.", cap=share_words(charges.cap))
    yield t("• Sums are rounded down, in your favour.")
    if charges.in_reminders:
        yield t("• Reminders before that say until when nothing is added.")


def free_until(t: Translator, instalment: Instalment, policy: Policy, today: date) -> Html:
    """Until when nothing is added to a debt, and what is after that; empty if nothing will be, or something is by
    now."""
    first = still_free(instalment, policy, today)
    if not first or policy.charges is None:
        return Html("")
    free = t("Nothing is added if it arrives by {day}.", day=day_near(t, first[0].day - timedelta(days=1), today))
    fee = next((t.money(charge.amount) for charge in first if charge.kind == "late_fee"), "")
    rate = share_words(policy.charges.daily_rate) if policy.charges.daily_rate else ""
    if fee and rate:
        return t.sentences(
            free, t("After that it’s {amount} once, and {rate} of what is left each day.", amount=fee, rate=rate)
        )
    if fee:
        return t.sentences(free, t("After that it’s {amount} once.", amount=fee))
    return t.sentences(free, t("After that it’s {rate} of what is left each day.", rate=rate))


def costs_ahead(t: Translator, one: Outlook, today: date) -> str:
    """What the debts of one currency come to on some days if nothing is paid; empty if it will cost nothing."""
    if not any(cost.charges for cost in one.days):
        return ""
    return "\n".join((t("If nothing is paid until then:"), *_rows(t, one.days, today)))


def _rows(t: Translator, days: Sequence[Costs], today: date) -> Iterator[Html]:
    for cost in days:
        day, owed = day_near(t, cost.day, today), t.money(cost.owed)
        if cost.charges:
            yield t(
                "• {day}: <b>{owed}</b>, with {charges} of charges", day=day, owed=owed, charges=t.money(cost.charges)
            )
        else:
            yield t("• {day}: <b>{owed}</b>, no charges", day=day, owed=owed)


def amounts_words(t: Translator, amounts: Mapping[str, Money], currencies: Collection[str] | None) -> Html:
    """Amounts in several currencies, without zeros."""
    wanted = _wanted(amounts, currencies)
    return t.joined(t.money(money) for money in wanted) if wanted else Html("")


def _wanted(amounts: Mapping[str, Money], currencies: Collection[str] | None) -> list[Money]:
    return [m for m in amounts.values() if m and (currencies is None or m.currency in currencies)]


def share_words(share: Decimal) -> str:
    """A share of 1 as a percentage, exact: 0.0005 is 0.05%."""
    return f"{(share * 100).normalize():f}%"
