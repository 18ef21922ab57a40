"""The part of a customer's story about agreements: promises, plans, disputes and holds, and their outcomes. In English,
like everything that operators read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.rules.agreements.rests import IN_DISTRESS, SAID_PAID, UNTIL_ENDED
from bot.rules.facts.money import Money
from storage.outlook.customer_history import AnyRow, Known

# Why a hold ended, in words (a promise or plan is kept or broken).
_ENDS = {
    "kept": "was kept",
    "broken": "was not kept",
    "over": "is over",
    "withdrawn": "was taken back",
    "rejected": "was answered: the debt is right",
    "replaced": "was replaced by another",
    "not_needed": "is no longer needed: not all of it was paid, and nothing of it is owed now",
    "heard": "is over: the wallet has spoken since",
    "settled": "is over: nothing of what it is about is owed now",
}


def agreements_told(rows: Known) -> Iterator[tuple[datetime, str, str]]:
    """The time, the kind of entry, and the words. The holds of a plan's other instalments are told with the plan."""
    for hold in rows.holds:
        if hold.plan_id is not None and hold.kind != "plan":
            continue
        named = f"{_KINDS.get(hold.kind, hold.kind)}{_of_what(hold)}"
        yield hold.set_at, hold.kind, f"{named} {_until(hold)}, set by {_whom(hold)}{_parts(rows, hold)}"
        if hold.ended_at is not None:
            yield hold.ended_at, hold.kind, f"{named} {_until(hold)} {_ENDS.get(hold.ended_why or '', 'ended')}"
    for plan in rows.plans:
        if plan.state in ("proposed", "declined", "withdrawn") and plan.decided_at is None:
            was = "waits for an answer" if plan.state == "proposed" else "was not answered"
            by = f"proposed by {_agent(plan.proposed_by)}, {was}"
            if plan.proposed_by is None:
                by = "asked for by the customer, and taken back"
            yield plan.proposed_at, "plan", f"plan {plan.plan_id} {by}"
        elif plan.state == "asked":
            yield plan.proposed_at, "plan", f"plan {plan.plan_id} asked for by the customer, waits for an agent"
        elif plan.state == "refused":
            yield plan.decided_at, "plan", f"plan {plan.plan_id} refused by {_agent(plan.proposed_by)}"
        elif plan.state == "declined":
            yield plan.decided_at, "plan", f"plan {plan.plan_id} declined by the customer"


_KINDS = {"promise": "promise to pay", "plan": "plan", "dispute": "dispute", "hold": "hold"}
_KINDS |= {IN_DISTRESS: "rest for one in distress", SAID_PAID: "rest because they say that they paid"}


def _until(hold: AnyRow) -> str:
    return "until a person ends it" if hold.until == UNTIL_ENDED else f"until {hold.until}"


def _of_what(hold: AnyRow) -> str:
    number = f" {hold.plan_id}" if hold.plan_id is not None else ""
    amount = f" {Money(hold.amount, hold.currency)}" if hold.amount is not None else ""
    about = f" of instalment {hold.instalment_id}" if hold.instalment_id and hold.plan_id is None else ""
    return f"{number}{amount}{about}"


def _parts(rows: Known, hold: AnyRow) -> str:
    parts = [part for part in rows.parts if part.plan_id == hold.plan_id] if hold.kind == "plan" else []
    if not parts:
        return ""
    told = ", ".join(f"{Money(part.amount, hold.currency)} on {part.due_date}" for part in parts)
    return f": {told}"


def _whom(hold: AnyRow) -> str:
    return "the customer" if hold.set_by is None else _agent(hold.set_by)


def _agent(agent_id: int | None) -> str:
    return f"agent {agent_id}" if agent_id is not None else "an agent"
