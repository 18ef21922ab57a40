"""Whom planning has to look at, and when next; what it then looks at is not decided here.

A customer is due when a trigger noted that something changed for them (`changed_customers`), when their `look_at` has
come, or while a change of the policy has not reached them yet (`planning_terms.swept_to`). A slice of them is taken and
looked at in one transaction: it takes the notes away, and whatever changes later leaves a note of its own. So no
change is lost, and a process that is killed in the middle has taken nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Delete,
    Integer,
    Select,
    Text,
    Update,
    bindparam,
    delete,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.customer_sets import CHOSEN, GivenRows, for_chosen, is_chosen, set_locally
from storage.runtime.engine import Upsert, insert_in, put
from storage.runtime.prepared import NOW, prepared, there_is
from storage.schema import (
    Instant,
    cases,
    changed_customers,
    customer_looks,
    customers,
    holds,
    is_open,
    planning_terms,
)

CURRENT = "current"
AFTER = bindparam("given_after", type_=Text())
LIMIT = bindparam("given_limit", type_=Integer())
_LOOKS = GivenRows(customer_id=Text(), look_at=Instant())


class Person(NamedTuple):
    """A customer as planning groups them."""

    customer_id: str
    zone: str
    segment: str | None


class Taken(NamedTuple):
    """A customer who is looked at, and whether a hold is in force or a case open."""

    customer_id: str
    zone: str
    segment: str | None
    held: bool
    cased: bool


# --- Whose turn it is ------------------------------------------------------------------------------------------------


async def is_anybody_due(conn: AsyncConnection, now: datetime) -> bool:
    """Whether a round of planning would look at anybody: two look-ups in an index."""
    return bool((await conn.execute(_any_due(), {NOW.key: now})).scalar_one())


@prepared
def _any_due() -> Select[*tuple[Any, ...]]:
    return select(
        or_(
            select(changed_customers.c.change_id).limit(1).exists(),
            select(customer_looks.c.customer_id).where(customer_looks.c.look_at <= NOW).limit(1).exists(),
            select(planning_terms.c.name).where(planning_terms.c.swept_to.is_not(None)).exists(),
        )
    )


async def changed(conn: AsyncConnection, after: str, limit: int) -> list[str]:
    """The next customers, by id, for whom something changed."""
    return list((await conn.execute(_changed(), {AFTER.key: after, LIMIT.key: limit})).scalars().all())


@prepared
def _changed() -> Select[*tuple[Any, ...]]:
    ids = changed_customers.c.customer_id
    return select(ids).where(ids > AFTER).distinct().order_by(ids).limit(LIMIT)


async def come(conn: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Customers whose time to be looked at has come, those who wait longest first."""
    return list((await conn.execute(_come(), {NOW.key: now, LIMIT.key: limit})).scalars().all())


@prepared
def _come() -> Select[*tuple[Any, ...]]:
    due = select(customer_looks.c.customer_id).where(customer_looks.c.look_at <= NOW)
    return due.order_by(customer_looks.c.look_at).limit(LIMIT)


async def ids_after(conn: AsyncConnection, after: str, limit: int) -> list[str]:
    """The next customers by id, all of them."""
    return list((await conn.execute(_ids_after(), {AFTER.key: after, LIMIT.key: limit})).scalars().all())


@prepared
def _ids_after() -> Select[*tuple[Any, ...]]:
    ids = customers.c.customer_id
    return select(ids).where(ids > AFTER).order_by(ids).limit(LIMIT)


async def who_is_due(conn: AsyncConnection, customer_ids: Collection[str], now: datetime) -> set[str]:
    """Which of these customers planning knows to be due now."""
    await for_chosen(conn)
    return set((await conn.execute(_who_is_due(), {CHOSEN.key: list(customer_ids), NOW.key: now})).scalars().all())


@prepared
def _who_is_due() -> Select[*tuple[Any, ...]]:
    noted = there_is(changed_customers.c.customer_id == customers.c.customer_id, correlate=[customers])
    own_look = customer_looks.c.customer_id == customers.c.customer_id
    come = there_is(own_look, customer_looks.c.look_at <= NOW, correlate=[customers])
    sweeping = there_is(planning_terms.c.swept_to < customers.c.customer_id, correlate=[customers])
    return select(customers.c.customer_id).where(is_chosen(customers.c.customer_id), or_(noted, come, sweeping))


# --- Looking at a slice ----------------------------------------------------------------------------------------------


async def take(conn: AsyncConnection, customer_ids: Sequence[str]) -> list[Taken]:
    """Takes these customers to be looked at in this transaction: what changed for them so far is seen by what follows.
    Gives those who were not forgotten. What this transaction writes makes nobody due."""
    await for_chosen(conn)
    if conn.dialect.name == "postgresql":
        await set_locally(conn, {"duebot.planning": "on"})
        await conn.execute(_untouching(), {CHOSEN.key: customer_ids})
    # SQLite's triggers cannot be told that it is planning which writes, but they note nobody twice. So who is noted
    # stays so until `look_again`, and nobody else writes meanwhile.
    return await taken(conn, customer_ids)


async def taken(conn: AsyncConnection, customer_ids: Sequence[str]) -> list[Taken]:
    """The same customers as they are now."""
    return list(map(Taken._make, (await conn.execute(_taken(), {CHOSEN.key: customer_ids})).all()))


@prepared
def _taken() -> Select[*tuple[Any, ...]]:
    hold = there_is(holds.c.customer_id == customers.c.customer_id, holds.c.ended_at.is_(None), correlate=[customers])
    case_ = there_is(cases.c.customer_id == customers.c.customer_id, is_open(), correlate=[customers])
    return _persons().add_columns(hold, case_)


async def persons(conn: AsyncConnection, customer_ids: Sequence[str]) -> list[Person]:
    """Zone and segment of these customers, but for those who were forgotten."""
    rows = await conn.execute(_persons(), {CHOSEN.key: customer_ids})
    return [Person._make(row) for row in rows.all()]


@prepared
def _persons() -> Select[*tuple[Any, ...]]:
    columns = (customers.c.customer_id, customers.c.zone, customers.c.segment)
    return select(*columns).where(is_chosen(customers.c.customer_id), customers.c.forgotten_at.is_(None))


@prepared
def _untouching() -> Delete:
    return delete(changed_customers).where(is_chosen(changed_customers.c.customer_id))


async def look_again(conn: AsyncConnection, customer_ids: Sequence[str], at: Mapping[str, datetime]) -> None:
    """Writes down when these customers, taken in this transaction, are to be looked at next: those without an instant
    only if something changes for them."""
    if conn.dialect.name == "sqlite":  # nobody else writes meanwhile: what was noted since was by planning itself
        await conn.execute(_untouching(), {CHOSEN.key: customer_ids})
    if at:
        # In the order of their ids, so that two processes that do the same never wait for each other both ways.
        await conn.execute(_looking(conn.dialect.name), _LOOKS.values(conn.dialect.name, sorted(at.items())))
    if none := [customer_id for customer_id in customer_ids if customer_id not in at]:
        await conn.execute(_forgetting(), {CHOSEN.key: none})


@prepared
def _looking(dialect: str) -> Upsert:
    given = _LOOKS.rows(dialect)
    rows = select(given.c.customer_id, given.c.look_at).where(true())
    return _over_the_last(insert_in(dialect, customer_looks).from_select(["customer_id", "look_at"], rows))


def _over_the_last(putting: Upsert) -> Upsert:
    new = putting.excluded.look_at
    unlike = customer_looks.c.look_at != new
    return putting.on_conflict_do_update(index_elements=["customer_id"], set_={"look_at": new}, where=unlike)


@prepared
def _forgetting() -> Delete:
    return delete(customer_looks).where(is_chosen(customer_looks.c.customer_id))


# --- When planning's terms change ------------------------------------------------------------------------------------


async def terms(conn: AsyncConnection) -> tuple[str, str | None] | None:
    """The terms that planning last went by, and up to which customer all were looked at under them (None: all)."""
    row = (await conn.execute(_terms())).first()
    return None if row is None else (row.terms, row.swept_to)


@prepared
def _terms() -> Select[*tuple[Any, ...]]:
    return select(planning_terms.c.terms, planning_terms.c.swept_to)


async def set_terms(conn: AsyncConnection, written: str, swept_to: str | None) -> None:
    row = {"name": CURRENT, "terms": written, "swept_to": swept_to}
    await put(conn, planning_terms, ["name"], row)


async def swept(conn: AsyncConnection, to: str | None) -> None:
    """Under the present terms, everybody up to this customer was looked at; None: everybody."""
    await conn.execute(_sweeping(), {"given_swept_to": to})


@prepared
def _sweeping() -> Update:
    return update(planning_terms).values(swept_to=bindparam("given_swept_to", type_=Text()))


async def sweep_again(conn: AsyncConnection) -> None:
    """Everybody is to be looked at once more."""
    await conn.execute(update(planning_terms).values(swept_to=""))


async def note(conn: AsyncConnection, customer_ids: Collection[str]) -> None:
    """Makes these customers due, as a trigger does."""
    rows = [{"customer_id": customer_id} for customer_id in sorted(customer_ids)]
    if rows:
        await conn.execute(insert(changed_customers), rows)
