"""Outcomes: writes down what became of attempts, a group of them in one transaction, each by the rules for its kind.

Accepted ends the notice. A refusal for good leads to the next channel at once, a temporary one to another try, or to
the next channel when the channel's time is up. What did not leave is given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.channels import NOT_LEFT, Accepted, Outcome, Refused
from bot.rules.runtime.retries import Retries
from bot.work.reminders.claims import IN_DOUBT, Attempt
from bot.work.reminders.notice_checks import Sender
from storage.agreements import told_debts
from storage.customers import reachability
from storage.reminders import contacts, notices
from storage.reminders.notices import Notice
from storage.runtime.engine import Connection

log = structlog.get_logger()

AGAIN = Retries((3.0, 10.0, 30.0, 120.0, 600.0))
STOPPED = Refused(False, "claim_lost")
"""The sender ends before the message has left."""
NEXT_CHANNEL_AFTER = timedelta(minutes=30)  # of temporary refusals, if there is another channel


@dataclass(frozen=True, slots=True)
class Ended:
    """One attempt and its outcome."""

    attempt: Attempt
    contact_id: int
    outcome: Outcome


async def record(sender: Sender, now: datetime, group: Sequence[Ended]) -> None:
    """Writes down the outcomes of a group of attempts: all of them or none."""
    taken = [(e, e.outcome) for e in group if isinstance(e.outcome, Accepted)]
    held_back = [e for e in group if e.outcome == NOT_LEFT]
    stopped = [e for e in group if e.outcome == STOPPED]
    refused = [(e, e.outcome) for e in group if isinstance(e.outcome, Refused) and e.outcome not in (NOT_LEFT, STOPPED)]
    async with sender.db.write() as conn:
        await contacts.record_accepted(conn, {e.contact_id: outcome.reference for e, outcome in taken})
        await notices.record_accepted(
            conn, [(e.attempt.notice.notice_id, e.attempt.channel.name, outcome.reference) for e, outcome in taken], now
        )
        await told_debts.remember(conn, {e.attempt.notice.customer_id: e.attempt.tells for e, _ in taken})
        await _give_back(conn, sender.worker, held_back, "held_back")
        await _give_back(conn, sender.worker, stopped, STOPPED.reason)
        await _record_refusals(conn, sender.worker, refused, now)
    for ended, outcome in refused:
        log.info(
            "notice refused",
            notice_id=ended.attempt.notice.notice_id,
            channel=ended.attempt.channel.name,
            reason=outcome.reason,
            for_good=outcome.for_good,
        )


async def _give_back(conn: Connection, worker: str, back: Sequence[Ended], reason: str) -> None:
    if back:
        contact_of = {e.attempt.notice.notice_id: e.contact_id for e in back}
        await contacts.record_not_sent(conn, worker, contact_of, reason)
        await notices.give_back(conn, worker, list(contact_of), reason)


async def _record_refusals(
    conn: Connection, worker: str, refused: Sequence[tuple[Ended, Refused]], now: datetime
) -> None:
    await contacts.record_refused(conn, {ended.contact_id: outcome.reason for ended, outcome in refused})
    later: list[notices.Later] = []
    for ended, outcome in refused:
        notice = ended.attempt.notice
        if outcome.address_lost:
            channel = ended.attempt.channel.name
            await reachability.mark_channel_dead(conn, notice.customer_id, channel, outcome.reason, now)
        if outcome.for_good or (ended.attempt.other_channels and _is_out_of_time(notice, now)):
            await _give_up_channel(conn, worker, ended.attempt, outcome, now)
        else:
            later.append(notices.Later(notice.notice_id, outcome.reason, now + _wait(notice, outcome)))
    await notices.put_back_all(conn, worker, later)


async def _give_up_channel(conn: Connection, worker: str, attempt: Attempt, outcome: Refused, now: datetime) -> None:
    """The notice goes to the next channel, or ends if there is none."""
    notice = attempt.notice
    if attempt.other_channels:
        given_up = (*notice.given_up, attempt.channel.name)
        await notices.put_back(conn, notice.notice_id, worker, outcome.reason, now, given_up=given_up)
    else:
        await notices.end_unsent(conn, notice.notice_id, worker, outcome.reason, now)


def _wait(notice: Notice, outcome: Refused) -> timedelta:
    """Until the next try over the same channel."""
    if outcome.retry_after_s is not None:
        return timedelta(seconds=outcome.retry_after_s)
    return (IN_DOUBT if outcome.reason == "in_doubt" else AGAIN).wait(notice.attempts)


def _is_out_of_time(notice: Notice, now: datetime) -> bool:
    """Whether the channel's time is up, so that the next one is tried."""
    return notice.channel_since is not None and now - notice.channel_since >= NEXT_CHANNEL_AFTER
