"""The wallet's facts going in: what is known of a batch's ids, and the batch written over it, set by set.

Which row is refused and which one is new is decided in `bot.work.importing_batches`; here are only the statements. A
batch calls `begin` first, so that two imports into one database take turns and neither decides on stale rows.

What is paid. `instalments.amount_paid` is the file's word, and `instalments.paid` is that plus the payments on top of
it, those with `in_amount_paid` false. Whenever the file's word changes, the payments known by then are covered by it
(`cover_payments`); which payments that come later are, `Payable.covers` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, select, text, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import insert, put
from storage.schema import accounts, customers, dead_channels, instalments, marks, payments

TABLES = {table.name: table for table in (customers, accounts, instalments, payments)}
STAMP, UNFINISHED, WALLET = "facts", "import_since", "wallet"  # rows of `marks`
CHUNK = 10_000  # ids a statement; the drivers take 32,766
LOCK_ID = 0x66616374  # "fact"; any number that nothing else in a PostgreSQL database takes as an advisory lock


@dataclass(slots=True)
class Payable:
    """What a payment needs to know of its instalment: the file's word, since when, and how much of it is explained.

    `explained` is the sum of the payments that are counted in `amount_paid` already; it grows as payments are judged.
    """

    currency: str
    amount_paid: int
    amount_paid_at: datetime
    explained: int

    def covers(self, amount: int, paid_on: date, since: datetime) -> bool:
        """Whether a payment in the import that began at `since` is one of those that `amount_paid` counts already.

        It is if the file's word is not older than the payment (from the same import, or said on a later UTC day than
        the payment was made) and still has room for it. Wallets whose files repeat the payments in `amount_paid` thus
        count once; a payment made after the file counts on top; and an `amount_paid` of 0 swallows nothing.
        """
        is_newer = self.amount_paid_at >= since or paid_on < self.amount_paid_at.astimezone(UTC).date()
        return amount > 0 and is_newer and self.explained + amount <= self.amount_paid


async def begin(conn: AsyncConnection) -> None:
    """Waits until no other import writes; the turn ends with the transaction. SQLite's write lock already does it."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})


async def start(conn: AsyncConnection, now: datetime) -> datetime:
    """When the import at hand began: `now`, or when one began that was cut off, since this one goes on with it."""
    await begin(conn)
    since = (await conn.execute(select(marks.c.at).where(marks.c.name == UNFINISHED))).scalar_one_or_none()
    if since is None:
        await put(conn, marks, ["name"], {"name": UNFINISHED, "value": "", "at": now})
    return min(since or now, now)


async def finish(conn: AsyncConnection) -> None:
    await conn.execute(delete(marks).where(marks.c.name == UNFINISHED))


async def analyze(conn: AsyncConnection) -> None:
    """Has PostgreSQL take note of how many facts there are now. It does so by itself, but only after a minute: what is
    planned before that would go by what it knew of the empty tables, which takes hundreds of times as long."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"ANALYZE {', '.join(TABLES)}"))


async def wallet_spoke(conn: AsyncConnection, now: datetime) -> None:
    """The wallet said how things stand: what it does not speak of is as it was. To be called wherever facts come in."""
    await put(conn, marks, ["name"], {"name": WALLET, "value": "", "at": now})


async def wallet_spoke_at(conn: AsyncConnection) -> datetime | None:
    """When the wallet last said anything; None where it never did."""
    spoke_at: datetime | None = (await conn.execute(select(marks.c.at).where(marks.c.name == WALLET))).scalar()
    return spoke_at


# --- What is known ---------------------------------------------------------------------------------------------------


async def known(conn: AsyncConnection, kind: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of `kind` (a table of facts) that have one of `ids`, by id, as column name to value."""
    table = TABLES[kind]
    rows: dict[str, dict[str, Any]] = {}
    for chunk in _chunks(ids):
        for row in (await conn.execute(select(table).where(_id(table).in_(chunk)))).mappings():
            rows[row[_id(table).name]] = dict(row)
    return rows


async def known_customers(conn: AsyncConnection, ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for chunk in _chunks(ids):
        query = select(customers.c.customer_id).where(customers.c.customer_id.in_(chunk))
        found.update((await conn.execute(query)).scalars())
    return found


async def currencies(conn: AsyncConnection, account_ids: Sequence[str]) -> dict[str, str]:
    """The currency of each account that there is."""
    found: dict[str, str] = {}
    for chunk in _chunks(account_ids):
        query = select(accounts.c.account_id, accounts.c.currency).where(accounts.c.account_id.in_(chunk))
        found.update((row.account_id, row.currency) for row in await conn.execute(query))
    return found


async def with_instalments(conn: AsyncConnection, account_ids: Sequence[str]) -> set[str]:
    """Those of the accounts that have at least one instalment."""
    found: set[str] = set()
    for chunk in _chunks(account_ids):
        query = select(instalments.c.account_id).where(instalments.c.account_id.in_(chunk)).distinct()
        found.update((await conn.execute(query)).scalars())
    return found


async def payables(conn: AsyncConnection, instalment_ids: Sequence[str]) -> dict[str, Payable]:
    """What payments need to know of each instalment that there is."""
    found: dict[str, Payable] = {}
    for chunk in _chunks(instalment_ids):
        for row in await conn.execute(_payables(chunk)):
            found[row.instalment_id] = Payable(row.currency, row.amount_paid, row.amount_paid_at, int(row.explained))
    return found


def _payables(instalment_ids: Sequence[str]) -> Any:
    explained = (
        select(func.coalesce(func.sum(payments.c.amount), 0))
        .where(payments.c.instalment_id == instalments.c.instalment_id, payments.c.in_amount_paid)
        .scalar_subquery()
        .label("explained")
    )
    columns = (
        instalments.c.instalment_id,
        instalments.c.amount_paid,
        instalments.c.amount_paid_at,
        accounts.c.currency,
    )
    return (
        select(*columns, explained)
        .join_from(instalments, accounts)
        .where(instalments.c.instalment_id.in_(instalment_ids))
    )


# --- What is written -------------------------------------------------------------------------------------------------


async def save(conn: AsyncConnection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes whole rows of `kind`, all with the same columns, over those with the same id."""
    if not rows:
        return
    table = TABLES[kind]
    statement: Any = insert(conn, table)
    statement = statement.values({name: bindparam(name) for name in rows[0]})
    over = {name: statement.excluded[name] for name in rows[0] if name != _id(table).name}
    await conn.execute(statement.on_conflict_do_update(index_elements=[_id(table)], set_=over), list(rows))


async def confirm(conn: AsyncConnection, kind: str, ids: Sequence[str], now: datetime) -> None:
    """The wallet said again what is known: the rows stay, and are as fresh as `now`."""
    table = TABLES[kind]
    for chunk in _chunks(ids):
        await conn.execute(update(table).where(_id(table).in_(chunk)).values(facts_at=now))


async def revive_channel(conn: AsyncConnection, channel: str, customer_ids: Sequence[str]) -> None:
    """These customers have another address than the one that the channel could not reach."""
    for chunk in _chunks(customer_ids):
        dead = dead_channels.c.customer_id.in_(chunk) & (dead_channels.c.channel == channel)
        await conn.execute(delete(dead_channels).where(dead))


async def try_push_again(conn: AsyncConnection, customer_ids: Sequence[str], died_before: datetime) -> None:
    """The wallet knows these customers still: a push channel that died long ago may have another phone behind it."""
    for chunk in _chunks(customer_ids):
        dead = dead_channels.c.customer_id.in_(chunk) & (dead_channels.c.channel == "push")
        await conn.execute(delete(dead_channels).where(dead, dead_channels.c.since < died_before))


async def cover_payments(conn: AsyncConnection, instalment_ids: Sequence[str]) -> None:
    """The file's word on these instalments is new: every payment known so far is in it."""
    for chunk in _chunks(instalment_ids):
        on_top = payments.c.instalment_id.in_(chunk) & ~payments.c.in_amount_paid
        await conn.execute(update(payments).where(on_top).values(in_amount_paid=true()))


async def settle(conn: AsyncConnection, instalment_ids: Sequence[str]) -> None:
    """Reckons `paid` anew: the file's word, and the payments on top of it."""
    on_top = (
        select(func.coalesce(func.sum(payments.c.amount), 0))
        .where(payments.c.instalment_id == instalments.c.instalment_id, ~payments.c.in_amount_paid)
        .scalar_subquery()
    )
    for chunk in _chunks(instalment_ids):
        paid = update(instalments).values(paid=instalments.c.amount_paid + on_top)
        await conn.execute(paid.where(instalments.c.instalment_id.in_(chunk)))


# --- The stamp -------------------------------------------------------------------------------------------------------


async def facts_stamp(conn: AsyncConnection) -> str:
    """Changes with every batch that changed a fact, so that whoever keeps something reckoned knows when it is stale."""
    value = (await conn.execute(select(marks.c.value).where(marks.c.name == STAMP))).scalar_one_or_none()
    return value or "0"


async def bump_facts_stamp(conn: AsyncConnection, now: datetime) -> None:
    """To be called between `begin` and the transaction's end: the stamp is read, then written."""
    following = int(await facts_stamp(conn)) + 1
    await put(conn, marks, ["name"], {"name": STAMP, "value": str(following), "at": now})


def _id(table: Table) -> ColumnElement[str]:
    (column,) = table.primary_key.columns
    return column


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]
