"""Tells agents in private what happened to their passkeys, so that they notice what they did not do themselves.

News stays in the database until it was told. If the process is killed in between, it is told twice rather than never.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import structlog

from bot.channels import Accepted
from bot.channels.telegram import Priority, TelegramChannel
from bot.views.operations import passkeys as views
from bot.work.cases.case_cards import agent_language
from locales import translator
from storage.cases import agents
from storage.operations import passkeys
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()


async def tell_of_passkeys(db: Database, channel: TelegramChannel, zone: ZoneInfo) -> None:
    """Tells each agent what they are still to be told, in the desk's time `zone`; who is no agent any more is told
    nothing."""
    async with db.read() as conn:
        news = await passkeys.untold(conn)
        known = {agent.telegram_id: agent for agent in await agents.list_agents(conn)} if news else {}
    for one in news:
        reader = known.get(one.agent_id)
        if reader is not None:
            t = translator(agent_language([reader]))
            message = views.told(t, one.kind, one.name, one.by, t.moment(one.at, zone))
            outcome = await channel.deliver(str(reader.telegram_id), message, priority=Priority.DESK)
            if not isinstance(outcome, Accepted):
                if not outcome.for_good:
                    continue
                log.info("an agent cannot be told in private", agent=reader.telegram_id, reason=outcome.reason)
        await persist(lambda number=one.event_id: _told(db, number))  # type: ignore[misc]


async def _told(db: Database, event_id: int) -> None:
    async with db.write() as conn:
        await passkeys.told(conn, event_id)
