"""The part of a customer's story about agreements: promises, plans, disputes and holds, and their outcomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.rules.agreements.holds import UNTIL_ENDED
from bot.rules.facts.money import Money
from bot.rules.outlook.timeline_lines import Line, line
from storage.outlook.customer_history import AnyRow, Known

_ENDS = ("kept", "broken", "over", "withdrawn", "rejected", "replaced", "not_needed", "heard", "settled")


def agreements_told(rows: Known) -> Iterator[tuple[datetime, str, Line]]:
    """The time, the kind of entry, and what it says. The holds of a plan's other instalments are told with the plan."""
    for hold in rows.holds:
        if hold.plan_id is not None and hold.kind != "plan":
            continue
        named = {"hold": _named(hold), "until": _until(hold)}
        parts = _parts(rows, hold)
        said = line("held_parts" if parts else "held", **named, whom=_whom(hold), parts=parts or "")
        yield hold.set_at, hold.kind, said
        if hold.ended_at is not None:
            yield hold.ended_at, hold.kind, Line(f"end_{hold.ended_why}" if hold.ended_why in _ENDS else "end", named)
    for plan in rows.plans:
        named = {"plan": plan.plan_id, "whom": _agent(plan.proposed_by)}
        if plan.state in ("proposed", "declined", "withdrawn") and plan.decided_at is None:
            says = "plan_waits" if plan.state == "proposed" else "plan_unanswered"
            yield plan.proposed_at, "plan", Line("plan_taken_back" if plan.proposed_by is None else says, named)
        elif plan.state == "asked":
            yield plan.proposed_at, "plan", Line("plan_asked", named)
        elif plan.state == "refused":
            yield plan.decided_at, "plan", Line("plan_refused", named)
        elif plan.state == "declined":
            yield plan.decided_at, "plan", Line("plan_declined", named)


def _until(hold: AnyRow) -> Line:
    return line("until_ended") if hold.until == UNTIL_ENDED else line("until_day", day=hold.until)


def _named(hold: AnyRow) -> Line:
    """Which agreement it is: what is known of a plan's number, a sum and a debt."""
    named: dict[str, object] = {}
    if hold.plan_id is not None:
        named["number"] = hold.plan_id
    if hold.amount is not None:
        named["amount"] = Money(hold.amount, hold.currency)
    if hold.instalment_id and hold.plan_id is None:
        named["debt"] = hold.instalment_id
    kind = line(f"hold_{hold.kind}")
    return Line("_".join(("held_of", *named)), {"hold": kind, **named}) if named else kind


def _parts(rows: Known, hold: AnyRow) -> tuple[Line, ...]:
    parts = [part for part in rows.parts if part.plan_id == hold.plan_id] if hold.kind == "plan" else []
    return tuple(line("part", amount=Money(part.amount, hold.currency), day=part.due_date) for part in parts)


def _whom(hold: AnyRow) -> Line:
    return line("the_customer") if hold.set_by is None else _agent(hold.set_by)


def _agent(agent_id: int | None) -> Line:
    return line("agent", agent=agent_id) if agent_id is not None else line("an_agent")
