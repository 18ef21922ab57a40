"""An agent's day: what they did in cases, how often they wrote, when they were away, and their breaks, in order. For
themselves, and for supervisors.

It is read from the cases' history, the contacts, and what is on record of their being away; breaks are those of their
shifts and of the desk's hours as they are now.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.rules.cases.shifts import kept_shifts
from bot.rules.customers.text_parsing import normalised, said_day
from bot.rules.operations.agent_days import AgentDay, Messages, breaks, together
from bot.rules.operations.audit_log import Search
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import beginning, local_day
from bot.work.cases.duty import WhoseDuty, whose_is_meant
from storage.cases import agent_changes, agents
from storage.operations import agent_days, audit_log
from storage.runtime.engine import Database

MOST = 500  # lines of each kind: more than anybody does by hand
YESTERDAY = ("yesterday", "昨天", "昨日")


async def agent_day(db: Database, user_id: int, text: str, desk: Desk, now: datetime) -> AgentDay | WhoseDuty | None:
    """The day that the words after the command mean: `[NAME] [DAY]`, today without a day. None if the asker is no
    agent, or the day cannot be read."""
    async with db.read() as conn:
        asker = await agents.agent(conn, user_id)
        if asker is None:
            return None
        today = local_day(desk.time_zone, now)
        meant = await whose_is_meant(conn, asker, text, theirs=_day(text, today) is not None)
        if isinstance(meant, WhoseDuty):
            return meant
        agent, rest = meant
        if (day := _day(rest, today)) is None:
            return None
        since, before = beginning(desk.time_zone, day), beginning(desk.time_zone, day + timedelta(days=1))
        search = Search(actor_id=agent.telegram_id, since=since, before=before)
        entries = await audit_log.entries(conn, search, {}, MOST)
        wrote = await agent_days.messages(conn, agent.telegram_id, since, before, MOST)
        changes = await agent_changes.presence(conn, agent.telegram_id, since, before)
    shifts = kept_shifts(agent.shifts)
    pauses = breaks(desk, shifts, since, before, now)
    did = together(entries, [Messages(at, case_id) for at, case_id in wrote], [*pauses, *changes])
    return AgentDay(agent.name, day, shifts, did)


def _day(text: str, today: date) -> date | None:
    word = normalised(text).casefold()
    if not word:
        return today
    return today - timedelta(days=1) if word in YESTERDAY else said_day(word, today)
