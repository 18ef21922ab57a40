"""What an agent does with a case from outside its topic: claims it, gives it back or to a colleague, lets it rest, and
closes it. Words and notes are in `bot.work.topics.messages_outside`, agreements in
`bot.work.agreements.agreements_outside`.

Each function takes a `CaseAction`, and returns what was done, or why it was refused. Its `order` says how it came in,
and is part of its transaction.
"""

from __future__ import annotations

from datetime import datetime

from bot.rules.cases import case_events as events
from bot.rules.cases.case import Case
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.cases.snoozes import NoDay, checked_rest
from bot.rules.cases.who_may import MayNot
from bot.rules.policy.desk_terms import Desk
from bot.work import self_assignment
from bot.work.acting import Refusal
from bot.work.acting_outside import (
    ANY,
    CaseAction,
    NotDone,
    Order,
    acting_outside,
    listed,
    locked,
    refusals_are_values,
    tell_topic,
)
from bot.work.cases.casework import Closed, end_case
from bot.work.cases.urgency import rank_new
from storage.cases import agents, assignment, cases, snoozes
from storage.cases.agents import Agent
from storage.runtime.engine import Connection, Database

# --- Taking one ------------------------------------------------------------------------------------------------------


@refusals_are_values
async def claim_next(db: Database, agent: Agent, desk: Desk, now: datetime, order: Order = ANY) -> Case | None:
    """Claims the most urgent waiting case that fits the agent; None if there is none."""
    await rank_new(db, desk.weights, now)
    async with db.write() as conn:
        me = await listed(conn, agent)
        await order.begin(conn, None)
        case_id = await self_assignment.claim_next(conn, me, now)
        if isinstance(case_id, MayNot):
            raise Refusal(case_id)
        case = None if case_id is None else await cases.case(conn, case_id)
        await order.end(conn, case_id)
    return case


@refusals_are_values
async def claim(action: CaseAction) -> Case:
    """Claims this case if nobody has it; one that is the agent's already stays theirs."""
    async with acting_outside(action) as act:
        await act.take()
        if act.case.owner_id != act.agent.telegram_id:  # a supervisor may act on it, and yet it is not theirs
            raise Refusal(MayNot("not_yours", act.case.owner_name or ""))
    return act.case


# --- Giving it away --------------------------------------------------------------------------------------------------


@refusals_are_values
async def release(action: CaseAction) -> Case:
    """Gives a case back to the queue: an agent only their own, a supervisor any."""
    async with acting_outside(action, waiting="left") as act:
        owner_id = act.case.owner_id
        if owner_id is None:
            raise Refusal(NotDone("nobody_has_it"))
        await assignment.release(act.conn, action.case_id, owner_id, action.now, by=act.agent.telegram_id)
        await tell_topic(act, events.Released)
        return await _as_it_is(act.conn, action.case_id)


@refusals_are_values
async def transfer(action: CaseAction, to: int) -> Case:
    """Gives the case to the agent with this Telegram id, who is told: by its owner, or a supervisor."""
    async with acting_outside(action, waiting="refused") as act:
        await _give(act.conn, act.case, to, act.agent.telegram_id, action.now)
        return await _as_it_is(act.conn, action.case_id)


@refusals_are_values
async def assign(db: Database, case_id: int, to: int, now: datetime, order: Order = ANY) -> Case:
    """Gives an open case to the agent with this Telegram id, on behalf of no agent."""
    async with db.write() as conn:
        case = await locked(conn, case_id, order)
        if not case.is_open:
            raise Refusal(MayNot("closed"))
        await _give(conn, case, to, None, now)
        await order.end(conn, case_id)
        return await _as_it_is(conn, case_id)


async def _give(conn: Connection, case: Case, to: int, by: int | None, now: datetime) -> None:
    colleague = await agents.agent(conn, to, keep=True)
    if colleague is None:
        raise Refusal(NotDone("no_colleague"))
    if colleague.telegram_id == case.owner_id:
        raise Refusal(NotDone("theirs_already", colleague.name))
    if colleague.away_since is not None:
        raise Refusal(NotDone("colleague_away", colleague.name))
    given = await assignment.transfer(conn, case, to, colleague.name, by, now)
    assert given, "nobody else changes a case that is locked"
    await cases.tell_in_topic(conn, case.case_id, events.Transferred)


# --- Letting it rest, and closing it ---------------------------------------------------------------------------------


@refusals_are_values
async def snooze(action: CaseAction, until: datetime) -> datetime:
    """Lets a case rest until then. A case without an owner becomes the agent's."""
    async with acting_outside(action) as act:
        checked = checked_rest(until, action.now)
        if isinstance(checked, NoDay):
            raise Refusal(checked)
        await act.take()
        await snoozes.snooze(act.conn, action.case_id, checked, act.agent.telegram_id, action.now)
        await tell_topic(act, events.Snoozed)
    return checked


@refusals_are_values
async def end_snooze(action: CaseAction) -> bool:
    """Ends the rest of a case; its owner keeps it. False if it does not rest."""
    async with acting_outside(action, waiting="left") as act:
        ended = await snoozes.snooze_off(act.conn, action.case_id, act.agent.telegram_id, action.now)
        if ended:
            await tell_topic(act, events.SnoozeOff)
    return ended


@refusals_are_values
async def close(action: CaseAction, outcome: CaseOutcome) -> Closed:
    """Closes the case with an outcome, as `/done` does."""
    async with acting_outside(action, waiting="left") as act:
        closed = await end_case(act, outcome)
        await tell_topic(act, events.Closed)
    return closed


async def _as_it_is(conn: Connection, case_id: int) -> Case:
    case = await cases.case(conn, case_id)
    assert case is not None, "a case is never deleted"
    return case
