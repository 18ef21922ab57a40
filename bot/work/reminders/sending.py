"""Sending: claims the notices that are due, checks them against the present facts, and writes down their outcomes.

The order makes it safe. A claim and an attempt are written before a message is sent, its outcome after. If the process
was killed in between, the message is tried again; a message with an outcome never is. Attempts are written for a whole
batch at once, outcomes for all that ended meanwhile. Channels are tried in the step's order. After a permanent refusal
the next channel is tried at once, after a temporary one when the channel's time is up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.channels import Accepted, Channel, Envelope, Outcome, Refused
from bot.rules.facts.customer_facts import Customer, Instalment
from bot.rules.runtime.retries import Retries
from bot.work.reminders import notice_checks
from bot.work.reminders import unsubscribe as reminders_unsubscribe
from bot.work.reminders.notice_checks import ON_ITS_WAY, Ready, Sender, program_error
from bot.work.reminders.outcome_batches import Recorder
from storage.agreements import told_debts
from storage.customers import people
from storage.facts.customer_facts import facts_of_all
from storage.reminders import contacts, notices
from storage.reminders.addresses import Addresses, addresses_of
from storage.reminders.contacts import Reminder
from storage.reminders.notices import Notice
from storage.runtime.engine import Connection, is_unavailable
from storage.runtime.write_retry import persist

log = structlog.get_logger()

# A claim of another process that is older than this belongs to a killed process: a message waits at most 10 s for its
# turn, and then at most 25 s (mostly 10 s) for its server.
CLAIM_LOST_AFTER = timedelta(seconds=45)
AGAIN = Retries((3.0, 10.0, 30.0, 120.0, 600.0))
NEXT_CHANNEL_AFTER = timedelta(minutes=30)  # of temporary refusals, if there is another channel
# A message that got no answer may have arrived. It is tried again at growing intervals, and at most so often over a
# channel, so that a customer who gets all of them does not get the same message all day.
IN_DOUBT = Retries((3.0, 300.0, 3600.0), most=4)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A message that was checked and is about to be sent."""

    notice: Notice
    channel: Channel
    address: str
    envelope: Envelope
    other_channels: bool  # whether others could be tried after this one
    tells: Sequence[Instalment] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What one round of sending did; `claimed` 0 means that nothing was due."""

    claimed: int
    accepted: int
    pause_s: float = 0.0  # Telegram asked all senders to wait


async def send_due(sender: Sender, now: datetime, limit: int) -> Sent:
    """Sends up to `limit` notices that are due. Each ends as accepted, as not sent with a reason, or is put back."""
    claimed, attempts, contact_of = await _begin(sender, now, limit)
    if not claimed:
        return Sent(0, 0)
    recorder = Recorder[_Ended](partial(_record, sender, now), expected=len(attempts))
    outcomes = await asyncio.gather(*(_deliver(a, contact_of[a.notice.notice_id], recorder) for a in attempts))
    # A flood wait of Telegram is for the whole bot; another channel that asks for a pause waits alone.
    pauses = [
        o.retry_after_s or 0.0
        for attempt, o in zip(attempts, outcomes, strict=True)
        if isinstance(o, Refused) and o.reason == "flood" and attempt.channel.name == "telegram"
    ]
    return Sent(len(claimed), sum(isinstance(o, Accepted) for o in outcomes), max(pauses, default=0.0))


async def _begin(
    sender: Sender, now: datetime, limit: int
) -> tuple[Sequence[Notice], Sequence[_Attempt], Mapping[int, int]]:
    """Claims the due notices and writes down the attempts; returns them with the contact id of each notice."""
    claimed: list[Notice] = []
    contact_of: Mapping[int, int] = {}
    lost_before = now - CLAIM_LOST_AFTER
    async with sender.db.read() as conn:
        if not await notices.are_any_due(conn, sender.worker, now, lost_before):
            return (), (), {}
    try:
        async with sender.db.write() as conn:
            await notices.free_lost_claims(conn, sender.worker, lost_before)
            await notices.expire(conn, now)
            claimed = await notices.claim(conn, sender.worker, now, limit, arrives_by=now + ON_ITS_WAY)
            if not claimed:
                return (), (), {}
            attempts = await _check(conn, sender, claimed, now)
            contact_of = await _write_attempts(conn, sender, attempts, now)
    except Exception as error:
        if claimed and is_unavailable(error):
            # It is unknown whether the claims were committed, and nobody else frees the claims of a running process.
            await persist(lambda: _give_back(sender, [notice.notice_id for notice in claimed], contact_of))
        raise
    return claimed, attempts, contact_of


async def _give_back(sender: Sender, notice_ids: Sequence[int], contact_of: Mapping[int, int]) -> None:
    async with sender.db.write() as conn:
        await contacts.record_not_sent(conn, sender.worker, contact_of)
        await notices.give_back(conn, sender.worker, notice_ids)


# --- The last check --------------------------------------------------------------------------------------------------


async def _check(conn: Connection, sender: Sender, claimed: Sequence[Notice], now: datetime) -> list[_Attempt]:
    """Checks every claimed notice against the present facts; writes down the reason for each that may not be sent."""
    ids = [n.customer_id for n in claimed]
    about = {n.customer_id: [item.instalment_id for item in n.items] for n in claimed if n.items}
    known = await facts_of_all(conn, ids, about)
    addresses = await addresses_of(conn, ids)
    in_doubt = await contacts.times_in_doubt(conn, [n.notice_id for n in claimed if IN_DOUBT.is_over(n.attempts - 1)])
    link_key = await reminders_unsubscribe.key_of_links(conn, sender.settings)
    attempts = []
    for notice, its in await notice_checks.check(conn, sender, claimed, known, now):
        doubtful = {c for c in its.channels if IN_DOUBT.is_over(in_doubt[notice.notice_id, c])}
        link = reminders_unsubscribe.link(sender.settings, link_key, notice.notice_id)
        person = known[notice.customer_id].customer
        attempt = await _attempt(conn, sender, notice, its, addresses[notice.customer_id], doubtful, person, link, now)
        attempts += [attempt] if attempt else []
    return attempts


async def _attempt(
    conn: Connection,
    sender: Sender,
    notice: Notice,
    ready: Ready,
    addresses: Addresses,
    doubtful: Collection[str],
    customer: Customer,
    unsubscribe: str,
    now: datetime,
) -> _Attempt | None:
    """Chooses the channel; None if none is left. A channel without clear answers is used only a limited number of
    times."""
    given_up = {*notice.given_up, *doubtful}
    left = [c for c in ready.channels if c in sender.channels and c not in given_up and addresses.of(c)]
    if not left:
        reason = "in_doubt" if doubtful else "no_channel_left" if given_up else "no_channel"
        await notices.end_unsent(conn, notice.notice_id, sender.worker, reason, now)
        return None
    address = addresses.of(left[0])
    assert address is not None
    try:
        message = ready.on(left[0])
    except Exception:
        await notices.end_unsent(conn, notice.notice_id, sender.worker, program_error(notice), now)
        return None
    envelope = Envelope(
        message,
        reference=f"notice-{notice.notice_id}",
        language=customer.language or "en",
        unsubscribe=unsubscribe,
        customer_id=customer.customer_id,
    )
    others = len(left) > 1
    return _Attempt(notice, sender.channels[left[0]], address, envelope, other_channels=others, tells=ready.tells)


async def _write_attempts(
    conn: Connection, sender: Sender, attempts: Sequence[_Attempt], now: datetime
) -> dict[int, int]:
    """Writes down the attempts; returns the contact id of each notice."""
    begun = {a.notice.notice_id: a.channel.name for a in attempts if a.notice.channel != a.channel.name}
    await notices.begin_channels(conn, sender.worker, begun, now)
    reminders = [
        Reminder(a.notice.notice_id, a.notice.customer_id, a.channel.name, a.envelope.message.plain(), a.notice.kind)
        for a in attempts
    ]
    return await contacts.record_reminder_attempts(conn, reminders, now)


# --- Outcomes --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ended:
    """One attempt and its outcome."""

    attempt: _Attempt
    contact_id: int
    outcome: Outcome


async def _deliver(attempt: _Attempt, contact_id: int, recorder: Recorder[_Ended]) -> Outcome:
    try:
        outcome = await attempt.channel.send_notice(attempt.address, attempt.envelope)
    except Exception:
        outcome = Refused(True, program_error(attempt.notice))
    await recorder.record(_Ended(attempt, contact_id, outcome))
    return outcome


async def _record(sender: Sender, now: datetime, group: Sequence[_Ended]) -> None:
    """Writes down the outcomes of a group of attempts: all of them or none."""
    taken = [(e, e.outcome) for e in group if isinstance(e.outcome, Accepted)]
    refused = [(e, e.outcome) for e in group if isinstance(e.outcome, Refused)]
    async with sender.db.write() as conn:
        await contacts.record_accepted(conn, {e.contact_id: outcome.reference for e, outcome in taken})
        await notices.record_accepted(
            conn, [(e.attempt.notice.notice_id, e.attempt.channel.name, outcome.reference) for e, outcome in taken], now
        )
        await told_debts.remember(conn, {e.attempt.notice.customer_id: e.attempt.tells for e, _ in taken})
        for ended, outcome in refused:
            await _record_refusal(conn, sender.worker, ended, outcome, now)
    for ended, outcome in refused:
        log.info(
            "notice refused",
            notice_id=ended.attempt.notice.notice_id,
            channel=ended.attempt.channel.name,
            reason=outcome.reason,
            for_good=outcome.for_good,
        )


async def _record_refusal(conn: Connection, worker: str, ended: _Ended, outcome: Refused, now: datetime) -> None:
    attempt = ended.attempt
    notice, channel = attempt.notice, attempt.channel.name
    await contacts.record_result(conn, ended.contact_id, "refused", reason=outcome.reason)
    if outcome.address_lost:
        await people.mark_channel_dead(conn, notice.customer_id, channel, outcome.reason, now)
    if outcome.for_good or (attempt.other_channels and _is_out_of_time(notice, now)):
        if attempt.other_channels:
            given_up = (*notice.given_up, channel)
            await notices.put_back(conn, notice.notice_id, worker, outcome.reason, now, given_up=given_up)
        else:
            await notices.end_unsent(conn, notice.notice_id, worker, outcome.reason, now)
        return
    retries = IN_DOUBT if outcome.reason == "in_doubt" else AGAIN
    wait = retries.wait(notice.attempts)
    if outcome.retry_after_s is not None:
        wait = timedelta(seconds=outcome.retry_after_s)
    await notices.put_back(conn, notice.notice_id, worker, outcome.reason, now + wait)


def _is_out_of_time(notice: Notice, now: datetime) -> bool:
    """Whether the channel's time is up, so that the next one is tried."""
    return notice.channel_since is not None and now - notice.channel_since >= NEXT_CHANNEL_AFTER
