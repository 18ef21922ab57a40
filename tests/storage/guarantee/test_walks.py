"""The guard's way through the customers of a zone, and whom planning had overlooked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.rules.guarantee.walks import Walk
from storage.facts.looks import Person
from storage.guarantee import walks
from storage.guarantee.walks import Overlooked
from storage.runtime.engine import Database
from storage.schema import overlooked
from tests.work.lives import customer, rows

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TAIPEI, PARIS = "Asia/Taipei", "Europe/Paris"


async def test_how_far_each_walk_has_come_is_kept(db: Database) -> None:
    here = Walk(TAIPEI, NOW, "C2", 3, 2, NOW - HOUR)
    there = Walk(PARIS, NOW - HOUR, None, 1, 1, NOW)
    async with db.write() as conn:
        await walks.write(conn, [here, there])
        further = replace(here, began_at=NOW + HOUR, walked_to="C3", customers=4, walked=3, settled_at=NOW)
        await walks.write(conn, [further])
        await walks.write(conn, [])
        assert await walks.walks(conn) == {TAIPEI: further, PARIS: there}


async def test_customers_are_counted_as_the_last_walk_found_them_and_those_of_a_first_as_it_goes(db: Database) -> None:
    here, there = Walk(TAIPEI, NOW, "C2", 3, 2, NOW), Walk(PARIS, NOW, None, 1, 1, NOW)
    async with db.write() as conn:
        await walks.begin(conn, [here, there])
        await walks.count(conn, {(TAIPEI, "reached"): 2, (TAIPEI, "silent"): 1, (PARIS, "reached"): 5}, [PARIS])
        assert await walks.counts(conn) == {"reached": 7, "silent": 1}
        await walks.count(conn, {(TAIPEI, "reached"): 4}, [TAIPEI])
        assert await walks.counts(conn) == {"reached": 11, "silent": 1}
        await walks.begin(conn, [here])
        await walks.count(conn, {(TAIPEI, "reached"): 1}, [])
        assert await walks.counts(conn) == {"reached": 11, "silent": 1}
        await walks.count(conn, {}, [TAIPEI])
        assert await walks.counts(conn) == {"reached": 6, "silent": 0}
        await walks.begin(conn, [there], [TAIPEI])
        assert await walks.counts(conn) == {"reached": 5}
        assert list(await walks.walks(conn)) == [PARIS]


async def test_the_next_of_a_zone_come_by_their_ids_and_only_so_many(db: Database) -> None:
    for customer_id in ("C4", "C2", "C1", "C3"):
        await customer(db, NOW, customer_id, segment="trusted" if customer_id == "C3" else None)
    await customer(db, NOW, "C5", forgotten_at=NOW)
    await customer(db, NOW, "B1", zone=PARIS)
    await customer(db, NOW, "D1", zone=PARIS)
    async with db.read() as conn:
        assert await walks.next_in(conn, TAIPEI, "C1", 2) == [
            Person("C2", TAIPEI, None),
            Person("C3", TAIPEI, "trusted"),
        ]
        assert await walks.next_in(conn, TAIPEI, "C3", 9) == [Person("C4", TAIPEI, None)]
        assert await walks.next_in(conn, TAIPEI, "C4", 9) == []
        assert (await walks.customers_in(conn, TAIPEI), await walks.customers_in(conn, PARIS)) == (5, 2)


async def test_who_was_overlooked_is_counted_and_the_first_is_named(db: Database) -> None:
    for customer_id in ("C1", "C2", "C3"):
        await customer(db, NOW, customer_id)
    async with db.write() as conn:
        await walks.note_overlooked(conn, {"C3": "planning"}, NOW - HOUR)
        await walks.note_overlooked(conn, {"C2": "silent", "C1": "planning"}, NOW)
        await walks.note_overlooked(conn, {}, NOW)
        assert await walks.overlooked_since(conn, NOW - HOUR) == Overlooked(3, "C3", "planning")
        assert await walks.overlooked_since(conn, NOW) == Overlooked(2, "C1", "planning")
        assert await walks.overlooked_since(conn, NOW + HOUR) == Overlooked()
    assert [(row.customer_id, row.what, row.at) for row in await rows(db, overlooked)] == [
        ("C3", "planning", NOW - HOUR),
        ("C1", "planning", NOW),
        ("C2", "silent", NOW),
    ]
