"""Tells supervisors in private that a proposed policy waits for one of them, and who proposed it what was decided.

A notice stays in the database until it was told. If the process is killed in between, it is told twice rather than
never. The console's page shows the proposal to those whom Telegram does not reach.
"""

from __future__ import annotations

import structlog

from bot.channels import Accepted
from bot.channels.telegram import Priority, TelegramChannel
from bot.views.operations import policy_proposals as views
from bot.work.cases.case_cards import agent_language
from locales import translator
from storage.cases import agents
from storage.policy import proposal_notices
from storage.policy.proposal_notices import ProposalNotice
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()


async def tell_of_proposals(db: Database, channel: TelegramChannel) -> None:
    """Tells each supervisor what they are still to be told; one who is none any more is told nothing."""
    async with db.read() as conn:
        news = await proposal_notices.untold(conn)
        known = {agent.telegram_id: agent for agent in await agents.list_agents(conn)} if news else {}
    for notice in news:
        reader = known.get(notice.agent_id)
        if reader is not None and reader.is_supervisor:
            message = views.notice(translator(agent_language([reader])), notice.proposal, notice.changed_lines)
            outcome = await channel.deliver(str(reader.telegram_id), message, priority=Priority.DESK)
            if not isinstance(outcome, Accepted):
                if not outcome.for_good:
                    continue
                log.info("a supervisor cannot be told in private", agent=reader.telegram_id, reason=outcome.reason)
        await persist(lambda notice=notice: _told(db, notice))  # type: ignore[misc]


async def _told(db: Database, notice: ProposalNotice) -> None:
    async with db.write() as conn:
        await proposal_notices.told(conn, notice)
