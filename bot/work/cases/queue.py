"""What `/queue` shows: who waits and why in this order, who is with which agent, and the agent's own due cases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.rules.cases.case import Case, Mine, Queue, QueueRow
from bot.rules.cases.deadlines import due_now
from bot.rules.cases.urgency import reasons
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import local_day
from bot.work.cases.case_cards import asked_of
from bot.work.cases.urgency import rank_new
from storage.cases import queue, urgency
from storage.cases.agents import Agent
from storage.facts.customer_facts import facts_of_all
from storage.runtime.engine import Connection, Database

WAITING_SHOWN = 10
OTHERS_SHOWN = 5  # with colleagues
MINE_SHOWN = 10


async def see_queue(db: Database, desk: Desk, agent: Agent, now: datetime) -> Queue:
    """The queue as this agent sees it."""
    await rank_new(db, desk.weights, now)
    async with db.read() as conn:
        counts = await queue.counts(conn)
        waiting = await queue.queue(conn, WAITING_SHOWN)
        others = await queue.claimed(conn, OTHERS_SHOWN, except_of=agent.telegram_id)
        mine = await queue.claimed(conn, MINE_SHOWN, of=agent.telegram_id)
        return Queue(
            waiting=await rows_of(conn, desk, waiting, now),
            others=await rows_of(conn, desk, others, now),
            mine=tuple([await _mine(conn, desk, case, now) for case in mine]),
            waiting_count=counts.waiting,
            claimed_count=counts.claimed,
            snoozed_count=counts.snoozed,
            desk_zone=desk.time_zone,
        )


async def _mine(conn: Connection, desk: Desk, case: Case, now: datetime) -> Mine:
    return Mine(case, due_now(desk, case, now), await asked_of(conn, case.customer_id, now))


async def rows_of(conn: Connection, desk: Desk, open_cases: Sequence[Case], now: datetime) -> tuple[QueueRow, ...]:
    """The lines of these cases in the queue."""
    if not open_cases:
        return ()
    facts = await facts_of_all(conn, [case.customer_id for case in open_cases])
    days = {customer_id: local_day(of_customer.customer.zone, now) for customer_id, of_customer in facts.items()}
    weighed = await urgency.weighed(conn, open_cases, facts, days)
    return tuple(
        QueueRow(
            case=case,
            customer_name=facts[case.customer_id].customer.name,
            language=facts[case.customer_id].customer.language,
            days_overdue=weighed[case.case_id].days_overdue,
            waits_since=weighed[case.case_id].waits_since,
            reasons=reasons(desk.weights, weighed[case.case_id], now),
        )
        for case in open_cases
    )
