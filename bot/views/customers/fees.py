"""What being late costs a customer: what is owed, what it will come to, and what paying a part today would change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.message import Button, Message
from bot.rules.agreements.late_fees import Outlook, first_day, ours_so_far, outlook, stopped_by_plan
from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.facts.money import Money, minor_digits
from bot.rules.policy.policy import Policy
from bot.views.agreements.late_fee_words import cost_words, costs_ahead
from bot.views.customers.balance import no_facts, nothing_owed, pay_row
from bot.views.lines import and_more, day_near, facts_line, fitted, instalment_line, total_line, under
from bot.views.menu import Rows, button, menu_buttons
from locales import Html, Translator


def fees(t: Translator, facts: CustomerFacts, policy: Policy, today: date, pay_url: str = "") -> Message:
    """Each debt with the charges so far and the day from which on there are some; then what all comes to on three days
    if nothing is paid, and why."""
    if facts.facts_at is None:
        return Message(no_facts(t), menu_buttons(t))
    why = "\n".join(cost_words(t, policy, {account.balance.currency for account in facts.accounts} or None))
    if not facts.unsettled:
        return Message("\n\n".join((nothing_owed(t), why)), menu_buttons(t))
    lines = [_debt(t, instalment, policy, today) for instalment in facts.unsettled]
    sums = [total_line(t, facts.unsettled)] if len(facts.unsettled) > 1 else []
    ahead = outlook(facts.unsettled, policy, today)
    tail = "\n\n".join(
        part for part in (*sums, *(costs_ahead(t, one, today) for one in ahead), why, facts_line(t, facts)) if part
    )
    text = fitted(t("<b>What is owed, and what being late costs</b>"), lines, tail, and_more(t))
    return Message(text, (*pay_row(t, pay_url), *_parts(t, facts, ahead), *_ways(t)))


def if_paid(
    t: Translator, facts: CustomerFacts, policy: Policy, today: date, amount: Money, pay_url: str = ""
) -> Message:
    """What paying `amount` today would change, day by day."""
    (one,) = [one for one in outlook(facts.unsettled, policy, today, amount) if one.paid_today is not None]
    head = t("<b>If you pay {amount} today</b>", amount=t.money(amount))
    rows = [
        t(
            "• {day}: <b>{owed}</b> to pay, instead of {without}",
            day=day_near(t, paid.day, today),
            owed=t.money(paid.owed),
            without=t.money(unpaid.owed),
        )
        for paid, unpaid in zip(one.if_paid, one.days, strict=True)
    ]
    saved = one.days[-1].charges - one.if_paid[-1].charges
    saves = t("That saves you {amount} in charges.", amount=t.money(saved)) if saved else ""
    text = "\n\n".join(part for part in (head, "\n".join(rows), saves, facts_line(t, facts)) if part)
    return Message(text, (*pay_row(t, pay_url), *_ways(t)))


def not_an_amount(t: Translator, facts: CustomerFacts, example: Html) -> Message:
    """The amount after /fees cannot be read, or is more than is owed."""
    owed = t.joined(t.money(sum_) for sum_ in total(facts.unsettled))
    text = t(
        "To see what paying a part would change, write a sum of up to {owed}: {example}", owed=owed, example=example
    )
    return Message(text, _ways(t))


def _debt(t: Translator, instalment: Instalment, policy: Policy, today: date) -> Html:
    lines = [instalment_line(t, instalment, today)]
    begins = first_day(instalment.due_date, policy.grace_days)
    so_far = ours_so_far(instalment, policy, today)
    if policy.charges is not None and stopped_by_plan(instalment, policy):
        lines.append(under(t("Part of your plan: nothing is added while you keep to it.")))
    elif policy.charges is not None and begins is not None and today < begins:
        lines.append(under(t("No charges before {day}.", day=day_near(t, begins, today))))
    elif so_far:
        lines.append(under(t("Charges so far, by our rules: {amount}", amount=t.money(so_far))))
    return Html("\n".join(lines))


def _parts(t: Translator, facts: CustomerFacts, ahead: Sequence[Outlook]) -> Rows:
    """Buttons to see what paying a part would change: a quarter and a half of what is owed, in whole units. Only where
    being late costs something, and in the currency of the oldest debt."""
    if not ahead or not any(cost.charges for cost in ahead[0].days):
        return ()
    owed = total(facts.unsettled)[0]
    unit = 10 ** minor_digits(owed.currency)
    sums = dict.fromkeys(owed.amount * share // 4 // unit * unit for share in (1, 2))
    return (
        tuple(
            Button(t.plain("If I pay {amount} today", amount=t.money(money)), f"fees:{money.amount}{money.currency}")
            for money in (Money(amount, owed.currency) for amount in sums if amount)
        ),
    )


def _ways(t: Translator) -> Rows:
    return ((button(t, "promise"), button(t, "plan")), (button(t, "agent"),))
