"""Sending: claims what is due, checks it against the facts of that moment, and writes down what became of it.

The order is what makes it safe. A claim and an attempt are written before a message leaves, its outcome after; what
was killed in between is tried again, what has an outcome never is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

import structlog

from bot.channels import Accepted, Channel, Outcome, Refused
from bot.message import Message
from bot.rules import contact
from bot.rules.policy import Policy
from bot.settings import Settings
from bot.views.reminder import ReminderItem, reminder
from bot.work.persisting import persist
from locales import translator
from storage import contacts, notices, people
from storage.engine import Connection, Database
from storage.notices import Notice
from storage.standings import standings

log = structlog.get_logger()

# A claim of another process that is older than this belongs to one that was killed: no attempt takes half as long.
CLAIM_LOST_AFTER = timedelta(seconds=30)
RETRY_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A message that was checked and is about to leave."""

    notice: Notice
    contact_id: int
    user_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round of sending did; `claimed` 0 means that nothing was due."""

    claimed: int
    accepted: int
    pause_s: float = 0.0  # the channel asked for a pause


async def send_due(
    db: Database, policy: Policy, settings: Settings, channel: Channel, worker: str, now: datetime, limit: int
) -> Sent:
    """Sends up to `limit` notices that are due. Every one ends accepted, not sent with a reason, or put back."""
    async with db.write() as conn:
        await notices.free_lost_claims(conn, worker, now - CLAIM_LOST_AFTER)
        await notices.expire(conn, now)
        claimed = await notices.claim(conn, worker, now, limit)
        attempts = await _check(conn, claimed, policy, settings, worker, now)
    outcomes = await asyncio.gather(*(_deliver(db, channel, attempt, worker, now) for attempt in attempts))
    pauses = [o.retry_after_s or 0.0 for o in outcomes if isinstance(o, Refused) and o.reason == "flood"]
    return Sent(len(claimed), sum(isinstance(o, Accepted) for o in outcomes), max(pauses, default=0.0))


async def _check(
    conn: Connection, claimed: list[Notice], policy: Policy, settings: Settings, worker: str, now: datetime
) -> list[_Attempt]:
    """Judges every claimed notice by the facts as they are now; what may not leave is written down with its reason."""
    ids = [n.customer_id for n in claimed]
    facts = await standings(conn, ids)
    users = await notices.live_users(conn, ids)
    accepted_at = await notices.accepted_since(conn, ids, now - timedelta(days=9))
    attempts = []
    for notice in claimed:
        standing = facts[notice.customer_id]
        its_policy = policy.for_segment(standing.customer.segment)
        user_id = users.get(notice.customer_id)
        verdict = contact.decide(
            its_policy, standing, notice.items, accepted_at.get(notice.customer_id, ()), user_id is not None, now
        )
        if isinstance(verdict, contact.Never):
            await notices.not_sent(conn, notice.notice_id, worker, verdict.reason, now)
        elif isinstance(verdict, contact.NotNow):
            await notices.put_back(
                conn, notice.notice_id, worker, verdict.reason, verdict.window.opens, verdict.window.closes
            )
        else:
            assert user_id is not None
            message = reminder(
                translator(standing.customer.language or "en"),
                standing,
                tuple(ReminderItem(instalment, step_message) for instalment, step_message in verdict.items),
                now,
                settings.brand,
                pay_url=pay_link(settings.pay_url, standing.customer.customer_id, verdict.items[0][0].instalment_id),
                amounts=contact.are_fresh(its_policy, standing, now),
            )
            contact_id = await contacts.attempted(
                conn,
                notice.customer_id,
                channel="telegram",
                kind="reminder",
                now=now,
                notice_id=notice.notice_id,
                body=message.plain(),
            )
            attempts.append(_Attempt(notice, contact_id, user_id, message))
    return attempts


async def _deliver(db: Database, channel: Channel, attempt: _Attempt, worker: str, now: datetime) -> Outcome:
    outcome = await channel.deliver(str(attempt.user_id), attempt.message)
    await persist(lambda: _record(db, channel.name, attempt, outcome, worker, now))
    return outcome


async def _record(db: Database, channel: str, attempt: _Attempt, outcome: Outcome, worker: str, now: datetime) -> None:
    notice = attempt.notice
    async with db.write() as conn:
        if isinstance(outcome, Accepted):
            await contacts.ended(conn, attempt.contact_id, "accepted", reference=outcome.reference)
            await notices.accepted(conn, notice.notice_id, worker, channel, outcome.reference, now)
            return
        await contacts.ended(conn, attempt.contact_id, "refused", reason=outcome.reason)
        if outcome.for_good:
            if outcome.address_lost:
                await people.bury_channel(conn, notice.customer_id, channel, outcome.reason, now)
            await notices.not_sent(conn, notice.notice_id, worker, outcome.reason, now)
        else:
            wait = RETRY_AFTER[min(notice.attempts, len(RETRY_AFTER)) - 1]
            if outcome.retry_after_s is not None:
                wait = timedelta(seconds=outcome.retry_after_s)
            await notices.put_back(conn, notice.notice_id, worker, outcome.reason, now + wait)
    log.info("notice refused", notice_id=notice.notice_id, reason=outcome.reason, for_good=outcome.for_good)


def pay_link(template: str, customer_id: str, instalment_id: str) -> str:
    """The link to pay one instalment, or nothing where none is set. Ids are escaped: they come from a file."""
    return template.format(customer_id=quote(customer_id, safe=""), instalment_id=quote(instalment_id, safe=""))
