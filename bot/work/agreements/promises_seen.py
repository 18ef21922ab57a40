"""An agent tells a customer, with one tap, that a person has seen their promise. Promises to people bind, those to
machines less (Choi, Huang, Yang and Zhang, NBER working paper 33669, 2025).

From then on the promise is the case's, as if it had been agreed there: the case rests until its day is over, closes if
it was kept, and comes back to this agent if it was not. It stays the customer's promise: its day and sum are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.agreements.promises import rests_through
from bot.rules.cases.case import Case
from bot.rules.cases.case_events_agreements import PromiseSeen
from bot.rules.policy.desk_terms import Desk
from bot.work.acting import Refusal, acting_on, refusals
from bot.work.agreements.agent_agreements import rest_until_over
from storage.agreements import promises
from storage.cases import cases
from storage.cases.agents import Agent
from storage.runtime.engine import Database


@dataclass(frozen=True, slots=True)
class Seen:
    """The promise that was seen, made at `since`; `language` is the customer's."""

    until: date
    since: datetime
    language: str


@refusals(NotAgreed)
async def see(db: Database, desk: Desk, case: Case, agent: Agent, now: datetime) -> Seen:
    """The agent has seen the promise that is in force. A second tap changes nothing. A promise that an agent agreed to
    needs no tap: there is nothing to see of it."""
    async with acting_on(db, case, agent, now) as act:
        promise = next((hold for hold in act.holds if hold.kind == "promise" and hold.set_by is None), None)
        if promise is None or promise.hold_id is None:
            raise Refusal(NotAgreed("nothing_to_see"))
        await act.take()
        if promise.seen_by != agent.telegram_id:
            await promises.note_seen(act.conn, promise.hold_id, agent.telegram_id, case.case_id)
            last = rests_through(desk, promise.until)
            await rest_until_over(act.conn, act.case, act.facts, agent.telegram_id, last, now)
            await act.note(PromiseSeen(promise.until))
            await cases.mark_card_stale(act.conn, [case.customer_id])
    return Seen(promise.until, promise.set_at or now, act.facts.customer.spoken)
