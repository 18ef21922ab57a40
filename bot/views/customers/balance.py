"""A customer's balance and debts, as the wallet's last facts say. Nothing is computed here except totals."""

from __future__ import annotations

from datetime import date, datetime

from bot.message import Button, Message
from bot.rules.facts.customer_facts import Account, CustomerFacts, Instalment, total
from bot.rules.policy.sending_hours import local_day
from bot.views.lines import (
    and_more,
    day_near,
    facts_line,
    fitted,
    instalment_line,
    product_of,
    total_line,
    under,
)
from bot.views.menu import Rows, menu_buttons, ways_out
from locales import Html, Translator


def balance(t: Translator, facts: CustomerFacts, now: datetime, brand: str, pay_url: str = "") -> Message:
    """Each account, what is overdue, and what is due next."""
    if facts.facts_at is None:
        return Message(no_facts(t), menu_buttons(t))
    today = local_day(facts.customer.zone, now)
    owed = what_remains(t, facts, today)
    tail = "\n\n".join(part for part in (owed, facts_line(t, facts)) if part)
    accounts = [_account(t, account) for account in facts.accounts]
    text = fitted(t("<b>Your {brand} account</b>", brand=brand), accounts, tail, and_more(t))
    return Message(text, pay_row(t, pay_url if facts.unsettled else "") + menu_buttons(t))


def due(t: Translator, facts: CustomerFacts, now: datetime) -> Message:
    """All unsettled instalments, earliest first."""
    if facts.facts_at is None:
        return Message(no_facts(t), menu_buttons(t))
    if not facts.unsettled:
        return Message("\n\n".join((nothing_owed(t), facts_line(t, facts))), menu_buttons(t))
    today = local_day(facts.customer.zone, now)
    by_date = sorted(facts.unsettled, key=lambda i: (i.due_date, i.instalment_id))
    lines = [_due_line(t, instalment, today) for instalment in by_date]
    tail = [total_line(t, by_date)] if len(by_date) > 1 else []
    tail.append(facts_line(t, facts))
    text = fitted(t("<b>Your due dates</b>"), lines, "\n\n".join(tail), and_more(t))
    return Message(text, ways_out(t) + menu_buttons(t))


def pay_row(t: Translator, pay_url: str) -> Rows:
    """The row with the button to pay, or none if there is no address for it."""
    return ((Button(t.plain("Pay"), url=pay_url),),) if pay_url else ()


def _account(t: Translator, account: Account) -> Html:
    product, amount = product_of(t, account.product), t.money(account.balance)
    if account.credit_limit is None:
        return t("• {product}: balance <b>{amount}</b>", product=product, amount=amount)
    limit = t.money(account.credit_limit)
    return t("• {product}: balance <b>{amount}</b>, credit limit {limit}", product=product, amount=amount, limit=limit)


def what_remains(t: Translator, facts: CustomerFacts, today: date) -> str:
    """What is past due, and what is due next."""
    if not facts.unsettled:
        return nothing_owed(t)
    overdue, upcoming = facts.overdue(today), facts.upcoming(today)
    return "\n".join(
        [
            *([_overdue(t, overdue, facts.days_overdue(today))] if overdue else []),
            *([_next(t, upcoming, today)] if upcoming else []),
        ]
    )


def _overdue(t: Translator, overdue: tuple[Instalment, ...], days: int) -> Html:
    amount = t.joined(t.money(sum_) for sum_ in total(overdue))
    if len(overdue) == 1:
        return t("Past due: <b>{amount}</b>, for {days}.", amount=amount, days=t.days(days))
    return t("Past due: <b>{amount}</b>, the oldest for {days}.", amount=amount, days=t.days(days))


def _next(t: Translator, upcoming: tuple[Instalment, ...], today: date) -> Html:
    day = min(i.due_date for i in upcoming)
    sums = total(tuple(i for i in upcoming if i.due_date == day))
    return t(
        "Next: <b>{amount}</b>, due {day} ({in_days}).",
        amount=t.joined(t.money(sum_) for sum_ in sums),
        day=day_near(t, day, today),
        in_days=t.in_days((day - today).days),
    )


def _due_line(t: Translator, instalment: Instalment, today: date) -> str:
    line = instalment_line(t, instalment, today)
    if instalment.status == "disputed":
        return "\n".join((line, under(t("We’re looking into this one."))))
    return "\n".join((line, under(t("Reminders for this one are paused.")))) if instalment.held else line


def nothing_owed(t: Translator) -> Html:
    return t("Nothing to pay right now. You’re all set.")


def no_facts(t: Translator) -> Html:
    return t("I don’t have figures from the wallet yet. You can look in the wallet itself, or ask a person.")
