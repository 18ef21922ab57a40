"""Forgetting a customer at their request: the person is erased, the anonymous figures stay.

Erased: name, phone, e-mail, language, time zone and the mark of vulnerability; the Telegram account and all that was
kept for linking it, updates included; every message of either side, agents' notes included. Kept: amounts, dates,
states and reasons under the wallet's own customer_id. Then the database's files are overwritten where they still hold
erased data. The running program deletes what is in Telegram (`erasing`), as far as Telegram allows it. What remains
elsewhere is listed. A second call erases what came in meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog

from bot.rules.cases.case_events import Forgotten as CaseForgotten
from bot.rules.channels import BY_NAME
from bot.rules.policy.packs import Records
from bot.rules.policy.policy import Policy
from bot.work.customers.linking import NoSuchCustomer
from storage.cases import cases
from storage.facts import erasures, forgetting, imports, locked_records
from storage.facts.customer_facts import facts_of
from storage.facts.erasures import Noted
from storage.operations import outgoing_events, wallet_events
from storage.reminders import contacts
from storage.runtime import overwriting
from storage.runtime.backups import backups_beside
from storage.runtime.engine import Database
from storage.runtime.write_retry import outage

log = structlog.get_logger()

TRIES, AGAIN_AFTER_S = 10, 0.5  # while another process still reads the earlier state


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was ended with the person, what Telegram has to delete, and what remains; `already` if they had been
    forgotten before."""

    customer_id: str
    already: bool
    links_ended: int
    notices_cancelled: int
    case_closed: int | None
    topics_to_delete: int = 0
    messages_to_delete: int = 0
    overwritten: bool = True  # the erased data is no longer anywhere in the database's files
    left: tuple[str, ...] = ()  # what remains elsewhere, in words

    def as_json(self) -> dict[str, object]:
        return {
            "customer_id": self.customer_id,
            "already": self.already,
            "links_ended": self.links_ended,
            "notices_cancelled": self.notices_cancelled,
            "case_closed": self.case_closed,
            "topics_to_delete": self.topics_to_delete,
            "messages_to_delete": self.messages_to_delete,
            "overwritten": self.overwritten,
            "left": list(self.left),
        }


@dataclass(frozen=True, slots=True)
class AskedToKeep:
    """Policy packs that require records of conversations with a customer to be kept, and until which day."""

    packs: tuple[str, ...]
    through: date
    days: int  # after a message

    def __str__(self) -> str:
        names = ", ".join(self.packs)
        return (
            f"the rules of {names} ask for records of what was said to be kept through {self.through.isoformat()}; "
            "forgetting locks the words away until then, each message for its own time, and then they go by themselves"
        )


async def asked_to_keep(db: Database, policy: Policy, customer_id: str, now: datetime) -> AskedToKeep | None:
    """What rules in force still require of this customer's records; None if nothing, or if there are no messages any
    more."""
    async with db.read() as conn:
        facts = await facts_of(conn, customer_id)
        last = await contacts.last_at(conn, customer_id)
    if facts is None or last is None or facts.customer.forgotten:
        return None
    asked = {
        pack.name: rule.says.days
        for pack in policy.for_segment(facts.customer.segment).applied
        for rule in pack.rules
        if isinstance(rule.says, Records)
    }
    still = {name: days for name, days in asked.items() if (last + timedelta(days=days)).date() >= now.date()}
    if not still:
        return None
    days = max(still.values())
    return AskedToKeep(tuple(still), (last + timedelta(days=days)).date(), days)


async def forget(
    db: Database, customer_id: str, now: datetime, keep: AskedToKeep | None = None, *, overwrite: bool = True
) -> Forgotten:
    """Erases the person in one transaction, and overwrites the erased data; raises `NoSuchCustomer`. What rules require
    of their records (`keep`) is locked away. Without `overwrite` the running program overwrites within the hour."""
    async with db.write() as conn:
        # Not during an import: one that has read this customer already would write the person back.
        await imports.begin(conn)
        first_time = await forgetting.forget_person(conn, customer_id, now)
        if first_time is None:
            raise NoSuchCustomer(customer_id)
        shown = await forgetting.times_shown(conn, customer_id)
        sent = await contacts.count_sent_elsewhere(conn, customer_id)
        users = await forgetting.their_users(conn, customer_id)
        noted = await erasures.note_all(conn, customer_id, users, now)
        await forgetting.erase_updates(conn, customer_id, users)
        await forgetting.erase_words_to_agents(conn, customer_id)
        await wallet_events.erase(conn, customer_id)
        await outgoing_events.erase(conn, customer_id)  # before what tells that their case closed
        locked = await locked_records.lock(conn, customer_id, keep.days, keep.packs, now) if keep is not None else 0
        links_ended = await forgetting.erase_links(conn, customer_id, users, now)
        cancelled = await forgetting.cancel_notices(conn, customer_id, now)
        await forgetting.erase_words(conn, customer_id)
        closed = await forgetting.close_case(conn, customer_id, now)
        if closed is not None:
            await cases.add_event(conn, closed, CaseForgotten(), now, to_tell=True)
        if first_time:
            await forgetting.renew_cards(conn, customer_id)
            await imports.bump_facts_stamp(conn, now)
        await overwriting.to_overwrite(conn, now)
    large = await overwrite_now(db) if overwrite else None
    return Forgotten(
        customer_id,
        not first_time,
        links_ended,
        cancelled,
        closed,
        noted.topics,
        noted.messages,
        large == [],
        (
            *_left_locked(locked, keep),
            *_left_in_database(db, large),
            *_left_at_telegram(noted),
            *_left_elsewhere(sent, shown),
        ),
    )


async def overwrite_now(db: Database) -> list[str] | None:
    """The tables whose erased bytes stay until their space is used again; None if nothing could be done now: the
    running program tries again each hour."""
    for _ in range(TRIES):
        try:
            return await overwriting.overwrite(db)
        except overwriting.StillInUse:
            await asyncio.sleep(AGAIN_AFTER_S)
        except Exception as error:
            if not outage.noticed(error):
                raise
            return None
    return None


async def overwrite_pending(db: Database, now: datetime) -> None:
    """Overwrites what could not be overwritten when it was erased. Call it about once an hour."""
    async with db.read() as conn:
        due = await overwriting.is_due(conn, now - timedelta(minutes=5))
    if due and await overwrite_now(db) is not None:
        log.info("what was erased is overwritten")


# --- What is left ----------------------------------------------------------------------------------------------------


def _left_locked(locked: int, keep: AskedToKeep | None) -> Iterator[str]:
    if locked and keep is not None:
        yield (
            f"{locked} messages that the rules of {', '.join(keep.packs)} require, locked away until "
            f"{keep.through.isoformat()} at the latest: they go by themselves"
        )


def _left_in_database(db: Database, large: list[str] | None) -> Iterator[str]:
    if large:
        yield f"free space in {', '.join(large)} until it is used again: VACUUM FULL them when nobody is served"
    if large is None:
        yield "pages of the database that could not be overwritten just now: the running program does it within an hour"
    if db.path is None:
        yield "backups (pg_dump), replicas and archived write-ahead logs of PostgreSQL: drop those from before now"
        return
    beside = backups_beside(db.path.absolute())
    for backup in beside:
        yield f"the backup {backup.path} of {backup.at:%Y-%m-%d}: delete it, or forget again after a restore"
    yield ("any other backup" if beside else "any backup") + " that was made before now"


def _left_at_telegram(noted: Noted) -> Iterator[str]:
    if noted.too_old:
        yield f"{noted.too_old} messages in the customer's own chat, which Telegram lets no bot delete after 48 hours"
    if noted.in_plain_group:
        yield "in a group without topics, what agents wrote, where the bot may not delete messages"
    yield "in the customer's own chat, what they asked the bot and its answers: they can delete the chat for both sides"
    yield "whatever Telegram keeps on its own servers"


def _left_elsewhere(sent: Mapping[str, int], shown: int) -> Iterator[str]:
    if shown:
        yield f"what agents were shown of phone and e-mail, {shown} times: they can delete it in their own chats"
    for channel, count in sorted(sent.items()):
        by = BY_NAME[channel].title if channel in BY_NAME else channel
        yield f"{count} sent by {by}: with the customer, and with the provider that sent it"
    yield "files that were imported from, refused rows and exports"
