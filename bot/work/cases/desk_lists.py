"""What the console lists: a page of cases with what a row shows of each, and the tabs' numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.rules.cases.case import Case, QueueRow
from bot.rules.cases.urgency import reasons
from bot.rules.facts.customer_facts import CustomerFacts, total
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import local_day
from bot.work.cases.urgency import rank_new
from storage.cases import agents, desk_lists, urgency
from storage.cases.agents import Agent
from storage.cases.desk_lists import After, Choices, Filters, Tab
from storage.facts.customer_facts import facts_of_all
from storage.runtime.engine import Connection, Database

__all__ = ["TABS", "After", "Choices", "Filters", "ListRow", "Page", "Tab", "filter_choices", "list_cases", "search"]

TABS = desk_lists.TABS
ROWS = 50  # of a page
MOST_SEARCHED = 100  # characters


@dataclass(frozen=True, slots=True)
class ListRow:
    """One case in a list: as the queue shows it, and the overdue sums by currency."""

    shown: QueueRow
    overdue: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, after which row the next one begins (None: it was the last), and how many each tab has."""

    rows: tuple[ListRow, ...]
    after: After | None
    counts: Mapping[str, int]


async def list_cases(
    db: Database, desk: Desk, agent: Agent, tab: Tab, filters: Filters, now: datetime, after: After | None = None
) -> Page:
    """A page of a tab, in the order of the queue where cases wait."""
    await rank_new(db, desk.weights, now)
    today = local_day(desk.time_zone, now)
    async with db.snapshot() as conn:
        given = await desk_lists.listed(conn, tab, filters, agent.telegram_id, today, now, ROWS + 1, after)
        return await _page(conn, desk, given, agent, now)


async def search(db: Database, desk: Desk, agent: Agent, words: str, now: datetime, after: After | None = None) -> Page:
    """A page of the cases that the words mean. Only supervisors find a customer by phone number: agents see it with
    `/reveal`, which is recorded."""
    meant = " ".join(words.split())[:MOST_SEARCHED]
    async with db.snapshot() as conn:
        is_supervisor = agent.is_supervisor
        given = await desk_lists.found(conn, meant, ROWS + 1, by_phone=is_supervisor, after=after) if meant else []
        return await _page(conn, desk, given, agent, now)


async def filter_choices(db: Database) -> tuple[Choices, Sequence[Agent]]:
    """What the open cases can be filtered by, and the agents."""
    async with db.read() as conn:
        return await desk_lists.choices(conn), await agents.list_agents(conn)


async def _page(conn: Connection, desk: Desk, given: Sequence[tuple[Case, After]], agent: Agent, now: datetime) -> Page:
    shown = given[:ROWS]
    after = shown[-1][1] if len(given) > ROWS else None
    rows = await _rows(conn, desk, [case for case, _ in shown], now)
    return Page(rows, after, await desk_lists.counts(conn, agent.telegram_id, now))


async def _rows(conn: Connection, desk: Desk, listed: Sequence[Case], now: datetime) -> tuple[ListRow, ...]:
    facts = await facts_of_all(conn, [case.customer_id for case in listed])
    days = {customer_id: local_day(of_one.customer.zone, now) for customer_id, of_one in facts.items()}
    still_open = [case for case in listed if case.is_open]
    weighed = await urgency.weighed(conn, still_open, facts, days)
    return tuple(
        ListRow(
            QueueRow(
                case=case,
                customer_name=facts[case.customer_id].customer.name,
                language=facts[case.customer_id].customer.language,
                days_overdue=facts[case.customer_id].days_overdue(days[case.customer_id]),
                waits_since=case.waiting_since,
                reasons=reasons(desk.weights, weighed[case.case_id], now) if case.case_id in weighed else (),
            ),
            overdue_sums(facts[case.customer_id], days[case.customer_id]),
        )
        for case in listed
    )


def overdue_sums(facts: CustomerFacts, today: date) -> tuple[Money, ...]:
    return total(facts.overdue(today))
