"""Deadlines: the case's owner is reminded before one, the supervisors on duty are alerted after it.

The case keeps who was told. This is written after a message was accepted: a kill in between tells twice, never not at
all. An alert that reached nobody stays to be told, and monitoring reports it as a trouble.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.telegram import Forum, Priority, TelegramChannel
from bot.message import Message
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import DueSoon
from bot.rules.cases.deadlines import remind_until
from bot.rules.policy.desk_terms import Desk
from bot.views.cases import desk_duty as views
from bot.work.cases.case_cards import agent_language, desk_language
from locales import translator
from storage.cases import agents, cases, deadlines
from storage.cases.agents import Agent
from storage.cases.deadlines import ToldTogether
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

log = structlog.get_logger()

# Between two messages of the same kind: all that falls due meanwhile goes into one message.
PAUSE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Duty:
    """What a round at the desk needs. Without a group (`forum` None) nobody is reminded there."""

    db: Database
    desk: Desk
    channel: TelegramChannel
    forum: Forum | None


async def tell_deadlines(duty: Duty, now: datetime) -> None:
    """Reminds about cases that are due soon, and alerts about cases that are late."""
    async with duty.db.read() as conn:
        soon = await deadlines.to_remind(conn, remind_until(duty.desk, now))
        late = await deadlines.to_alarm(conn, now)
        known = await agents.list_agents(conn)
    here = {agent.telegram_id: agent for agent in known if agent.away_since is None}
    by_owner: dict[int | None, list[Case]] = defaultdict(list)
    for case in soon:
        by_owner[case.owner_id if case.owner_id in here else None].append(case)
    for owner_id, owned_cases in by_owner.items():
        if owner_id is None:
            await _remind_all(duty, owned_cases, now)
        else:
            await _remind(duty, here[owner_id], owned_cases, now)
    if late:
        await _alarm(duty, [agent for agent in here.values() if agent.is_supervisor], late, now)


# --- Before ----------------------------------------------------------------------------------------------------------


async def _remind(duty: Duty, owner: Agent, due_cases: Sequence[Case], now: datetime) -> None:
    """In private; if that is refused, in each case's topic."""
    message = views.due_soon(translator(agent_language([owner])), due_cases, duty.desk.time_zone)
    outcome = await duty.channel.deliver(str(owner.telegram_id), message, priority=Priority.DESK)
    if isinstance(outcome, Accepted):
        await _told(duty, due_cases, "reminded")
    elif outcome.for_good:
        await _remind_in_topics(duty, due_cases, now)


async def _remind_in_topics(duty: Duty, due_cases: Sequence[Case], now: datetime) -> None:
    async def write() -> None:
        async with duty.db.write() as conn:
            for case in due_cases:
                await cases.add_event(conn, case.case_id, DueSoon(), now, to_tell=True)
            await deadlines.due_told(conn, due_cases, "reminded")

    await persist(write)


async def _remind_all(duty: Duty, due_cases: Sequence[Case], now: datetime) -> None:
    """Cases without an owner are announced to the whole group."""
    if duty.forum is None:
        await _told(duty, due_cases, "reminded")
        return
    if await _is_pause(duty, "group", now):
        return
    async with duty.db.read() as conn:
        t = translator(await desk_language(conn, None))
    outcome = await duty.forum.post(None, views.due_soon_by_nobody(t, due_cases, duty.desk.time_zone))
    if isinstance(outcome, Accepted) or outcome.for_good:
        await _told(duty, due_cases, "reminded", ("group", now))


# --- After -----------------------------------------------------------------------------------------------------------


async def _alarm(duty: Duty, supervisors: Sequence[Agent], due_cases: Sequence[Case], now: datetime) -> None:
    """To all supervisors on duty, in one message; it counts as told when one of them got it."""
    if await _is_pause(duty, "supervisors", now):
        return
    outcomes: list[Outcome] = []
    for supervisor in supervisors:
        t = translator(agent_language([supervisor]))
        message: Message = views.late(t, due_cases, duty.desk.time_zone)
        outcomes.append(await duty.channel.deliver(str(supervisor.telegram_id), message, priority=Priority.DESK))
    if any(isinstance(outcome, Accepted) for outcome in outcomes):
        await _told(duty, due_cases, "alarmed", ("supervisors", now))
    else:
        why = [outcome.reason for outcome in outcomes if isinstance(outcome, Refused)] or ["no_supervisor"]
        log.warning("no supervisor could be told about deadlines", cases=len(due_cases), reason=why[-1])


async def _is_pause(duty: Duty, to: ToldTogether, now: datetime) -> bool:
    async with duty.db.read() as conn:
        last = await deadlines.last_message(conn, to)
    return last is not None and now - last < PAUSE


async def _told(
    duty: Duty, due_cases: Sequence[Case], told: str, sent: tuple[ToldTogether, datetime] | None = None
) -> None:
    async def write() -> None:
        async with duty.db.write() as conn:
            await deadlines.due_told(conn, due_cases, told)
            if sent is not None:
                await deadlines.message_sent(conn, *sent)

    await persist(write)
