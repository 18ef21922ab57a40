"""Claims: takes notices that are due for this sender, checks them, and writes down the attempts, in one transaction.

A claim is a lease: the claim of a process that was killed is freed after CLAIM_LOST_AFTER, and the notice is tried
again. A message that had to wait for its turn is checked once more when the turn has come (`still_right`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels import Channel, Envelope
from bot.rules.channels import NAMES
from bot.rules.facts.customer_facts import Customer, Instalment
from bot.rules.runtime.retries import Retries
from bot.work.reminders import notice_checks
from bot.work.reminders import unsubscribe as reminders_unsubscribe
from bot.work.reminders.notice_checks import ON_ITS_WAY, Ready, Sender, program_error
from storage.facts import imports
from storage.facts.customer_facts import facts_of_all
from storage.reminders import contacts, notices
from storage.reminders.addresses import Addresses, addresses_of
from storage.reminders.contacts import Outgoing
from storage.reminders.notices import Notice
from storage.runtime.engine import Connection, is_unavailable
from storage.runtime.write_retry import persist

# A claim of another process that is older than this belongs to a killed process: a message waits at most 10 s for its
# turn, and then at most 25 s (mostly 10 s) for its server.
CLAIM_LOST_AFTER = timedelta(seconds=45)
# A message that got no answer may have arrived. It is tried again at growing intervals, and at most so often over a
# channel, so that a customer who gets all of them does not get the same message all day.
IN_DOUBT = Retries((3.0, 300.0, 3600.0), most=4)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that was checked and is about to be sent."""

    notice: Notice
    channel: Channel
    address: str
    envelope: Envelope
    other_channels: bool  # whether others could be tried after this one
    tells: Sequence[Instalment] = ()


@dataclass(frozen=True, slots=True)
class _Recipient:
    """The customer a message is for, and where channels find them. `doubtful` channels did not answer clearly too
    often; `unsubscribe` is the link by which the customer turns reminders off."""

    customer: Customer
    addresses: Addresses
    doubtful: Collection[str]
    unsubscribe: str


@dataclass(frozen=True, slots=True)
class Group:
    """Notices that were claimed together: how many, how many of them wait on for a channel that is full, and for those
    that may leave the attempt with its contact id. `facts_stamp` is of before they were checked."""

    claimed: int = 0
    waiting: int = 0
    attempts: Sequence[tuple[Attempt, int]] = ()
    facts_stamp: int = 0

    @property
    def refused(self) -> int:
        """How many may not be sent, now or ever."""
        return self.claimed - self.waiting - len(self.attempts)


class _Undo(Exception):
    """Ends a transaction and undoes all of it."""


async def take(sender: Sender, now: datetime, room: Mapping[str, int]) -> Group:
    """Claims as many notices that are due as there is `room` for, by channel; those of a channel without room wait, and
    hold up no others. Those that may not be sent have ended, or wait, when it returns."""
    claimed: list[Notice] = []
    contact_of: Mapping[int, int] = {}
    lost_before = now - CLAIM_LOST_AFTER
    most = _most_of_each(sender, room)
    async with sender.db.read() as conn:
        due = await notices.are_any_due(conn, sender.worker, now, lost_before, tuple(most))
        if not due:
            return Group()
        facts_stamp = await imports.facts_stamp(conn)
    try:
        async with sender.db.write() as conn:
            if due.lost_or_late:
                await notices.free_lost_claims(conn, sender.worker, lost_before)
                await notices.expire(conn, now)
            for channel in most if due.lost_or_late else due.channels:  # what was freed is due
                by = now + ON_ITS_WAY
                claimed += await notices.claim(conn, sender.worker, now, most[channel], arrives_by=by, channel=channel)
            if not claimed:
                return Group()
            attempts, too_many = _within(room, await _check(conn, sender, claimed, now))
            waiting = {a.notice.notice_id: a.channel.name for a in too_many}
            await notices.wait_for_channels(conn, sender.worker, waiting)
            contact_of = await _write_attempts(conn, sender, attempts, now)
    except Exception as error:
        if claimed and is_unavailable(error):
            # It is unknown whether the claims were committed, and nobody else frees the claims of a running process.
            await persist(lambda: _give_back(sender, [notice.notice_id for notice in claimed], contact_of))
        raise
    return Group(len(claimed), len(waiting), [(a, contact_of[a.notice.notice_id]) for a in attempts], facts_stamp)


def _most_of_each(sender: Sender, room: Mapping[str, int]) -> dict[str, int]:
    """How many notices to claim for each channel. A notice whose channel is not known yet, or is not set up any more,
    may go over any of them."""
    unknown = (notices.ANY, *(name for name in NAMES if name not in sender.channels))
    return dict.fromkeys(unknown, max(room.values())) | dict(room)


def _within(room: Mapping[str, int], attempts: Sequence[Attempt]) -> tuple[list[Attempt], list[Attempt]]:
    """Those for whose channel there is room, and the others."""
    left = dict(room)
    fit: list[Attempt] = []
    too_many: list[Attempt] = []
    for attempt in attempts:
        name = attempt.channel.name
        left[name] = left.get(name, 0) - 1
        (fit if left[name] >= 0 else too_many).append(attempt)
    return fit, too_many


async def still_right(sender: Sender, attempts: Sequence[Attempt], now: datetime) -> set[int]:
    """The notices of those attempts that the check would let go once more, to the same address and in the same words.
    The check's transaction is undone: what is not right any more is given back, and claimed and judged once more."""
    again: list[Attempt] = []
    with suppress(_Undo):
        async with sender.db.write() as conn:
            mine = await notices.claimed_by(conn, sender.worker, [a.notice.notice_id for a in attempts])
            claimed = [a.notice for a in attempts if a.notice.notice_id in mine]
            again = await _check(conn, sender, claimed, now, once_more=True)
            raise _Undo
    present = {a.notice.notice_id: (a.channel.name, a.address, a.envelope) for a in again}
    return {
        a.notice.notice_id
        for a in attempts
        if present.get(a.notice.notice_id) == (a.channel.name, a.address, a.envelope)
    }


async def _give_back(sender: Sender, notice_ids: Sequence[int], contact_of: Mapping[int, int]) -> None:
    async with sender.db.write() as conn:
        await contacts.record_not_sent(conn, sender.worker, contact_of)
        await notices.give_back(conn, sender.worker, notice_ids)


# --- The last check --------------------------------------------------------------------------------------------------


async def _check(
    conn: Connection, sender: Sender, claimed: Sequence[Notice], now: datetime, *, once_more: bool = False
) -> list[Attempt]:
    """Checks every claimed notice against the present facts; writes down the reason for each that may not be sent.
    `once_more`: the attempt is on record already, and is not counted as one without an answer."""
    ids = [n.customer_id for n in claimed]
    about = {n.customer_id: [item.instalment_id for item in n.items] for n in claimed if n.items}
    known = await facts_of_all(conn, ids, about)
    addresses = await addresses_of(conn, ids)
    often_tried = [n.notice_id for n in claimed if IN_DOUBT.is_over(n.attempts - 1) and not once_more]
    in_doubt = await contacts.times_in_doubt(conn, often_tried)
    link_key = await reminders_unsubscribe.key_of_links(conn, sender.settings)
    attempts = []
    for notice, checked in await notice_checks.check(conn, sender, claimed, known, now):
        doubtful = {c for c in checked.channels if IN_DOUBT.is_over(in_doubt[notice.notice_id, c])}
        link = reminders_unsubscribe.link(sender.settings, link_key, notice.notice_id)
        person = known[notice.customer_id].customer
        to = _Recipient(person, addresses[notice.customer_id], doubtful, link)
        attempt = _attempt(sender, notice, checked, to)
        if isinstance(attempt, Attempt):
            attempts.append(attempt)
        else:
            await notices.end_unsent(conn, notice.notice_id, sender.worker, attempt, now)
    return attempts


def _attempt(sender: Sender, notice: Notice, ready: Ready, to: _Recipient) -> Attempt | str:
    """Chooses the channel; the reason if none is left. A channel without clear answers is used only a limited number of
    times."""
    given_up = {*notice.given_up, *to.doubtful}
    left = [c for c in ready.channels if c in sender.channels and c not in given_up and to.addresses.of(c)]
    if not left:
        return "in_doubt" if to.doubtful else "no_channel_left" if given_up else "no_channel"
    address = to.addresses.of(left[0])
    assert address is not None
    try:
        message = ready.on(left[0])
    except Exception:
        return program_error(notice)
    envelope = Envelope(
        message,
        reference=f"notice-{notice.notice_id}",
        language=to.customer.language or "en",
        unsubscribe=to.unsubscribe,
        customer_id=to.customer.customer_id,
    )
    others = len(left) > 1
    return Attempt(notice, sender.channels[left[0]], address, envelope, other_channels=others, tells=ready.tells)


async def _write_attempts(
    conn: Connection, sender: Sender, attempts: Sequence[Attempt], now: datetime
) -> dict[int, int]:
    """Writes down the attempts; returns the contact id of each notice."""
    begun = {a.notice.notice_id: a.channel.name for a in attempts if a.notice.channel != a.channel.name}
    await notices.begin_channels(conn, sender.worker, begun, now)
    hints = {a.notice.notice_id: a.envelope.message.hint for a in attempts}
    again = {a.notice.notice_id for a in attempts if a.notice.attempts > 1}  # it may have had another the last time
    await notices.keep_hints(conn, sender.worker, {id_: hint for id_, hint in hints.items() if hint or id_ in again})
    return await contacts.record_notice_attempts(conn, [_outgoing(attempt) for attempt in attempts], now)


def _outgoing(attempt: Attempt) -> Outgoing:
    notice, text = attempt.notice, attempt.envelope.message.plain()
    return Outgoing(notice.customer_id, attempt.channel.name, notice.kind, text, notice_id=notice.notice_id)
