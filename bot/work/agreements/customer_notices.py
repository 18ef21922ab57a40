"""Telling a customer at once what an agent has just agreed with them, with the evidence of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram import TelegramChannel
from bot.message import Message
from bot.rules.cases.case import Case
from bot.rules.runtime.retries import Retries
from storage.cases import cases
from storage.cases.agents import Agent
from storage.customers import reachability, telegram_links
from storage.reminders import contacts
from storage.reminders.contacts import Outgoing
from storage.runtime.engine import Database
from storage.runtime.write_retry import persist

AGAIN = Retries((1.0, 2.0, 4.0), most=4)  # who asked for it waits for the answer
ANSWERED_WITHIN = timedelta(days=1)  # the same answer a second time within so long is one that was cut off


async def tell_customer(
    db: Database, channel: TelegramChannel, case: Case, agent: Agent, message: Message, now: datetime
) -> bool:
    """Whether it arrived. It tells what `agent` did."""
    return isinstance(await tell(db, channel, case, agent, message, message, now), Accepted)


async def tell(
    db: Database,
    channel: TelegramChannel,
    case: Case,
    agent: Agent,
    message: Message,
    kept: Message,
    now: datetime,
) -> Outcome | None:
    """Sends the message and returns the result, None if the customer has no chat; `kept` is what the record has as its
    text. If Telegram does not take it just now, or perhaps took it, it is tried a few times: twice is better than not
    at all."""
    async with db.read() as conn:
        user_id = await telegram_links.linked_user(conn, case.customer_id)
    if user_id is None:
        return None
    outcome = await channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)
    for wait_s in AGAIN.each_wait_s():
        if isinstance(outcome, Accepted) or outcome.for_good:
            break
        await asyncio.sleep(wait_s)
        outcome = await channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)
    await persist(lambda: _write(db, case, agent, kept, outcome, now))
    return outcome


async def was_told(db: Database, case: Case, message: Message, since: datetime) -> bool:
    """Whether the customer has got this very message since `since`: so a second tap does not tell it twice, and one
    that was cut off does."""
    async with db.read() as conn:
        return await contacts.was_accepted(conn, case.customer_id, message.plain(), since)


async def _write(db: Database, case: Case, agent: Agent, message: Message, outcome: Outcome, now: datetime) -> None:
    async with db.write() as conn:
        keeps = await contacts.keeps_words(conn, case.customer_id)
        text, of_case = message.plain() if keeps else None, {"case_id": case.case_id, "agent_id": agent.telegram_id}
        outgoing = Outgoing(case.customer_id, "telegram", "agent", text, **of_case)
        said = await contacts.record_attempt(conn, outgoing, now)
        if isinstance(outcome, Accepted):
            await contacts.record_result(conn, said, "accepted", reference=outcome.reference if keeps else None)
            return
        assert isinstance(outcome, Refused)
        await contacts.record_result(conn, said, "refused", reason=outcome.reason)
        if outcome.address_lost:
            await reachability.mark_channel_dead(conn, case.customer_id, "telegram", outcome.reason, now)
            await cases.mark_card_stale(conn, [case.customer_id])
