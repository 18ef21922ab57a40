"""Many first links at once: customers who never had a link, and accounts that have none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import BigInteger, Delete, Select, Text, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.prepared import padded, prepared
from storage.schema import Instant, customers, dead_channels, link_failures, links

_CUSTOMERS = bindparam("given_customer_ids", type_=Text(), expanding=True)
_USERS = bindparam("given_user_ids", type_=BigInteger(), expanding=True)


async def failures_of(conn: AsyncConnection, user_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many attempts to link of each of these accounts have failed since `since`; those without any are left out."""
    rows = await conn.execute(_failures(), {"given_user_ids": padded(user_ids), "given_since": since})
    return {row.user_id: row.n for row in rows}


async def customers_with(conn: AsyncConnection, phones: Collection[str]) -> dict[str, list[str]]:
    """The customers with each of these E.164 numbers."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in await conn.execute(_with_phones(), {"given_phones": padded(phones)}):
        found[row.phone].append(row.customer_id)
    return found


async def lock_those_without_a_link(conn: AsyncConnection, customer_ids: Collection[str]) -> set[str]:
    """Locks these customers' rows until the transaction ends, so that nobody else links them; returns those that never
    had a link."""
    given = {"given_customer_ids": padded(sorted(customer_ids))}
    await conn.execute(_locked(), given)
    return set(customer_ids) - set((await conn.execute(_ever_linked(), given)).scalars())


async def linked_among(conn: AsyncConnection, user_ids: Collection[int]) -> set[int]:
    """Those of these accounts that are linked now."""
    return set((await conn.execute(_linked(), {"given_user_ids": padded(user_ids)})).scalars())


async def start_all(conn: AsyncConnection, user_of: Mapping[str, int], way: str, now: datetime) -> dict[str, int]:
    """Links these customers, none of whom ever had a link, to these accounts, none of which has one. Returns the links'
    ids by customer."""
    rows = [
        {"customer_id": customer_id, "user_id": user_id, "way": way, "linked_at": now}
        for customer_id, user_id in user_of.items()
    ]
    made = (await conn.execute(_NEW, rows)).all()
    await conn.execute(_reached_again(), {"given_customer_ids": padded(user_of)})
    return {row.customer_id: row.link_id for row in made}


_NEW = links.insert().returning(links.c.link_id, links.c.customer_id)


@prepared
def _failures() -> Select[int, int]:
    lately = link_failures.c.at >= bindparam("given_since", type_=Instant())
    query = select(link_failures.c.user_id, func.count().label("n")).where(lately, link_failures.c.user_id.in_(_USERS))
    return query.group_by(link_failures.c.user_id)


@prepared
def _with_phones() -> Select[str, str]:
    known = customers.c.phone.in_(bindparam("given_phones", type_=Text(), expanding=True))
    return select(customers.c.phone, customers.c.customer_id).where(known, customers.c.forgotten_at.is_(None))


@prepared
def _locked() -> Select[str]:
    these = select(customers.c.customer_id).where(customers.c.customer_id.in_(_CUSTOMERS))
    return these.order_by(customers.c.customer_id).with_for_update()


@prepared
def _ever_linked() -> Select[str]:
    return select(links.c.customer_id).where(links.c.customer_id.in_(_CUSTOMERS))


@prepared
def _linked() -> Select[int]:
    return select(links.c.user_id).where(links.c.user_id.in_(_USERS), links.c.ended_at.is_(None))


@prepared
def _reached_again() -> Delete:
    theirs = dead_channels.c.customer_id.in_(_CUSTOMERS)
    return delete(dead_channels).where(theirs, dead_channels.c.channel == "telegram")
