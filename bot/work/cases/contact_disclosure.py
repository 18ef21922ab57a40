"""Shows a customer's phone number and address to the agent who has the case, and writes down the calls that follow.

The case's history says who saw what, when and why, before they see it. A number is not shown while the call limits
allow no more calls. A call that was made anyway is written down like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.rules.cases import case_events as events
from bot.rules.cases.agent_notices import CallBroke
from bot.rules.cases.call_limits import Allowed, TooMany, days_that_count, may_call
from bot.rules.cases.case import Case
from bot.rules.cases.contact_disclosure import CallReport, Contact
from bot.rules.cases.who_may import MayNot
from bot.rules.channels import BY_PHONE
from bot.rules.facts.customer_facts import Customer
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.packs import requirements
from bot.work.acting import Acting, acting_on, refusals
from bot.work.policy.policies import PolicyBook
from storage.cases import agent_notices, agents, announced_calls, assignment, calls, cases
from storage.cases.agent_notices import AgentNotice
from storage.cases.agents import Agent
from storage.customers import customer_rows, reachability
from storage.runtime.engine import Connection, Database

Verdict = Allowed | TooMany
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_WORDS = 500  # characters kept of a note, or of the reason for asking for a number


@dataclass(frozen=True, slots=True)
class Revealed:
    """How the customer of a case, who has this name, can be reached."""

    case: Case
    name: str
    contact: Contact


@dataclass(frozen=True, slots=True)
class TooOften:
    """This agent saw the numbers of `shown` customers within an hour or a day, as many as the desk allows; they may see
    more from `again` on."""

    shown: int
    again: datetime


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was written down, and the rule it broke, if any."""

    case: Case
    zone: str
    broke: Literal["", "limit", "hours"] = ""


@refusals(MayNot)
async def reveal(
    db: Database, book: PolicyBook, case: Case, agent: Agent, what_for: str, now: datetime
) -> Revealed | TooOften:
    """Finds how the customer can be reached, and writes down that this agent saw it."""
    async with acting_on(db, case, agent, now, waiting="refused") as act:
        return await show_contact(act, book, what_for)


async def show_contact(act: Acting, book: PolicyBook, what_for: str) -> Revealed | TooOften:
    """The same within an open transaction."""
    conn, case, customer, now = act.conn, act.case, act.facts.customer, act.now
    too_often = await _too_often(conn, book.current.desk, case, act.agent, now)
    if too_often is not None:
        await act.note(events.Revealed((), too_often=True))
        return too_often
    reach = await calls.reach_of(conn, case.customer_id)
    verdict = await call_verdict(conn, book, customer, now)
    wrong = reach.wrong_since is not None
    withheld = wrong or isinstance(verdict, TooMany)
    phone = None if withheld else reach.phone
    has: Mapping[events.Shown, str | None] = {"phone": phone, "email": reach.email}
    shown = tuple(name for name in events.SHOWN if has[name])
    await act.note(events.Revealed(shown, what_for[:MOST_WORDS]))
    await assignment.worked(conn, case.case_id, now)
    contact = Contact(phone, reach.email, verdict, customer.zone, wrong=wrong and bool(reach.phone))
    return Revealed(case, customer.name, contact)


async def _too_often(conn: Connection, desk: Desk, case: Case, agent: Agent, now: datetime) -> TooOften | None:
    """An agent must not collect the whole list of customers one number at a time. The same customer again does not
    count."""
    await calls.lock_agent(conn, agent.telegram_id)
    return too_many(desk, await calls.reveals_since(conn, agent.telegram_id, now - DAY), case, now)


def too_many(desk: Desk, shown: Mapping[int, datetime], case: Case, now: datetime) -> TooOften | None:
    """Whether one more case would be more than the desk allows; `shown` has those of a day, with the time."""
    if case.case_id in shown:
        return None
    for span, most in ((DAY, desk.reveals_day), (HOUR, desk.reveals_hour)):
        within = [at for at in shown.values() if at > now - span]
        if len(within) >= most:
            return TooOften(len(within), within[len(within) - most] + span)
    return None


async def not_revealed(db: Database, case: Case, agent: Agent, reason: str, now: datetime) -> None:
    """The private message with the contact did not arrive."""
    async with db.write() as conn:
        await cases.add_event(conn, case.case_id, events.NotRevealed(reason), now, actor_id=agent.telegram_id)


@refusals(MayNot)
async def write_call(
    db: Database, book: PolicyBook, case: Case, agent: Agent, report: CallReport, now: datetime
) -> Called:
    """Writes down a call, once. A talk is a sign of life, and answers a waiting customer. A number that belongs to a
    stranger gets no more messages."""
    async with acting_on(db, case, agent, now, waiting="refused") as act:
        return await note_call(act, book, report)


async def note_call(act: Acting, book: PolicyBook, report: CallReport) -> Called:
    """The same within an open transaction. If the call broke a rule, all supervisors are to be told in private."""
    conn, case, customer, now = act.conn, act.case, act.facts.customer, act.now
    if (written := await calls.written_at(conn, case.customer_id, report.reference)) is not None:
        return Called(case, customer.zone, await calls.rule_broken_at(conn, case.case_id, written))
    verdict = await call_verdict(conn, book, customer, now)
    await announced_calls.end(conn, case.customer_id, now)
    kept = replace(report, note=report.note[:MOST_WORDS])
    await calls.write(conn, case.customer_id, case.case_id, act.agent.telegram_id, kept, now)
    await act.note(events.Called(kept.result, kept.note or None))
    await assignment.worked(conn, case.case_id, now, answered=kept.result == "reached")
    if kept.result == "reached":
        await customer_rows.note_seen(conn, case.customer_id, now)
    elif kept.result == "wrong_number":
        for channel in BY_PHONE:
            await reachability.mark_channel_dead(conn, case.customer_id, channel, calls.WRONG, now)
    await cases.mark_card_stale(conn, [case.customer_id])
    broke: Literal["", "limit", "hours"] = ""
    if isinstance(verdict, TooMany):
        broke = "limit"
    elif verdict.never or verdict.opens is not None:
        broke = "hours"
    if not broke:
        return Called(case, customer.zone)
    await act.note(events.CallTooMany(broke))
    detail = CallBroke(act.agent.name, broke)
    supervisors = [agent.telegram_id for agent in await agents.list_agents(conn) if agent.is_supervisor]
    if supervisors:
        about = (case.case_id, events.CallTooMany, now)
        await agent_notices.keep(conn, *(AgentNotice(whom, *about, detail=detail) for whom in supervisors))
    return Called(case, customer.zone, broke)


async def call_verdict(conn: Connection, book: PolicyBook, customer: Customer, now: datetime) -> Verdict:
    policy = book.as_of(now).current.for_segment(customer.segment)
    limits = requirements(policy).calls
    made = await calls.calls_since(conn, customer.customer_id, now - timedelta(days=days_that_count(limits)))
    return may_call(limits, policy.sending_hours, made, customer.zone, now)
