"""Customers and rows that are handed to a statement as one value come out as they are, whatever is in them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import BigInteger, Date, Text, bindparam, insert, select

from storage.runtime.customer_sets import CHOSEN, GivenRows, Numbers, is_among, is_chosen
from storage.runtime.engine import Database
from storage.schema import Instant, customers

NOW = datetime(2026, 3, 2, 3, 4, 5, 6, tzinfo=UTC)
ODD = ["a", 'b"c', "d\\e", "{x,y}", "NULL", "", " ", "né新\n2", '"', "\\", '\\"', "a,b", "'", "[1]", "null"]


@pytest.mark.parametrize("ids", [ODD, ["plain", "ids"], ['"'], []])
async def test_customers_are_found_by_any_id(db: Database, ids: list[str]) -> None:
    everybody = [{"customer_id": id_, "zone": "UTC", "facts_at": NOW} for id_ in {*ODD, "plain", "ids", "other"}]
    query = select(customers.c.customer_id).where(is_chosen(customers.c.customer_id))
    async with db.write() as conn:
        await conn.execute(insert(customers), everybody)
        assert set((await conn.execute(query, {CHOSEN.key: ids})).scalars()) == set(ids)


async def test_rows_come_out_as_they_were_given(db: Database) -> None:
    given = GivenRows(name=Text(), day=Date(), at=Instant(), number=BigInteger())
    rows = [(name, date(2026, 3, 1 + n) if n % 2 else None, NOW, n) for n, name in enumerate(ODD)]
    async with db.read() as conn:
        kind = conn.dialect.name
        assert (await conn.execute(select(given.rows(kind)), given.values(kind, rows))).all() == rows


@pytest.mark.parametrize("name", ["C1", "né新", 'b"c', "d\\e", "\n", "", '"],["'])
async def test_rows_of_texts_days_and_instants_come_out_as_they_were_given(db: Database, name: str) -> None:
    given = GivenRows(name=Text(), day=Date(), at=Instant())
    rows = [(name, date(2026, 3, 1), NOW), ("C2", date(2026, 3, 2), NOW), (name, date(2026, 3, 1), NOW)]
    async with db.read() as conn:
        kind = conn.dialect.name
        assert (await conn.execute(select(given.rows(kind)), given.values(kind, rows))).all() == rows


async def test_numbers_are_found_among_others(db: Database) -> None:
    given = GivenRows(number=BigInteger())
    async with db.read() as conn:
        kind = conn.dialect.name
        number = given.rows(kind).c.number
        query = select(number).where(is_among(number, bindparam("given_numbers_", type_=Numbers())))
        values = {**given.values(kind, [(1,), (-2,), (2**40,)]), "given_numbers_": [-2, 2**40, 7]}
        assert list((await conn.execute(query, values)).scalars()) == [-2, 2**40]
