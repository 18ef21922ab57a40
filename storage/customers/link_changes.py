"""Changes of links between customers and Telegram accounts: every end of a link, and every start that somebody must be
told of, with who was told.

A change is kept for good: it is the evidence of who spoke for a customer and when, and the wallet is told of it. Two
may have to be told: the account that lost the link (`account_told`), and the customer on another channel (`elsewhere`).
Both are 'waiting' until they were told; then they say how, or why not. Empty means that nobody is to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import link_changes

WAITING = "waiting"

# What may happen to a customer's link:
MOVED = "moved"  # the account is linked to `other_customer_id` instead
TAKEN_OVER = "taken_over"  # `other_account` has the link now; its id is `link_id`
BY_NUMBER = "by_number"  # the first link, proved only by a phone number
AGAIN = "again"  # linked, where another account was linked before
NOT_ME = "not_me"  # the account's person said that they are not this customer
TAKEN_BACK = "taken_back"  # the earlier account said that it never gave the link away
UNLINKED = "unlinked"  # an operator ended the link
WRONG_PERSON = "wrong_person"  # an agent found that the chat is somebody else's
RESTORED = "restored"  # the earlier link is back
DISPUTED = "disputed"  # the earlier account says that it never gave the link away; an agent checks this


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `account` is the one whose link ended or began; `link_id` is the current link, if there is one."""

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


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change that happens now, and who is to be told of it: the `account`, the customer on another channel."""

    customer_id: str
    kind: str
    account: int
    link_id: int | None = None
    other_account: int | None = None
    other_customer_id: str | None = None
    tell_account: bool = False
    tell_elsewhere: bool = False


async def add(conn: AsyncConnection, change: NewChange, now: datetime) -> None:
    """Stores a change and who is to be told of it."""
    row = {
        "customer_id": change.customer_id,
        "at": now,
        "kind": change.kind,
        "link_id": change.link_id,
        "account": change.account,
        "other_account": change.other_account,
        "other_customer_id": change.other_customer_id,
        "account_told": WAITING if change.tell_account else "",
        "elsewhere": WAITING if change.tell_elsewhere else "",
    }
    await conn.execute(insert(conn, link_changes).values(**row))


async def add_by_number(conn: AsyncConnection, linked: Sequence[tuple[str, int, int]], now: datetime) -> None:
    """Stores first links proved only by a phone number, as (customer, account, link id); the customer is to be told
    elsewhere."""
    told = {"at": now, "kind": BY_NUMBER, "account_told": "", "elsewhere": WAITING}
    rows = [
        {"customer_id": customer_id, "account": account, "link_id": id_, **told} for customer_id, account, id_ in linked
    ]
    if rows:
        await conn.execute(_ADD, rows)


_ADD = link_changes.insert()


async def was_disputed(conn: AsyncConnection, link_id: int) -> bool:
    query = select(link_changes.c.change_id).where(link_changes.c.link_id == link_id, link_changes.c.kind == DISPUTED)
    return (await conn.execute(query.limit(1))).first() is not None


async def changes_to_tell(conn: AsyncConnection, limit: int, *, elsewhere: bool = True) -> list[Change]:
    """Changes that somebody is still to be told of, oldest first; without `elsewhere` only those that an account is to
    be told of."""
    return [Change(**row._mapping) for row in (await conn.execute(_to_tell(limit, elsewhere))).all()]


@prepared
def _to_tell(limit: int, elsewhere: bool) -> Select[*tuple[Any, ...]]:
    account = link_changes.c.account_told == WAITING
    waiting = or_(account, link_changes.c.elsewhere == WAITING) if elsewhere else account
    columns = [link_changes.c[name] for name in Change.__dataclass_fields__]
    return select(*columns).where(waiting).order_by(link_changes.c.change_id).limit(limit)


async def claim(conn: AsyncConnection, change: Change, now: datetime) -> bool:
    """Claims a change, to tell of it; False if another worker has claimed it."""
    mine = (link_changes.c.change_id == change.change_id, link_changes.c.tries == change.tries)
    done = await conn.execute(update(link_changes).where(*mine).values(tries=change.tries + 1, tried_at=now))
    return done.rowcount > 0


async def record_account_told(conn: AsyncConnection, change_id: int, how: str) -> None:
    """Stores how the account was told: `how` is 'accepted', or why Telegram refused it for good."""
    await conn.execute(update(link_changes).where(link_changes.c.change_id == change_id).values(account_told=how))


async def record_told_elsewhere(conn: AsyncConnection, change_id: int, how: str) -> None:
    """Stores how the customer was told elsewhere: `how` is the channel that accepted the message, 'none' (there is no
    other channel) or 'failed'."""
    await conn.execute(update(link_changes).where(link_changes.c.change_id == change_id).values(elsewhere=how))


async def give_up(conn: AsyncConnection, change_id: int) -> None:
    """Ends the attempts to tell of a change, because they failed for too long."""
    this = link_changes.c.change_id == change_id
    for column in (link_changes.c.account_told, link_changes.c.elsewhere):
        await conn.execute(update(link_changes).where(this, column == WAITING).values({column.name: "failed"}))


async def erase(conn: AsyncConnection, customer_id: str, users: Sequence[int], nobody: int) -> None:
    """Removes the accounts of a forgotten person; nobody is told any more. `nobody` is the id put in their place."""
    theirs = link_changes.c.customer_id == customer_id
    await conn.execute(update(link_changes).where(theirs).values(account=nobody, other_account=None))
    for column in (link_changes.c.account_told, link_changes.c.elsewhere):
        await conn.execute(update(link_changes).where(theirs, column == WAITING).values({column.name: "none"}))
    for column in (link_changes.c.account, link_changes.c.other_account):
        await conn.execute(update(link_changes).where(column.in_(users)).values({column.name: nobody}))


async def put_back(conn: AsyncConnection, change: Change) -> None:
    """Gives a claimed change back: what is left to tell was not tried, and waits as before."""
    this = update(link_changes).where(link_changes.c.change_id == change.change_id)
    await conn.execute(this.values(tries=change.tries, tried_at=change.tried_at))
