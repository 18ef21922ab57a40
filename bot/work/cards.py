"""What an agent is shown of a case: the card's facts, the queue's rows, and in which language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.rules.cases import Case, CaseCard, QueueRow
from bot.rules.facts import Standing
from bot.rules.hours import local_day
from locales import match_language
from storage import agents, cases_queue, contacts, people
from storage.agents import Agent
from storage.engine import Connection
from storage.standings import standing, standings

SHOWN = 10  # reminders and answers on a card, cases in the queue


async def card_facts(conn: Connection, case: Case, now: datetime) -> CaseCard:
    """Everything the card of this case tells, as it is now."""
    its_standing = await standing(conn, case.customer_id)
    assert its_standing is not None, "a case's customer is never deleted, only forgotten"
    linked = await people.linked_user(conn, case.customer_id)
    dead = await people.is_dead(conn, case.customer_id, "telegram")
    return CaseCard(
        case=case,
        standing=its_standing,
        today=local_day(its_standing.customer.zone, now),
        notices=await contacts.recent_notices(conn, case.customer_id, SHOWN),
        answers=await contacts.recent_answers(conn, case.customer_id, SHOWN),
        reachable=linked is not None and not dead,
    )


async def queue_rows(conn: Connection, now: datetime, limit: int = SHOWN) -> tuple[list[QueueRow], int]:
    """The most urgent waiting cases, and how many wait in all."""
    waiting, total = await cases_queue.queue(conn, limit)
    facts = await standings(conn, [c.customer_id for c in waiting])
    return [_row(c, facts, now) for c in waiting], total


def _row(case: Case, facts: dict[str, Standing], now: datetime) -> QueueRow:
    its_standing = facts[case.customer_id]
    customer = its_standing.customer
    today = local_day(customer.zone, now)
    return QueueRow(case, customer.name, customer.language, its_standing.days_overdue(today))


async def desk_language(conn: Connection, case: Case | None) -> str:
    """The language of what the bot says in the agents' group: that of the case's owner, else of the first agent."""
    known = await agents.list_agents(conn)
    owner = [a for a in known if case is not None and a.telegram_id == case.owner_id]
    return agent_language([*owner, *known])


def agent_language(people_in_order: Sequence[Agent]) -> str:
    """The first language that one of these agents reads and duebot writes; English if there is none."""
    for someone in people_in_order:
        for tag in someone.languages:
            if known := match_language(tag):
                return known
    return "en"
