"""Questions whether a link may end, and their answers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import link_requests


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A question to `asked_user_id` whether a link may end. With `kind` 'consent' it is the link of `customer_id`,
    which `user_id` wants for themselves; with 'switch' it is the link of `user_id` to `from_customer_id`. `asked_in`
    is the update that led to the question."""

    kind: str
    proof: str
    customer_id: str
    user_id: int
    asked_user_id: int
    from_customer_id: str | None
    asked_in: int


@dataclass(frozen=True, slots=True)
class LinkRequest(NewRequest):
    """A stored question, with its answer if there is one."""

    request_id: int
    agreed: bool | None


_OF_REQUEST = [link_requests.c[name] for name in LinkRequest.__dataclass_fields__]


async def add_request(conn: AsyncConnection, request: NewRequest, now: datetime, expires_at: datetime) -> int:
    """Stores a question; returns its id."""
    statement = insert(conn, link_requests).values(**asdict(request), asked_at=now, expires_at=expires_at)
    return int((await conn.execute(statement.returning(link_requests.c.request_id))).scalar_one())


async def open_request(
    conn: AsyncConnection, customer_id: str, user_id: int, kind: str, asked_user_id: int, now: datetime
) -> LinkRequest | None:
    """The question of this kind to this account that still waits for an answer; None if there is none."""
    query = (
        select(*_OF_REQUEST)
        .where(
            link_requests.c.customer_id == customer_id,
            link_requests.c.user_id == user_id,
            link_requests.c.kind == kind,
            link_requests.c.asked_user_id == asked_user_id,
            link_requests.c.decided_at.is_(None),
            link_requests.c.expires_at > now,
        )
        .order_by(link_requests.c.request_id.desc())
    )
    row = (await conn.execute(query.limit(1))).first()
    return LinkRequest(**row._mapping) if row else None


async def was_refused(conn: AsyncConnection, customer_id: str, user_id: int, since: datetime) -> bool:
    """Whether the linked account has refused this account's request since `since`."""
    no = (link_requests.c.kind == "consent", link_requests.c.agreed.is_(False), link_requests.c.decided_at >= since)
    theirs = (link_requests.c.customer_id == customer_id, link_requests.c.user_id == user_id)
    return (await conn.execute(select(link_requests.c.request_id).where(*theirs, *no).limit(1))).first() is not None


async def decide_request(
    conn: AsyncConnection, request_id: int, asked_user_id: int, agreed: bool, now: datetime, update_id: int = 0
) -> LinkRequest | None:
    """Stores the answer of the asked account, once; None if there is no question to answer. If the update with the
    answer is handled twice, it gets the same result again."""
    asked = (link_requests.c.request_id == request_id, link_requests.c.asked_user_id == asked_user_id)
    first = (
        update(link_requests)
        .where(*asked, link_requests.c.decided_at.is_(None), link_requests.c.expires_at > now)
        .values(decided_at=now, agreed=agreed, decided_in=update_id)
        .returning(*_OF_REQUEST)
    )
    row = (await conn.execute(first)).first()
    if row is None and update_id:
        row = (await conn.execute(select(*_OF_REQUEST).where(*asked, link_requests.c.decided_in == update_id))).first()
    return LinkRequest(**row._mapping) if row else None
