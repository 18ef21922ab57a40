"""Tells agents in private what happened to their cases. If a private message is refused, it is said in the case's
topic.

A notice stays in the database until it was told. If the process is killed in between, it is told twice rather than
never.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import structlog

from bot.channels import Accepted
from bot.channels.telegram import Priority, TelegramChannel
from bot.rules.cases.case import Case
from bot.views.cases import desk_duty as views
from bot.work.cases.case_cards import agent_language
from locales import translator
from storage.cases import agent_notices, agents, cases
from storage.cases.agent_notices import AgentNotice
from storage.cases.agents import Agent
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

Numbered = tuple[int, AgentNotice]


async def tell_agents(db: Database, channel: TelegramChannel) -> None:
    """Tells each agent all their notices, in one message."""
    async with db.read() as conn:
        news = await agent_notices.untold(conn)
        if not news:
            return
        known = {agent.telegram_id: agent for agent in await agents.list_agents(conn)}
        cases_told = await cases.cases_by_id(conn, [notice.case_id for _, notice in news])
    by_agent: dict[int, list[Numbered]] = defaultdict(list)
    for number, notice in news:
        by_agent[notice.agent_id].append((number, notice))
    for agent_id, theirs in by_agent.items():
        await _tell(db, channel, known.get(agent_id), theirs, cases_told)


async def _tell(
    db: Database,
    channel: TelegramChannel,
    agent: Agent | None,
    news: Sequence[Numbered],
    cases_told: dict[int, Case],
) -> None:
    if agent is None:  # no longer an agent
        await _told(db, news, in_topic=False)
        return
    t = translator(agent_language([agent]))
    message = views.agent_notices(
        t, [(notice.detail or notice.about, cases_told[notice.case_id]) for _, notice in news]
    )
    outcome = await channel.deliver(str(agent.telegram_id), message, priority=Priority.DESK)
    if isinstance(outcome, Accepted):
        await _told(db, news, in_topic=False)
    elif outcome.for_good:
        log.info("an agent cannot be told in private", agent=agent.telegram_id, reason=outcome.reason)
        await _told(db, news, in_topic=True)


async def _told(db: Database, news: Sequence[Numbered], *, in_topic: bool) -> None:
    async def write() -> None:
        async with db.write() as conn:
            for number, notice in news:
                if await agent_notices.told(conn, number, notice) and in_topic and not notice.in_topic:
                    await cases.tell_in_topic(conn, notice.case_id, notice.about)

    await persist(write)
