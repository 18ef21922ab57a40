"""How far the guard has come on its way through all customers, how many it found in which state, and whom it found that
planning had overlooked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, Update, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.guarantee.walks import Walk
from storage.facts.looks import AFTER, LIMIT, Person
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import prepared, values_of
from storage.schema import customers, guard_counts, guard_walks, overlooked

ZONE = bindparam("given_zone", type_=Text())
ZONES = bindparam("given_zones", type_=Text(), expanding=True)


async def walks(conn: AsyncConnection) -> dict[str, Walk]:
    """The last walk of each zone that was ever walked through."""
    return {row.zone: Walk(**row._mapping) for row in (await conn.execute(_walks())).all()}


@prepared
def _walks() -> Select[*tuple[Any, ...]]:
    return select(guard_walks)


async def write(conn: AsyncConnection, moved: Iterable[Walk]) -> None:
    """Writes down how far these walks have come."""
    rows = [values_of(walk) for walk in sorted(moved, key=lambda walk: walk.zone)]
    if rows:
        await conn.execute(_writing(conn.dialect.name), rows)


@prepared
def _writing(dialect: str) -> Upsert:
    putting = insert_in(dialect, guard_walks)
    rest = {c.name: putting.excluded[c.name] for c in guard_walks.c if c.name != "zone"}
    return putting.on_conflict_do_update(index_elements=["zone"], set_=rest)


async def begin(conn: AsyncConnection, new: Sequence[Walk], gone: Collection[str] = ()) -> None:
    """Begins walks, and forgets those of zones where nobody lives any more."""
    if new:
        await write(conn, new)
        await conn.execute(_starting_over(), {ZONES.key: [walk.zone for walk in new]})
    if gone:
        for table in (guard_walks, guard_counts):
            await conn.execute(delete(table).where(table.c.zone.in_(gone)))


@prepared
def _starting_over() -> Update:
    return update(guard_counts).where(guard_counts.c.zone.in_(ZONES)).values(so_far=0)


async def count(conn: AsyncConnection, found: Mapping[tuple[str, str], int], done: Collection[str]) -> None:
    """Adds customers by zone and state to those that the walks have found so far. The walks of the zones that are
    `done` have found all."""
    rows = [{"zone": zone, "state": state, "so_far": n} for (zone, state), n in sorted(found.items())]
    if rows:
        await conn.execute(_counting_on(conn.dialect.name), rows)
    if done:
        await conn.execute(_whole(), {ZONES.key: list(done)})


@prepared
def _counting_on(dialect: str) -> Upsert:
    adding = insert_in(dialect, guard_counts)
    both = guard_counts.c.so_far + adding.excluded.so_far
    return adding.on_conflict_do_update(index_elements=guard_counts.primary_key, set_={"so_far": both})


@prepared
def _whole() -> Update:
    return update(guard_counts).where(guard_counts.c.zone.in_(ZONES)).values(whole=guard_counts.c.so_far)


async def counts(conn: AsyncConnection) -> dict[str, int]:
    """How many overdue customers are in each state, as the last walks found them; while a zone's first walk is on its
    way, as it has found so far."""
    number = func.sum(func.coalesce(guard_counts.c.whole, guard_counts.c.so_far))
    query = select(guard_counts.c.state, number.label("n")).group_by(guard_counts.c.state)
    return {row.state: int(row.n) for row in (await conn.execute(query)).all()}


async def customers_in(conn: AsyncConnection, zone: str) -> int:
    """How many customers there are in a zone."""
    return int((await conn.execute(_counting(), {ZONE.key: zone})).scalar_one())


@prepared
def _counting() -> Select[*tuple[Any, ...]]:
    return select(func.count()).select_from(customers).where(customers.c.zone == ZONE)


async def next_in(conn: AsyncConnection, zone: str, after: str, limit: int) -> list[Person]:
    """The next customers of a zone by their ids, but for those who were forgotten."""
    rows = await conn.execute(_next(), {ZONE.key: zone, AFTER.key: after, LIMIT.key: limit})
    return [Person(row.customer_id, zone, row.segment) for row in rows.all()]


@prepared
def _next() -> Select[*tuple[Any, ...]]:
    walked = select(customers.c.customer_id, customers.c.segment).where(
        customers.c.zone == ZONE, customers.c.customer_id > AFTER, customers.c.forgotten_at.is_(None)
    )
    return walked.order_by(customers.c.customer_id).limit(LIMIT)


# --- What planning had overlooked ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Overlooked:
    """How many customers planning had overlooked since some instant, and the first of them."""

    count: int = 0
    customer_id: str = ""
    what: str = ""


async def note_overlooked(conn: AsyncConnection, found: Mapping[str, str], now: datetime) -> None:
    """Keeps whom planning had overlooked: what for each customer, `silent` or `planning`."""
    rows = [{"customer_id": customer_id, "at": now, "what": what} for customer_id, what in sorted(found.items())]
    if rows:
        await conn.execute(insert(overlooked), rows)


async def overlooked_since(conn: AsyncConnection, since: datetime) -> Overlooked:
    row = (await conn.execute(_first_overlooked(), {"given_since": since})).first()
    return Overlooked() if row is None else Overlooked(row.n, row.customer_id, row.what)


@prepared
def _first_overlooked() -> Select[*tuple[Any, ...]]:
    columns = (overlooked.c.customer_id, overlooked.c.what, func.count().over().label("n"))
    since = overlooked.c.at >= bindparam("given_since")
    return select(*columns).where(since).order_by(overlooked.c.overlooked_id).limit(1)
