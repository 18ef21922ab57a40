"""How a link is proved: payloads of the wallet's links, phone numbers, and attempts that failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, Text, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from storage.runtime.engine import Upsert, insert, insert_in
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, customers, link_failures, link_payloads, link_requests, links

_USER = bindparam("given_user_id", type_=BigInteger())


PAYLOAD = bindparam("given_payload", type_=Text())
USER = bindparam("given_user_id", type_=BigInteger())


async def add_payload(conn: AsyncConnection, payload_hash: str, customer_id: str, expires_at: datetime) -> None:
    row = {"payload_hash": payload_hash, "customer_id": customer_id, "expires_at": expires_at}
    await conn.execute(_adding(conn.dialect.name), row)


@prepared
def _adding(dialect: str) -> Upsert:
    return insert_in(dialect, link_payloads)


async def use_payload(conn: AsyncConnection, payload_hash: str, user_id: int, now: datetime) -> str | None:
    """Binds a payload to the first person who opens it and returns its customer; None if it is unknown, expired, or
    used by somebody else. If the same person opens it again, the answer is the same, so that a repeated update does no
    harm. This ends when the link was refused, or the link made with it has ended."""
    values = {"given_payload": payload_hash, "given_user_id": user_id, NOW.key: now}
    customer_id = (await conn.execute(_using(), values)).scalar()
    if customer_id is not None:
        return str(customer_id)
    return (await conn.execute(_used_by_them(), values)).scalar()


@prepared
def _using() -> ReturningUpdate[*tuple[Any, ...]]:
    unused = (link_payloads.c.payload_hash == PAYLOAD, link_payloads.c.used_at.is_(None))
    used = update(link_payloads).where(*unused, link_payloads.c.expires_at > NOW).values(used_at=NOW, used_by=USER)
    return used.returning(link_payloads.c.customer_id)


@prepared
def _used_by_them() -> Select[*tuple[Any, ...]]:
    theirs = and_(links.c.customer_id == link_payloads.c.customer_id, links.c.user_id == link_payloads.c.used_by)
    lives = exists().where(theirs, links.c.ended_at.is_(None))
    ended = exists().where(theirs, links.c.ended_at >= link_payloads.c.used_at)
    refused = exists().where(
        link_requests.c.customer_id == link_payloads.c.customer_id,
        link_requests.c.user_id == link_payloads.c.used_by,
        link_requests.c.decided_at >= link_payloads.c.used_at,
        link_requests.c.agreed.is_(False),
    )
    good = and_(link_payloads.c.expires_at > NOW, ~ended, ~refused)
    return select(link_payloads.c.customer_id).where(
        link_payloads.c.payload_hash == PAYLOAD, link_payloads.c.used_by == USER, or_(lives, good)
    )


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
