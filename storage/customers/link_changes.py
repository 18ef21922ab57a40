"""Changes of links: every end of one, and every beginning that somebody should hear of, with who was told.

A change is kept for good, as evidence of who spoke for a customer when, and is what the wallet is told. Two may have to
hear of it: the account that lost the link (`account_told`), and the customer on another channel (`elsewhere`). Both are
`waiting` until they were told; then they say how, or why not. Empty: nobody is to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import link_changes

WAITING = "waiting"

# What may happen to a customer's link:
MOVED = "moved"  # its account said that it speaks for `other_customer_id` instead
TAKEN_OVER = "taken_over"  # `other_account` has the link `link_id` now
BY_NUMBER = "by_number"  # the first link, proved by nothing but a phone number
AGAIN = "again"  # linked where another account was linked before
NOT_ME = "not_me"  # its account said that it speaks for somebody else
TAKEN_BACK = "taken_back"  # the account before said that it never gave the link away
UNLINKED = "unlinked"  # an operator ended it
WRONG_PERSON = "wrong_person"  # an agent found that it is somebody else's chat
RESTORED = "restored"  # the link before it is back
DISPUTED = "disputed"  # the account before says that it never gave the link away; a person looks into it


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `account` is whose link ended, or began; `link_id` the link that there is now, if there is one."""

    change_id: int
    customer_id: str
    at: datetime
    kind: str
    link_id: int | None
    account: int
    account_told: str
    elsewhere: str
    tries: int
    tried_at: datetime | None


async def add(
    conn: AsyncConnection,
    customer_id: str,
    kind: str,
    account: int,
    now: datetime,
    *,
    link_id: int | None = None,
    other_account: int | None = None,
    other_customer_id: str | None = None,
    tell_account: bool = False,
    tell_elsewhere: bool = False,
) -> None:
    """Writes down a change, and who is to be told of it."""
    row = {
        "customer_id": customer_id,
        "at": now,
        "kind": kind,
        "link_id": link_id,
        "account": account,
        "other_account": other_account,
        "other_customer_id": other_customer_id,
        "account_told": WAITING if tell_account else "",
        "elsewhere": WAITING if tell_elsewhere else "",
    }
    await conn.execute(insert(conn, link_changes).values(**row))


async def was_disputed(conn: AsyncConnection, link_id: int) -> bool:
    query = select(link_changes.c.change_id).where(link_changes.c.link_id == link_id, link_changes.c.kind == DISPUTED)
    return (await conn.execute(query.limit(1))).first() is not None


async def untold(conn: AsyncConnection, limit: int) -> list[Change]:
    """Changes of which somebody is still to hear, oldest first."""
    waiting = or_(link_changes.c.account_told == WAITING, link_changes.c.elsewhere == WAITING)
    columns = [link_changes.c[name] for name in Change.__dataclass_fields__]
    rows = (await conn.execute(select(*columns).where(waiting).order_by(link_changes.c.change_id).limit(limit))).all()
    return [Change(**row._mapping) for row in rows]


async def claim(conn: AsyncConnection, change: Change, now: datetime) -> bool:
    """Sets about telling of it; False where another worker did."""
    mine = (link_changes.c.change_id == change.change_id, link_changes.c.tries == change.tries)
    done = await conn.execute(update(link_changes).where(*mine).values(tries=change.tries + 1, tried_at=now))
    return done.rowcount > 0


async def told_account(conn: AsyncConnection, change_id: int, how: str) -> None:
    """`how` is accepted, or why it was refused for good."""
    await conn.execute(update(link_changes).where(link_changes.c.change_id == change_id).values(account_told=how))


async def told_elsewhere(conn: AsyncConnection, change_id: int, how: str) -> None:
    """`how` is the channel that took it, none (there is no other) or failed."""
    await conn.execute(update(link_changes).where(link_changes.c.change_id == change_id).values(elsewhere=how))


async def give_up(conn: AsyncConnection, change_id: int) -> None:
    """Nobody could be told for too long."""
    this = link_changes.c.change_id == change_id
    for column in (link_changes.c.account_told, link_changes.c.elsewhere):
        await conn.execute(update(link_changes).where(this, column == WAITING).values({column.name: "failed"}))


async def erase(conn: AsyncConnection, customer_id: str, users: Sequence[int], nobody: int) -> None:
    """Takes the accounts of a forgotten person out; nobody is told any more."""
    theirs = link_changes.c.customer_id == customer_id
    await conn.execute(update(link_changes).where(theirs).values(account=nobody, other_account=None))
    for column in (link_changes.c.account_told, link_changes.c.elsewhere):
        await conn.execute(update(link_changes).where(theirs, column == WAITING).values({column.name: "none"}))
    for column in (link_changes.c.account, link_changes.c.other_account):
        await conn.execute(update(link_changes).where(column.in_(users)).values({column.name: nobody}))


async def put_back(conn: AsyncConnection, change: Change) -> None:
    """What is left to be told of it was not tried, and waits as it did before."""
    this = update(link_changes).where(link_changes.c.change_id == change.change_id)
    await conn.execute(this.values(tries=change.tries, tried_at=change.tried_at))
