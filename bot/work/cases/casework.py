"""Casework: what agents do with cases. It checks permission and ownership, and writes the case's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.rules.agreements.holds import DAYS_AFTER_DISTRESS, IN_DISTRESS
from bot.rules.cases.case import Case
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.cases.snoozes import NoDay, rests_until
from bot.rules.cases.who_may import MayNot, is_theirs
from bot.rules.operations.audit_log import OperationKind
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import zones
from bot.work import self_assignment
from bot.work.acting import Acting, Refusal, acting_on, refusals
from bot.work.cases.case_cards import agent_language, desk_language
from bot.work.cases.urgency import rank_new
from bot.work.customers.unlinking import end_wrong_persons
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import agents, assignment, cases, snoozes
from storage.cases.agents import Agent
from storage.operations import api_keys, console_access, operation_events
from storage.runtime import update_idempotency
from storage.runtime.engine import Database
from storage.topics import message_places, topics


@dataclass(frozen=True, slots=True)
class Desktop:
    """Who acts in the agents' group (None: not an agent), the topic's case, and the language of the answer."""

    agent: Agent | None
    case: Case | None
    language: str


# What rests after an outcome: the kind of hold, and for how many days.
RESTS_DAYS = {
    "paid": ("hold", 3),  # until the payment is in the wallet's files
    "promised": ("promise", 7),
    "plan": ("plan", 30),
    "dispute": ("dispute", 30),
    "hardship": ("hold", 30),
    "unreachable": ("hold", 3),
    "wrong_person": ("hold", 3),
    "other": ("hold", 7),
}


@dataclass(frozen=True, slots=True)
class Closed:
    """A case that was closed now; `rests_until` is the last day of rest for what is overdue."""

    rests_until: date | None = None


@dataclass(frozen=True, slots=True)
class Snoozed:
    """A case that rests until then; the time is shown by the clock of `zone`."""

    until: datetime
    zone: str


async def open_desktop(
    db: Database, user_id: int, chat_id: int, thread_id: int | None, about: int | None = None
) -> Desktop:
    """Finds who acts, and the topic's case. In a group without topics it is the case of the message that is answered,
    `about`."""
    async with db.read() as conn:
        agent = await agents.agent(conn, user_id)
        case = await cases.case_of_topic(conn, chat_id, thread_id) if thread_id is not None else None
        if thread_id is None and about is not None:
            case_id = await message_places.case_of_message(conn, chat_id, about)
            case = None if case_id is None else await cases.case(conn, case_id)
        language = agent_language([agent]) if agent and agent.languages else await desk_language(conn, case)
    return Desktop(agent, case, language)


async def acted_before(db: Database) -> bool:
    """Whether the update that is being handled has had the agent do something already, before a kill."""
    async with db.read() as conn:
        return await update_idempotency.has_acted(conn)


async def agent_of(db: Database, user_id: int) -> Agent | None:
    """The agent or supervisor who has this account; None if it is nobody's of the desk."""
    async with db.read() as conn:
        return await agents.agent(conn, user_id)


async def claim_next(
    db: Database, agent: Agent, now: datetime, update_id: int | None = None, desk: Desk | None = None
) -> Case | None:
    """Claims the most urgent waiting case that fits the agent; None if there is none. The same update, handled again
    after a kill, claims no second case. Raises `Refusal` if they may take none."""
    await rank_new(db, (desk or Desk()).weights, now)
    async with db.write() as conn:
        before = None if update_id is None else await assignment.claimed_by_update(conn, update_id)
        if before is not None:
            return await cases.case(conn, before)
        case_id = await self_assignment.claim_next(conn, agent, now)
        if isinstance(case_id, MayNot):
            raise Refusal(case_id)
        if case_id is None:
            return None
        if update_id is not None:
            await assignment.keep_claim_of_update(conn, update_id, case_id, now)
        return await cases.case(conn, case_id)


async def wait_for_others(db: Database, agent: Agent) -> int:
    """How many waiting cases do not fit this agent."""
    async with db.read() as conn:
        fitting = await self_assignment.fitting(conn, agent)
        return 0 if fitting == assignment.ANY else await assignment.unfit(conn, fitting)


async def forget_claims_before(db: Database, before: datetime) -> None:
    """Deletes what was remembered about updates that will not be handled again."""
    async with db.write() as conn:
        await assignment.drop_claims_of_updates_before(conn, before)


async def claim(db: Database, case: Case, agent: Agent, now: datetime) -> Case:
    """Claims this case if it waits. Returns the case as it is then, with its owner. Raises `Refusal` if it waits and
    the agent may not take it."""
    async with db.write() as conn:
        why = await self_assignment.claim(conn, case.case_id, agent, now)
        claimed = await cases.case(conn, case.case_id)
        assert claimed is not None
        if why is not None and claimed.state == "waiting":
            raise Refusal(why)
        return claimed


async def open_case(db: Database, case_id: int) -> Case | None:
    """The open case with this number; None if there is none."""
    async with db.read() as conn:
        found = await cases.case(conn, case_id)
    return None if found is None or not found.is_open else found


async def renew_card(db: Database, case: Case) -> None:
    """Has the case's card shown once more."""
    async with db.write() as conn:
        await topics.set_card(conn, case.case_id, stale=True)


async def colleagues(db: Database, agent: Agent) -> list[str]:
    """The names of all other agents."""
    async with db.read() as conn:
        return [other.name for other in await agents.list_agents(conn) if other.telegram_id != agent.telegram_id]


async def want_topic(db: Database, case: Case) -> None:
    """Has the case's topic opened, although nobody has taken the case."""
    async with db.write() as conn:
        await topics.want_topic(conn, case.case_id)


async def release(db: Database, case: Case, agent: Agent, now: datetime) -> bool:
    """Gives a case back to the queue: an agent only their own, a supervisor any case. False if they may not."""
    if case.owner_id is None or not is_theirs(case, agent):
        return False
    async with db.write() as conn:
        return await assignment.release(conn, case.case_id, case.owner_id, now, by=agent.telegram_id)


@refusals(NoDay)
async def snooze(db: Database, case: Case, agent: Agent, words: Sequence[str], now: datetime) -> Snoozed:
    """Lets a case rest until the day (and time) in `words`, by the customer's clock. A case without an owner becomes
    the agent's."""
    async with acting_on(db, case, agent, now) as act:
        zone = act.facts.customer.zone
        until = rests_until(words, zone, now)
        if isinstance(until, NoDay):
            raise Refusal(until)
        await act.take()
        await snoozes.snooze(act.conn, case.case_id, until, agent.telegram_id, now)
    return Snoozed(until, zones(zone)[0].key)


@refusals(MayNot)
async def snooze_off(db: Database, case: Case, agent: Agent, now: datetime) -> bool:
    """Ends the rest of a case; its owner keeps it. False if it does not rest."""
    async with acting_on(db, case, agent, now, waiting="left") as act:
        return await snoozes.snooze_off(act.conn, case.case_id, agent.telegram_id, now)


@refusals(MayNot)
async def close(db: Database, case: Case, agent: Agent, outcome: CaseOutcome, now: datetime) -> Closed:
    """Closes the case with an outcome, which ends the rest of one in distress. What is still overdue rests for some
    days, on the agent's responsibility: the customer is not silent in these days, and is not called again a minute
    later. Somebody who was in distress gets at least a month."""
    async with acting_on(db, case, agent, now, waiting="left") as act:
        return await end_case(act, outcome)


async def end_case(act: Acting, outcome: CaseOutcome) -> Closed:
    """The same within the transaction."""
    conn, case, by, now = act.conn, act.case, act.agent.telegram_id, act.now
    if not await cases.close(conn, case.case_id, outcome, by, now):
        raise Refusal(MayNot("closed"))
    if outcome == "wrong_person":
        await end_wrong_persons(conn, case.customer_id, now)
    distressed = await holds.withdraw(conn, case.customer_id, now, kind=IN_DISTRESS) > 0
    if not distressed and (outcome not in RESTS_DAYS or not act.facts.overdue(act.today)):
        return Closed()
    kind, days = RESTS_DAYS[outcome]
    days = max(days, DAYS_AFTER_DISTRESS) if distressed else days
    in_force = await holds.in_force(conn, case.customer_id)
    agreed = [hold.until for hold in in_force if hold.kind == kind and outcome in ("promised", "plan")]
    if agreed:
        return Closed(rests_until=max(agreed))  # the agreement stays as it is
    until = act.today + timedelta(days=days)
    rests = Hold(case.customer_id, kind, until, set_by=by, reason=f"case {case.case_id}: {outcome}")
    await holds.set_hold(conn, rests, now)
    return Closed(rests_until=until)


async def add_agent(db: Database, agent: Agent, now: datetime) -> None:
    """Adds an agent, or changes one; for the audit log, too."""
    async with db.write() as conn:
        there = await agents.agent(conn, agent.telegram_id) is not None
        await agents.add_agent(conn, agent, now)
        kind: OperationKind = "agent_changed" if there else "agent_added"
        await operation_events.note(conn, kind, agent.name, now, detail=agent.role)


async def remove_agent(db: Database, telegram_id: int, now: datetime) -> bool:
    """Removes an agent from the list: their cases go back to the queue, and neither the console nor their keys open
    anything any more. False if there was no such agent."""
    async with db.write() as conn:
        removed = await agents.remove_agent(conn, telegram_id, now)  # first: whom this waits for may claim a case
        await console_access.end_all_of(conn, telegram_id, now)
        await assignment.release_all_of(conn, telegram_id, now)
        await api_keys.revoke_of_agent(conn, telegram_id, now)
        if removed is not None:
            await operation_events.note(conn, "agent_removed", removed, now)
        return removed is not None
