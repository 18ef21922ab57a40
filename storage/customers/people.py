"""Telegram accounts: chats, links to customers, payloads, failures, and dead channels. `persons` says who is behind
one, `link_requests` has the questions about links."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.rules.channels import BY_CUSTOMER_ID
from storage.runtime.direct_statements import tell
from storage.runtime.engine import insert, put, put_all
from storage.runtime.prepared import NOW, padded, prepared
from storage.schema import Instant, chats, customers, dead_channels, link_failures, link_payloads, link_requests, links

WRONG_PERSON = "wrong_person"  # why a channel is dead: who has it says that they are not the customer
MOST_WORDS = 3000  # characters kept of what was written while no case was open: they fit into one message


@dataclass(frozen=True, slots=True)
class Link:
    """A current or past link of a Telegram account to a customer; `way` is how it was proved."""

    link_id: int
    customer_id: str
    user_id: int
    way: str
    linked_at: datetime
    ended_at: datetime | None


async def note_client_language(conn: AsyncConnection, user_id: int, language: str | None) -> None:
    """Stores the language of a person's Telegram."""
    await note_client_languages(conn, {user_id: language})


async def note_client_languages(conn: AsyncConnection, language_of: Mapping[int, str | None]) -> None:
    """The same of several persons."""
    rows = [{"user_id": user_id, "client_language": language} for user_id, language in sorted(language_of.items())]
    await put_all(conn, chats, ["user_id"], rows)


async def choose_language(conn: AsyncConnection, user_id: int, language: str) -> None:
    await put(conn, chats, ["user_id"], {"user_id": user_id, "chosen_language": language})


async def keep_message(conn: AsyncConnection, user_id: int, words: str, now: datetime) -> int:
    """Keeps what a person wrote while no case was open, a line each, so that an agent can read it if a case opens.
    Returns how many are kept."""
    before = await _words(conn, user_id)
    said = " ".join(words.split())
    kept = f"{before}\n{said}" if before else said
    await put(conn, chats, ["user_id"], {"user_id": user_id, "last_words": kept[-MOST_WORDS:], "last_words_at": now})
    return kept.count("\n") + 1


async def take_messages(conn: AsyncConnection, user_id: int) -> str | None:
    """Returns what was kept, and deletes it; None if nothing was."""
    words = await _words(conn, user_id)
    if words:
        await conn.execute(update(chats).where(chats.c.user_id == user_id).values(last_words=None, last_words_at=None))
    return words


async def drop_messages(conn: AsyncConnection, user_id: int) -> None:
    """Deletes what was kept, because the account is no longer linked to the customer about whom it was written."""
    await conn.execute(update(chats).where(chats.c.user_id == user_id).values(last_words=None, last_words_at=None))


async def _words(conn: AsyncConnection, user_id: int) -> str | None:
    return (await conn.execute(select(chats.c.last_words).where(chats.c.user_id == user_id))).scalar()


def last_of_seen(at: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The last time that a customer was seen, if they were seen at this time, too: what is stored late is no news."""
    return case((customers.c.seen_at > at, customers.c.seen_at), else_=at)


async def record_sign_of_life(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    """Stores one sign of life, which counts for the guarantee, and revives what it shows to be alive."""
    await tell(conn, _seen(), [{"given_customer_id": customer_id, NOW.key: now}])
    await revive_channels_by_id(conn, customer_id)


@prepared
def _seen() -> Update:
    theirs = customers.c.customer_id == bindparam("given_customer_id", type_=Text())
    return update(customers).where(theirs).values(seen_at=last_of_seen(NOW))


async def revive_channels_by_id(conn: AsyncConnection, customer_id: str) -> None:
    """Revives the channels by customer id, whose address never changes: a sign of life shows that they may work."""
    for channel in BY_CUSTOMER_ID:
        await revive_channel(conn, customer_id, channel)


async def set_stopped(conn: AsyncConnection, customer_id: str, at: datetime | None) -> None:
    """Stops reminders from `at` on; None starts them again."""
    await conn.execute(update(customers).where(customers.c.customer_id == customer_id).values(stopped_at=at))


_CUSTOMER = bindparam("given_customer_id", type_=Text())
_USER = bindparam("given_user_id", type_=BigInteger())
_OF_LINK = [links.c[name] for name in Link.__dataclass_fields__]


# --- Links -----------------------------------------------------------------------------------------------------------


async def linked_user(conn: AsyncConnection, customer_id: str) -> int | None:
    """The Telegram account that this customer is linked to now; None if there is none."""
    return (await conn.execute(_linked_user(), {"given_customer_id": customer_id})).scalar()


@prepared
def _linked_user() -> Select[int]:
    theirs = links.c.customer_id == bindparam("given_customer_id", type_=links.c.customer_id.type)
    return select(links.c.user_id).where(theirs, links.c.ended_at.is_(None))


async def linked_customer(conn: AsyncConnection, user_id: int) -> str | None:
    query = select(links.c.customer_id).where(links.c.user_id == user_id, links.c.ended_at.is_(None))
    return (await conn.execute(query)).scalar()


async def spoke_for_others(conn: AsyncConnection, user_id: int, customer_id: str) -> bool:
    """Whether this account was ever linked to another customer."""
    others = select(links.c.link_id).where(links.c.user_id == user_id, links.c.customer_id != customer_id).limit(1)
    return (await conn.execute(others)).first() is not None


async def lock(conn: AsyncConnection, customer_id: str) -> None:
    """Locks the customer's row, so that nobody else changes the customer's link until the transaction ends. On SQLite
    there is one writer at a time anyway."""
    if conn.dialect.name != "sqlite":
        query = select(customers.c.customer_id).where(customers.c.customer_id == customer_id)
        await conn.execute(query.with_for_update())


async def live_link(conn: AsyncConnection, customer_id: str) -> Link | None:
    """The customer's current link; None if there is none."""
    return await _link(conn, _of_customer(live=True), given_customer_id=customer_id)


async def link_of_user(conn: AsyncConnection, user_id: int) -> Link | None:
    """The account's current link; None if there is none."""
    return await _link(conn, _of_user(), given_user_id=user_id)


async def link_by_id(conn: AsyncConnection, link_id: int) -> Link | None:
    return await _link(conn, select(*_OF_LINK).where(links.c.link_id == link_id))


async def last_link(conn: AsyncConnection, customer_id: str) -> Link | None:
    """The customer's newest link, current or past; None if there is none."""
    return await _link(conn, _of_customer(live=False), given_customer_id=customer_id)


async def ended_by(conn: AsyncConnection, link: Link) -> list[Link]:
    """The links of the same customer or account that ended because this link began."""
    query = select(*_OF_LINK).where(links.c.ended_by == link.link_id).order_by(links.c.link_id)
    rows = (await conn.execute(query)).all()
    return [Link(**row._mapping) for row in rows]


async def _link(conn: AsyncConnection, query: Select[Any], **given: str | int) -> Link | None:
    row = (await conn.execute(query, given)).first()
    return Link(**row._mapping) if row else None


@prepared
def _of_customer(live: bool) -> Select[Any]:
    query = select(*_OF_LINK).where(links.c.customer_id == _CUSTOMER).order_by(links.c.link_id.desc()).limit(1)
    return query.where(links.c.ended_at.is_(None)) if live else query


@prepared
def _of_user() -> Select[Any]:
    query = select(*_OF_LINK).where(links.c.user_id == _USER, links.c.ended_at.is_(None))
    return query.order_by(links.c.link_id.desc()).limit(1)


async def start_link(conn: AsyncConnection, customer_id: str, user_id: int, way: str, now: datetime) -> int:
    """Links a customer and an account, and ends the earlier links of both. Returns the link's id."""
    theirs = {"given_customer_id": customer_id, "given_user_id": user_id}
    ended = list((await conn.execute(_ending(), {**theirs, "given_now": now})).scalars())
    new = {"customer_id": customer_id, "user_id": user_id, "way": way, "linked_at": now}
    link_id = int((await conn.execute(_NEW_LINK, new)).scalar_one())
    if ended:
        await conn.execute(update(links).where(links.c.link_id.in_(ended)).values(ended_by=link_id))
    await revive_channel(conn, customer_id, "telegram", wrong_person=True)
    return link_id


_NEW_LINK = links.insert().returning(links.c.link_id)


@prepared
def _ending() -> ReturningUpdate[Any]:
    theirs = or_(links.c.customer_id == _CUSTOMER, links.c.user_id == _USER)
    return update(links).where(links.c.ended_at.is_(None), theirs).values(ended_at=NOW).returning(links.c.link_id)


async def end_link(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    await conn.execute(
        update(links).where(links.c.customer_id == customer_id, links.c.ended_at.is_(None)).values(ended_at=now)
    )


# --- Payloads --------------------------------------------------------------------------------------------------------


async def customer_exists(conn: AsyncConnection, customer_id: str) -> bool:
    known = exists().where(customers.c.customer_id == customer_id, customers.c.forgotten_at.is_(None))
    return bool((await conn.execute(select(known))).scalar())


async def other_customers(conn: AsyncConnection, ids: Sequence[str], customer_id: str) -> list[str]:
    """Those of the ids that are another customer's."""
    query = select(customers.c.customer_id).where(customers.c.customer_id.in_(ids))
    return list((await conn.execute(query.where(customers.c.customer_id != customer_id))).scalars())


async def phone_and_zone(conn: AsyncConnection, customer_id: str) -> tuple[str | None, str]:
    """The phone number that the wallet has, if it has one, and the time zone."""
    query = select(customers.c.phone, customers.c.zone).where(customers.c.customer_id == customer_id)
    row = (await conn.execute(query)).one()
    return row.phone or None, row.zone


async def name_of(conn: AsyncConnection, customer_id: str) -> str:
    """The customer's name from the wallet; empty if there is none."""
    return str(
        (await conn.execute(select(customers.c.name).where(customers.c.customer_id == customer_id))).scalar_one()
    )


async def add_payload(conn: AsyncConnection, payload_hash: str, customer_id: str, expires_at: datetime) -> None:
    await conn.execute(
        insert(conn, link_payloads).values(payload_hash=payload_hash, customer_id=customer_id, expires_at=expires_at)
    )


async def use_payload(conn: AsyncConnection, payload_hash: str, user_id: int, now: datetime) -> str | None:
    """Binds a payload to the first person who opens it and returns its customer; None if it is unknown, expired, or
    used by somebody else. If the same person opens it again, the answer is the same, so that a repeated update does no
    harm. This ends when the link was refused, or the link made with it has ended."""
    first = (
        update(link_payloads)
        .where(
            link_payloads.c.payload_hash == payload_hash,
            link_payloads.c.used_at.is_(None),
            link_payloads.c.expires_at > now,
        )
        .values(used_at=now, used_by=user_id)
        .returning(link_payloads.c.customer_id)
    )
    customer_id = (await conn.execute(first)).scalar()
    if customer_id is not None:
        return str(customer_id)
    theirs = and_(links.c.customer_id == link_payloads.c.customer_id, links.c.user_id == link_payloads.c.used_by)
    lives = exists().where(theirs, links.c.ended_at.is_(None))
    ended = exists().where(theirs, links.c.ended_at >= link_payloads.c.used_at)
    refused = exists().where(
        link_requests.c.customer_id == link_payloads.c.customer_id,
        link_requests.c.user_id == link_payloads.c.used_by,
        link_requests.c.decided_at >= link_payloads.c.used_at,
        link_requests.c.agreed.is_(False),
    )
    good = and_(link_payloads.c.expires_at > now, ~ended, ~refused)
    again = select(link_payloads.c.customer_id).where(
        link_payloads.c.payload_hash == payload_hash, link_payloads.c.used_by == user_id, or_(lives, good)
    )
    return (await conn.execute(again)).scalar()


async def customers_with_phone(conn: AsyncConnection, phones: Sequence[str]) -> list[str]:
    """Customers with one of these E.164 numbers; two at most, because more make no difference."""
    return list((await conn.execute(_with_phone(), {"given_phones": phones})).scalars())


@prepared
def _with_phone() -> Select[Any]:
    known = customers.c.phone.in_(bindparam("given_phones", type_=Text(), expanding=True))
    return select(customers.c.customer_id).where(known, customers.c.forgotten_at.is_(None)).limit(2)


async def add_failure(conn: AsyncConnection, user_id: int, now: datetime) -> None:
    await conn.execute(insert(conn, link_failures).values(user_id=user_id, at=now))


async def failures_since(conn: AsyncConnection, user_id: int | None, since: datetime) -> tuple[int, datetime | None]:
    """How many attempts to link have failed since `since`, by one account or (None) by all, and when the first one
    was."""
    of_one = {} if user_id is None else {"given_user_id": user_id}
    failures = _failures(by_all=user_id is None)
    row = (await conn.execute(failures, {"given_since": since, **of_one})).one()
    return row[0], row[1]


@prepared
def _failures(by_all: bool) -> Select[int, datetime]:
    lately = link_failures.c.at >= bindparam("given_since", type_=Instant())
    query = select(func.count(), func.min(link_failures.c.at)).where(lately)
    return query if by_all else query.where(link_failures.c.user_id == _USER)


async def drop_failures_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(link_failures).where(link_failures.c.at < before))


# --- Dead channels ---------------------------------------------------------------------------------------------------


async def mark_channel_dead(conn: AsyncConnection, customer_id: str, channel: str, reason: str, now: datetime) -> None:
    """Marks a channel as dead: it cannot reach this customer until there is a sign of life."""
    statement = insert(conn, dead_channels).values(customer_id=customer_id, channel=channel, since=now, reason=reason)
    await conn.execute(statement.on_conflict_do_nothing(index_elements=["customer_id", "channel"]))


async def revive_channel(conn: AsyncConnection, customer_id: str, channel: str, *, wrong_person: bool = False) -> bool:
    """Marks a channel as alive again; True if it was dead. One that reaches somebody else stays dead whatever they
    write, unless it is their word (or a new link) that it does not: `wrong_person`."""
    theirs = {"given_customer_id": customer_id, "given_channel": channel}
    return (await conn.execute(_revive(wrong_person), theirs)).rowcount > 0


@prepared
def _revive(wrong_person: bool) -> Delete:
    channel = dead_channels.c.channel == bindparam("given_channel", type_=Text())
    gone = delete(dead_channels).where(dead_channels.c.customer_id == _CUSTOMER, channel)
    return gone if wrong_person else gone.where(dead_channels.c.reason != WRONG_PERSON)


async def why_channel_is_dead(conn: AsyncConnection, customer_id: str, channel: str) -> str | None:
    """Why the channel is dead for this customer; None if it is not."""
    values = {"given_customer_id": customer_id, "given_channel": channel}
    return (await conn.execute(_why_dead(), values)).scalar()


@prepared
def _why_dead() -> Select[str]:
    theirs = dead_channels.c.customer_id == bindparam("given_customer_id", type_=dead_channels.c.customer_id.type)
    this = dead_channels.c.channel == bindparam("given_channel", type_=dead_channels.c.channel.type)
    return select(dead_channels.c.reason).where(theirs, this)


async def with_wrong_person(conn: AsyncConnection, customer_ids: Collection[str]) -> set[str]:
    """Those of these customers whose chat is somebody else's, by that person's own word."""
    return set((await conn.execute(_wrong_persons(), {"given_customer_ids": padded(customer_ids)})).scalars())


@prepared
def _wrong_persons() -> Select[str]:
    theirs = dead_channels.c.customer_id.in_(bindparam("given_customer_ids", type_=Text(), expanding=True))
    wrong = (dead_channels.c.channel == "telegram", dead_channels.c.reason == WRONG_PERSON)
    return select(dead_channels.c.customer_id).where(theirs, *wrong)


async def is_dead(conn: AsyncConnection, customer_id: str, channel: str) -> bool:
    dead = exists().where(dead_channels.c.customer_id == customer_id, dead_channels.c.channel == channel)
    return bool((await conn.execute(select(dead))).scalar())
