"""Links between customers and Telegram accounts, current and past. `persons` says who is behind an account,
`link_requests` has the questions about links, `link_attempts` how a link is proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from storage.customers.reachability import revive_channel
from storage.runtime.direct_connection import run_directly
from storage.runtime.prepared import NOW, prepared
from storage.schema import links

_CUSTOMER = bindparam("given_customer_id", type_=Text())
_USER = bindparam("given_user_id", type_=BigInteger())


@dataclass(frozen=True, slots=True)
class Link:
    """A current or past link of a Telegram account to a customer; `way` is how it was proved."""

    link_id: int
    customer_id: str
    user_id: int
    way: str
    linked_at: datetime
    ended_at: datetime | None


async def linked_user(conn: AsyncConnection, customer_id: str) -> int | None:
    """The Telegram account that this customer is linked to now; None if there is none."""
    return (await conn.execute(_linked_user(), {"given_customer_id": customer_id})).scalar()


@prepared
def _linked_user() -> Select[int]:
    theirs = links.c.customer_id == bindparam("given_customer_id", type_=links.c.customer_id.type)
    return select(links.c.user_id).where(theirs, links.c.ended_at.is_(None))


async def linked_customer(conn: AsyncConnection, user_id: int) -> str | None:
    return (await conn.execute(_linked(), {"given_user_id": user_id})).scalar()


@prepared
def _linked() -> Select[*tuple[Any, ...]]:
    theirs = links.c.user_id == bindparam("given_user_id", type_=BigInteger())
    return select(links.c.customer_id).where(theirs, links.c.ended_at.is_(None))


async def spoke_for_others(conn: AsyncConnection, user_id: int, customer_id: str) -> bool:
    """Whether this account was ever linked to another customer."""
    values = {"given_user_id": user_id, "given_customer_id": customer_id}
    return (await conn.execute(_for_others(), values)).first() is not None


@prepared
def _for_others() -> Select[*tuple[Any, ...]]:
    theirs = links.c.user_id == bindparam("given_user_id", type_=BigInteger())
    another = links.c.customer_id != bindparam("given_customer_id", type_=Text())
    return select(links.c.link_id).where(theirs, another).limit(literal_column("1"))


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


_NEW_LINK = run_directly(links.insert().returning(links.c.link_id))


@prepared
def _ending() -> ReturningUpdate[Any]:
    theirs = or_(links.c.customer_id == _CUSTOMER, links.c.user_id == _USER)
    return update(links).where(links.c.ended_at.is_(None), theirs).values(ended_at=NOW).returning(links.c.link_id)


async def end_link(conn: AsyncConnection, customer_id: str, now: datetime) -> None:
    await conn.execute(
        update(links).where(links.c.customer_id == customer_id, links.c.ended_at.is_(None)).values(ended_at=now)
    )


_OF_LINK = [links.c[name] for name in Link.__dataclass_fields__]
