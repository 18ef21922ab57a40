"""Counts over the whole database, for metrics and health checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.operations import hooks, pruning
from storage.runtime import workers
from storage.runtime.heartbeats import last_beats
from storage.schema import (
    agents,
    cases,
    changed_customers,
    customers,
    floods,
    links,
    notices,
    overlooked,
    relays,
    updates,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a metric, with its labels."""

    name: str
    meaning: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


FEW = 50_000  # so many rows are counted within a few milliseconds


async def are_many(conn: AsyncConnection) -> bool:
    """Whether there is so much to count that it is not done at each scrape. Reads no more than FEW rows of a table."""
    columns = (notices.c.notice_id, customers.c.customer_id, updates.c.update_id)
    beyond = [select(column).limit(1).offset(FEW).exists() for column in columns]
    return bool((await conn.execute(select(or_(*beyond)))).scalar_one())


async def of_all_time(conn: AsyncConnection) -> list[Figure]:
    """What is counted over all rows that are kept, as gauges: the cost grows with their number."""
    found: list[Figure] = []
    reason = func.coalesce(notices.c.reason, "")
    told = select(notices.c.state, reason.label("reason"), func.count().label("n")).group_by(notices.c.state, reason)
    for row in (await conn.execute(told)).all():
        labels = {"state": row.state, "reason": row.reason}
        found.append(Figure("duebot_notices", "Reminders by state and reason", row.n, labels))
    open_or_not = select(cases.c.state, cases.c.reason, func.count().label("n")).group_by(cases.c.state, cases.c.reason)
    for row in (await conn.execute(open_or_not)).all():
        labels = {"state": row.state, "reason": row.reason}
        found.append(Figure("duebot_cases", "Cases by state and reason", row.n, labels))
    inbox = select(updates.c.state, func.count().label("n")).group_by(updates.c.state)
    for row in (await conn.execute(inbox)).all():
        found.append(Figure("duebot_updates", "Updates from Telegram by state", row.n, {"state": row.state}))
    aside = (
        select(updates.c.error, func.count().label("n")).where(updates.c.state == "failed").group_by(updates.c.error)
    )
    for row in (await conn.execute(aside)).all():
        meaning = "Updates that were put aside, by kind of error"
        found.append(Figure("duebot_updates_put_aside", meaning, row.n, {"error": row.error or ""}))
    for name, meaning, query in (
        ("duebot_customers_linked", "Customers linked to Telegram", _count(links, links.c.ended_at.is_(None))),
        ("duebot_customers", "Customers known", _count(customers, true())),
        ("duebot_overlooked", "Customers whom planning had overlooked and the guard found", _count(overlooked, true())),
    ):
        found.append(Figure(name, meaning, (await conn.execute(query)).scalar_one()))
    return found


async def counts(conn: AsyncConnection, now: datetime) -> list[Figure]:
    """All other counts: of what waits, and of what is of today."""
    found: list[Figure] = []
    alone: tuple[tuple[str, str, Select[Any]], ...] = (
        ("duebot_relays_waiting", "Words on their way", _count(relays, relays.c.state.in_(("waiting", "attempted")))),
        ("duebot_updates_beyond_share", "Updates of the last day that came too fast to be kept", _dropped()),
        ("duebot_planning_waiting", "Changes that planning has not looked at yet", _count(changed_customers, true())),
    )
    for name, meaning, query in alone:
        found.append(Figure(name, meaning, (await conn.execute(query)).scalar_one()))
    if (finished := await pruning.last_finished(conn)) is not None:
        age_s = (now - finished).total_seconds()
        found.append(Figure("duebot_prune_age_seconds", "Since old records were last removed", age_s))
    for role, number in (await workers.living(conn)).items():
        found.append(Figure("duebot_workers", "Processes that are alive, by role", number, {"role": role}))
    for hook_id, behind in (await hooks.backlogs(conn)).items():
        hook = {"hook": str(hook_id)}
        for state, number in (("waiting", behind.waiting), ("parked", behind.parked)):
            found.append(
                Figure("duebot_hook_events", "Events that a hook has not got", number, {**hook, "state": state})
            )
        if behind.waits_since is not None:
            age_s = (now - behind.waits_since).total_seconds()
            found.append(Figure("duebot_hook_age_seconds", "Since the first event happened that waits", age_s, hook))
    for part, at in (await last_beats(conn)).items():
        age_s = (now - at).total_seconds()
        found.append(Figure("duebot_tick_age_seconds", "Since a part last did its round", age_s, {"part": part}))
    return found


def _dropped() -> Select[*tuple[Any, ...]]:
    return select(func.coalesce(func.sum(floods.c.dropped), 0))


def _count(table: Table, which: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(which)


async def count_agents(conn: AsyncConnection, role: str | None = None) -> int:
    """How many agents there are; of one role, if one is given."""
    query = select(func.count()).select_from(agents).where(agents.c.removed_at.is_(None))
    query = query if role is None else query.where(agents.c.role == role)
    return int((await conn.execute(query)).scalar_one())
