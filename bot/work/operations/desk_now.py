"""Reads the desk at this moment, for supervisors. Nothing is written."""

from __future__ import annotations

from datetime import datetime

from bot.rules.cases.shifts import kept_shifts
from bot.rules.operations.desk_now import DeskNow, Load
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.rosters import Agent as OnRoster
from bot.rules.policy.rosters import somebody_is_there
from storage.cases import agents
from storage.operations import desk_now, desk_statistics
from storage.operations.desk_now import Held
from storage.runtime.engine import Database


async def read_now(db: Database, desk: Desk, now: datetime) -> DeskNow:
    async with db.read() as conn:
        waiting = await desk_statistics.waiting(conn, now)
        reasons = await desk_now.waiting_for(conn)
        held = await desk_now.held(conn, now)
        people = await agents.list_agents(conn)
    loads = []
    for agent in people:
        has, is_away = held.get(agent.telegram_id, Held()), agent.away_since is not None
        # An absence that has begun has made them away; shifts are those of the roster.
        is_there = not is_away and somebody_is_there(desk, [OnRoster(kept_shifts(agent.shifts))], now)
        loads.append(Load(agent.telegram_id, agent.name, has.in_time, has.late, has.resting, is_away, is_there))
    return DeskNow(waiting, reasons, sorted(loads, key=lambda each: -each.has))
