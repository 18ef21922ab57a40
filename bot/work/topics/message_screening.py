"""What is asked about an agent's words before they leave: the facts that the rules of message screening need, as
they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.agreements.late_fees import ours_so_far, outlook
from bot.rules.facts.customer_facts import CustomerFacts, Instalment
from bot.rules.facts.money import Money
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import local_day
from bot.rules.topics.message_screening import ForbiddenPhrases, Found, look_at, perhaps_ids
from bot.work.cases.case_cards import agreed_with
from storage.agreements import instalment_plans
from storage.customers import customer_rows
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection


@dataclass(frozen=True, slots=True)
class Screening:
    """What agents' words are screened by: the policy in force, and the phrases about which their author is
    asked."""

    policy: Policy
    phrases: ForbiddenPhrases


async def findings(
    conn: Connection, screening: Screening, customer_id: str, text: str, now: datetime
) -> tuple[Found, ...]:
    """What there is to ask about a text for this customer; empty if it may leave as it is."""
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    others = await customer_rows.other_customers(conn, perhaps_ids(text), customer_id)
    sums = [*_owed(facts, screening.policy.for_segment(facts.customer.segment), now), *await _agreed(conn, customer_id)]
    found = look_at(text, screening.phrases, sums)
    return (*found, *(Found("other_customer", other) for other in others))


def _owed(facts: CustomerFacts, policy: Policy, now: datetime) -> list[Money]:
    """Every sum about the customer's debts that is true today: of each instalment, and of several together, with and
    without the policy's charges."""
    today = local_day(facts.customer.zone, now)
    sums = [account.balance for account in facts.accounts]
    for one in facts.unsettled:
        parts = (one.outstanding, one.amount_due, one.paid, one.principal, one.interest, one.fees)
        sums += [part for part in parts if part]
    for several in (facts.overdue(today), facts.upcoming(today), facts.unsettled):
        for currency in sorted({one.amount_due.currency for one in several}):
            theirs = [one for one in several if one.amount_due.currency == currency]
            sums += _together(theirs, policy, today)
    for ahead in outlook(facts.unsettled, policy, today):
        sums += [money for costs in ahead.days for money in (costs.owed, costs.charges)]
    return sums


def _together(several: list[Instalment], policy: Policy, today: date) -> list[Money]:
    currency = several[0].amount_due.currency
    owed = sum(one.outstanding.amount for one in several)
    charges = sum(ours_so_far(one, policy, today).amount for one in several)
    return [Money(owed, currency), Money(charges, currency), Money(owed + charges, currency)]


async def _agreed(conn: Connection, customer_id: str) -> list[Money]:
    sums = [agreed.amount for agreed in await agreed_with(conn, customer_id) if agreed.amount is not None]
    for state in ("proposed", "agreed", "asked"):
        plan = await instalment_plans.latest(conn, customer_id, state)
        if plan is not None:
            sums += [plan.total, *(part.amount for part in plan.parts)]
    return sums
