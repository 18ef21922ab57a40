"""The import's statements: read what is known of a batch's ids, and write the batch over it, set by set.

`bot.work.facts.import_batches` decides which rows are refused and which are new; here are only the statements. A batch
calls `begin` first, so that two imports into one database take turns and neither decides on stale rows.

`bot.rules.facts.paid` decides what is paid. Stored are the wallet's word (`instalments.amount_paid`), how each payment
relates to it (`payments.to_word`), and the result: `instalments.paid` and `payments.in_amount_paid` (`settle`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.facts.paid import Payment, Timing, counted_in_word, paid, timing_as_of
from storage.facts import import_blocks, import_writing
from storage.facts.import_writing import GIVEN, among, ids_of, upsert
from storage.runtime import change_counters, statistics
from storage.runtime.capped_sums import MOST
from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import accounts, changed_customers, customers, dead_channels, import_state, instalments, payments

TABLES = {table.name: table for table in (customers, accounts, instalments, payments)}
MOST_ALIKE = 100  # groups of rows that are alike, each with a statement of its own; more go row by row
FEW = 1000  # ids that are cheaper to read than to ask of each row
CHUNK = 10_000  # ids in one statement; the drivers allow 32,766
LOCK_ID = 0x66616374  # "fact": an advisory lock's number that nothing else in a PostgreSQL database uses


Repeated = tuple[datetime, int | None]
"""When the wallet repeated a row, and the block of the file in which it did, if there is one."""


async def begin(conn: AsyncConnection) -> None:
    """Waits until no other import writes; the lock ends with the transaction. On SQLite the write lock does this."""
    if conn.dialect.name == "postgresql":
        await conn.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK_ID})


async def start(conn: AsyncConnection, now: datetime) -> datetime:
    """Stores that an import is running and returns when it began: `now`, or the start of an import that was cut off,
    because this one continues it."""
    await begin(conn)
    since = await unfinished_since(conn)
    if since is None:
        await _note(conn, unfinished_since=now)
    return min(since or now, now)


async def finish(conn: AsyncConnection) -> None:
    await _note(conn, unfinished_since=None)


async def unfinished_since(conn: AsyncConnection) -> datetime | None:
    """When the import began that is on its way or was cut off; None where there is none."""
    since: datetime | None = (await conn.execute(_unfinished())).scalar()
    return since


@prepared
def _unfinished() -> Select[*tuple[Any, ...]]:
    return select(import_state.c.unfinished_since)


async def analyze(conn: AsyncConnection) -> None:
    """Has PostgreSQL count the facts. It does so by itself, but only after a minute: planning before that would use
    the statistics of empty tables and take hundreds of times as long."""
    await statistics.refresh(conn, TABLES.values())


async def wallet_spoke(conn: AsyncConnection, at: datetime) -> None:
    """Stores that the wallet told the state of debts at `at`; what it did not mention is unchanged. To be called
    wherever instalments or payments come in. An earlier time than the stored one changes nothing."""
    before = await wallet_spoke_at(conn)
    await _note(conn, wallet_spoke_at=max(before or at, at))


async def wallet_spoke_at(conn: AsyncConnection) -> datetime | None:
    """When the wallet last told anything about debts; None if it never did."""
    spoke_at: datetime | None = (await conn.execute(_spoke_at())).scalar()
    return spoke_at


@prepared
def _spoke_at() -> Select[Any]:
    return select(import_state.c.wallet_spoke_at)


async def _note(conn: AsyncConnection, **values: datetime | None) -> None:
    await put(conn, import_state, ["state_id"], {"state_id": 1, **values})


# --- What is known ---------------------------------------------------------------------------------------------------


async def known(conn: AsyncConnection, kind: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of `kind` (a table of facts) with these ids, by id; each row maps column name to value."""
    if not (possible := await _possibly_known(conn, kind, ids)):
        return {}
    name = _id(TABLES[kind]).name
    found = await conn.execute(_known(conn.dialect.name, kind), ids_of(conn, possible))
    return {row[name]: dict(row) for row in found.mappings().all()}


async def _possibly_known(conn: AsyncConnection, kind: str, ids: Sequence[str]) -> Collection[str]:
    """Those of the ids that may be known. Of new rows the ids are mostly beyond all others, so SQLite is asked first
    which ids are between them, as long as these are few. PostgreSQL has another order of texts than Python."""
    if conn.dialect.name != "sqlite" or not ids:
        return ids
    between = await conn.execute(_between(kind), {"given_first": min(ids), "given_last": max(ids)})
    found: Sequence[str] = between.scalars().all()
    return set(found).intersection(ids) if 0 < len(found) < FEW else ids if found else ()


@prepared
def _between(kind: str) -> Select[*tuple[Any, ...]]:
    id_ = _id(TABLES[kind])
    return select(id_).where(id_.between(bindparam("given_first"), bindparam("given_last"))).limit(FEW)


@prepared
def _known(dialect: str, kind: str) -> Select[*tuple[Any, ...]]:
    table = TABLES[kind]
    return select(*import_blocks.columns_of(table)).where(among(dialect, _id(table)))


async def known_customers(conn: AsyncConnection, ids: Sequence[str]) -> set[str]:
    return set((await conn.execute(_known_customers(conn.dialect.name), ids_of(conn, ids))).scalars().all())


@prepared
def _known_customers(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(customers.c.customer_id).where(among(dialect, customers.c.customer_id))


async def currencies(conn: AsyncConnection, account_ids: Sequence[str]) -> dict[str, str]:
    """The currency of each of these accounts that exists, by account id."""
    found = await conn.execute(_currencies(conn.dialect.name), ids_of(conn, account_ids))
    return dict(found.all())


@prepared
def _currencies(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(accounts.c.account_id, accounts.c.currency).where(among(dialect, accounts.c.account_id))


async def with_instalments(conn: AsyncConnection, account_ids: Sequence[str]) -> set[str]:
    """Those of the accounts that have at least one instalment."""
    found = await conn.execute(_with_instalments(conn.dialect.name), ids_of(conn, account_ids))
    return set(found.scalars().all())


@prepared
def _with_instalments(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(instalments.c.account_id).where(among(dialect, instalments.c.account_id)).distinct()


# --- What is written -------------------------------------------------------------------------------------------------


async def save(conn: AsyncConnection, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes whole rows of `kind`, all with the same columns. Rows with the same id are overwritten."""
    if rows:
        await upsert(conn, TABLES[kind], {name: [row[name] for row in rows] for name in rows[0]})


async def add(
    conn: AsyncConnection,
    kind: str,
    columns: Mapping[str, Sequence[Any]],
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Writes new rows, given column by column: none of them may be known. `meanwhile` is called, maybe more than once,
    when they are ready for the database."""
    if kind == "customers" and conn.dialect.name == "sqlite":  # its trigger takes much longer for each by itself
        await conn.execute(_noting(), ids_of(conn, columns["customer_id"]))
    await import_writing.add(conn, TABLES[kind], columns, meanwhile)


@prepared
def _noting() -> Insert:
    new = func.json_each(bindparam(GIVEN, type_=Text())).table_valued("value").c.value
    noted = exists().where(changed_customers.c.customer_id == new)
    return insert(changed_customers).from_select(["customer_id"], select(new).where(~noted))


async def confirm(conn: AsyncConnection, kind: str, said: Mapping[str, Repeated]) -> None:
    """Stores that the wallet repeated known rows, by id: nothing changes but when and in which block it said them."""
    table = TABLES[kind]
    alike: dict[Repeated, list[str]] = {}
    for id_, repeated in said.items():
        alike.setdefault(repeated, []).append(id_)
    if len(alike) > MOST_ALIKE:
        one = update(table).where(_id(table) == bindparam("given_id"))
        one = one.values(facts_at=bindparam("given_facts_at"), import_block_id=bindparam("given_block_id"))
        values = [{"given_id": id_, "given_facts_at": at, "given_block_id": block} for id_, (at, block) in said.items()]
        await conn.execute(one, values)
        return
    for (at, block), ids in alike.items():
        these = update(table).where(among(conn.dialect.name, _id(table)))
        await conn.execute(these.values(facts_at=at, import_block_id=block), ids_of(conn, ids))


async def join(conn: AsyncConnection, kind: str, blocks: Mapping[str, int | None]) -> None:
    """Stores in which block each of these rows is, by id; nothing else of them changes."""
    table = TABLES[kind]
    alike: dict[int | None, list[str]] = {}
    for id_, block in blocks.items():
        alike.setdefault(block, []).append(id_)
    for block, ids in alike.items():
        these = update(table).where(among(conn.dialect.name, _id(table))).values(import_block_id=block)
        await conn.execute(these, ids_of(conn, ids))


async def revive_channel(conn: AsyncConnection, channel: str, customer_ids: Sequence[str]) -> None:
    """These customers have a new address on a channel that could not reach them: the channel is no longer dead."""
    for chunk in _chunks(customer_ids):
        dead = dead_channels.c.customer_id.in_(chunk) & (dead_channels.c.channel == channel)
        await conn.execute(delete(dead_channels).where(dead))


async def try_push_again(conn: AsyncConnection, customer_ids: Sequence[str], died_before: datetime) -> None:
    """Revives the channels by customer id of these customers that died before `died_before`: by now they may have a new
    phone."""
    if await import_blocks.is_any_push_dead(conn, died_before):
        dead = among(conn.dialect.name, dead_channels.c.customer_id) & import_blocks.is_push_dead(died_before)
        await conn.execute(delete(dead_channels).where(dead), ids_of(conn, customer_ids))


async def cover_payments(conn: AsyncConnection, instalment_ids: Sequence[str]) -> None:
    """The file has a new word on what is paid of these instalments. Every payment known so far came before it, unless
    the wallet gave times: then these decide."""
    for chunk in _chunks(instalment_ids):
        others = payments.c.instalment_id.in_(chunk) & (payments.c.to_word != "before")
        await conn.execute(update(payments).where(others).values(to_word="before"))
    await time_payments(conn, instalment_ids)


async def time_payments(conn: AsyncConnection, instalment_ids: Sequence[str]) -> None:
    """Stores the timing of those payments of these instalments of which the wallet says when it said them, too."""
    for chunk in _chunks(instalment_ids):
        of_payment = (payments.c.payment_id, payments.c.paid_on, payments.c.as_of)
        query = (
            select(*of_payment, instalments.c.amount_paid_as_of, instalments.c.amount_paid_is_first)
            .join_from(payments, instalments)
            .where(payments.c.instalment_id.in_(chunk))
            .where(payments.c.as_of.is_not(None), instalments.c.amount_paid_as_of.is_not(None))
        )
        told: dict[Timing, list[str]] = {}
        for row in await conn.execute(query):
            word, is_first = row.amount_paid_as_of, row.amount_paid_is_first
            to_word = timing_as_of(row.paid_on, row.as_of, word, is_first=is_first)
            told.setdefault(to_word, []).append(row.payment_id)
        for to_word, ids in told.items():
            for part in _chunks(ids):
                await conn.execute(update(payments).where(payments.c.payment_id.in_(part)).values(to_word=to_word))


async def settle(conn: AsyncConnection, instalment_ids: Sequence[str]) -> None:
    """Updates `paid` of these instalments, and which of their payments the file's `amount_paid` includes."""
    for chunk in _chunks(instalment_ids):
        paid_now: list[dict[str, Any]] = []
        inside_now: dict[bool, list[str]] = {True: [], False: []}
        for rows in await _by_instalment(conn, chunk):
            word, known = rows[0].amount_paid, [_payment(row) for row in rows if row.payment_id is not None]
            inside = counted_in_word(word, known)
            if (amount := min(paid(word, known, inside), MOST)) != rows[0].paid:
                paid_now.append({"id": rows[0].instalment_id, "amount": amount})
            for row in rows:
                if row.payment_id is not None and (is_inside := row.payment_id in inside) != row.in_amount_paid:
                    inside_now[is_inside].append(row.payment_id)
        if paid_now:
            one = update(instalments).where(instalments.c.instalment_id == bindparam("id"))
            await conn.execute(one.values(paid=bindparam("amount")), paid_now)
        for is_inside, ids in inside_now.items():
            for part in _chunks(ids):
                these = update(payments).where(payments.c.payment_id.in_(part))
                await conn.execute(these.values(in_amount_paid=is_inside))


async def _by_instalment(conn: AsyncConnection, instalment_ids: Sequence[str]) -> list[list[Any]]:
    """The payments of each instalment; each row has the instalment's `amount_paid`, too. An instalment without
    payments has one row without a payment."""
    columns = (instalments.c.instalment_id, instalments.c.amount_paid, instalments.c.paid)
    of_payment = ("payment_id", "paid_on", "amount", "to_word", "in_amount_paid")
    query = (
        select(*columns, *(payments.c[name] for name in of_payment))
        .outerjoin_from(instalments, payments)
        .where(instalments.c.instalment_id.in_(instalment_ids))
    )
    found: dict[str, list[Any]] = {}
    for row in await conn.execute(query):
        found.setdefault(row.instalment_id, []).append(row)
    return list(found.values())


def _payment(row: Row[*tuple[Any, ...]]) -> Payment:
    return Payment(row.payment_id, row.paid_on, row.amount, row.to_word)


# --- The stamp -------------------------------------------------------------------------------------------------------


async def facts_stamp(conn: AsyncConnection) -> int:
    """A value that changes with every batch that changed a fact. Cached results compare it to see if they are stale."""
    return await change_counters.changes_of(conn, "facts")


async def bump_facts_stamp(conn: AsyncConnection, now: datetime) -> None:
    """To be called after `begin` in the same transaction, because the stamp is read and then written."""
    await change_counters.count_change(conn, "facts", now)


def _id(table: Table) -> ColumnElement[str]:
    (column,) = table.primary_key.columns
    return column


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]
