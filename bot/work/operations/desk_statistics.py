"""Computes the desk's figures of the last days for supervisors; `bot.rules.operations.desk_statistics` says what they
are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.rules.operations.desk_statistics import Figures, days_of, timely
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import zones
from storage.cases import agents
from storage.cases.agents import Agent
from storage.operations import desk_statistics, pruning
from storage.runtime.engine import Database


async def supervisor(db: Database, user_id: int) -> Agent | None:
    """The supervisor with this Telegram account; None for anybody else."""
    async with db.read() as conn:
        found = await agents.agent(conn, user_id)
    return found if found is not None and found.is_supervisor else None


async def figures(db: Database, desk: Desk, days: int, now: datetime) -> Figures:
    """The figures of the last `days`, today included, by the desk's calendar."""
    place = zones(desk.time_zone)[0]
    today = now.astimezone(place).date()
    since, today_since = _begins(today - timedelta(days=days - 1), place), _begins(today, place)
    async with db.read() as conn:
        waiting = await desk_statistics.waiting(conn, now)
        work = await desk_statistics.by_agent(conn, since, today_since)
        firsts = await desk_statistics.firsts(conn, since)
        quarters = await desk_statistics.by_quarter(conn, since)
        outcomes = await desk_statistics.outcomes(conn, since)
        promises = await desk_statistics.promises(conn, since)
        scores, asked = await desk_statistics.scores(conn, since)
        kept_from = await pruning.evidence_from(conn)
    # Ten thousand cases may be counted, so it runs in a thread and nobody waits for it.
    in_time, answers = await asyncio.to_thread(timely, desk, firsts, since, now)
    return Figures(
        days=days,
        now=waiting,
        agents=tuple(work),
        timely=in_time,
        answers=answers,
        outcomes=outcomes,
        promises=(promises.get(("promise", "kept"), 0), promises.get(("promise", "broken"), 0)),
        plans=(promises.get(("plan", "kept"), 0), promises.get(("plan", "broken"), 0)),
        scores=scores,
        asked=asked,
        by_day=_by_day(quarters, days_of(today, days), place),
        kept_from=kept_from if kept_from is not None and since.date() < kept_from else None,
    )


def _by_day(
    quarters: Mapping[int, tuple[int, int]], days: list[date], place: ZoneInfo
) -> tuple[tuple[date, int, int], ...]:
    found = {day: [0, 0] for day in days}
    for start_s, (opened, closed) in quarters.items():
        day = datetime.fromtimestamp(start_s, UTC).astimezone(place).date()
        if day in found:
            found[day][0] += opened
            found[day][1] += closed
    return tuple((day, opened, closed) for day, (opened, closed) in found.items())


def _begins(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), place).astimezone(UTC)
