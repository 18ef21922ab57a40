"""The statements of an import: reading what is known of a batch, writing over it, and what is then paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts import imports
from storage.facts.import_dedupe import SeenIds, Sighting
from storage.facts.payables import Alike, Payable, payables
from storage.runtime.engine import Database
from storage.schema import changed_customers, instalments, payments

pytestmark = pytest.mark.postgresql_one_in(2)

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TODAY = date(2026, 3, 2)


async def save_wallet(conn: AsyncConnection, *, amount_paid: int = 0) -> None:
    """One customer with one account of one instalment of 1,000 units."""
    await imports.save(conn, "customers", [{"customer_id": "C1", "zone": "UTC", "facts_at": NOW}])
    account = {"account_id": "A1", "customer_id": "C1", "currency": "TWD", "balance": 0, "facts_at": NOW}
    await imports.save(conn, "accounts", [account])
    instalment = {"instalment_id": "I1", "account_id": "A1", "due_date": TODAY, "amount_due": 1000, "facts_at": NOW}
    paid = {"amount_paid": amount_paid, "paid": amount_paid, "amount_paid_at": NOW}
    await imports.save(conn, "instalments", [{**instalment, **paid}])


async def save_payment(conn: AsyncConnection, payment_id: str, amount: int, to_word: str) -> None:
    payment = {"payment_id": payment_id, "instalment_id": "I1", "paid_on": TODAY, "amount": amount}
    await imports.save(conn, "payments", [{**payment, "in_amount_paid": False, "to_word": to_word, "facts_at": NOW}])


async def counted(conn: AsyncConnection) -> list[str]:
    query = select(payments.c.payment_id).where(payments.c.in_amount_paid).order_by(payments.c.payment_id)
    return list((await conn.execute(query)).scalars())


async def instalment(conn: AsyncConnection) -> Any:
    return (await conn.execute(select(instalments))).one()


async def test_what_is_not_known_is_not_found(db: Database) -> None:
    async with db.read() as conn:
        assert await imports.known(conn, "customers", ["C1"]) == {}
        assert await imports.known_customers(conn, []) == set()
        assert await imports.currencies(conn, ["A1"]) == {}
        assert not await payables(conn, ["I1"])


async def test_more_ids_than_a_statement_takes_are_asked_in_parts(db: Database) -> None:
    rows = [{"customer_id": f"C{n}", "zone": "UTC", "facts_at": NOW} for n in range(40_000)]
    async with db.write() as conn:
        await imports.save(conn, "customers", rows[::-1000])
        found = await imports.known_customers(conn, [row["customer_id"] for row in rows])
    assert len(found) == 40


async def test_known_rows_are_found_among_few_and_among_many_others(db: Database) -> None:
    rows = [{"customer_id": f"C{n:05}é", "zone": "UTC", "facts_at": NOW} for n in range(0, 6000, 2)]
    async with db.write() as conn:
        await imports.save(conn, "customers", rows)
        for asked in (range(3), range(1, 40), range(6000), range(3000, 9000, 3), range(5999, 9000), (7, 5), ()):
            found = await imports.known(conn, "customers", [f"C{n:05}é" for n in asked])
            assert sorted(found) == [f"C{n:05}é" for n in asked if n < 6000 and n % 2 == 0]


async def test_any_number_of_new_rows_is_added_and_noted(db: Database) -> None:
    for count in (1, 2, 1003):
        ids = [f"C{count}-{n}" for n in range(count)]
        of_all = {"zone": ["UTC"] * count, "facts_at": [NOW] * count, "vulnerable": [False] * count}
        of_each = {"customer_id": ids, "name": [f"Anna {n % 7}" for n in range(count)]}
        async with db.write() as conn:
            await imports.add(conn, "customers", of_all | of_each)
            found = await imports.known(conn, "customers", ids)
            noted = (await conn.execute(select(changed_customers.c.customer_id))).scalars().all()
            await conn.execute(delete(changed_customers))
        assert {id_: row["name"] for id_, row in found.items()} == dict(zip(ids, of_each["name"], strict=True))
        assert {row["facts_at"] for row in found.values()} == {NOW}
        assert sorted(noted) == sorted(ids)


@pytest.mark.postgresql_one_in(1)
async def test_of_whom_instalments_are_new_is_noted_once_a_batch(db: Database) -> None:
    of_all = {"currency": ["TWD"] * 4, "balance": [0] * 4, "facts_at": [NOW] * 4}
    owners = {"account_id": ["A1", "A2", "A3", "A4"], "customer_id": ["C1", "C1", "C2", "C3"]}
    accounts_of = ["A3", "A1", "A2", "A1", "A3"]
    word = {"due_date": [TODAY] * 5, "facts_at": [NOW] * 5, "amount_paid_at": [NOW] * 5}
    async with db.write() as conn:
        await imports.save(
            conn, "customers", [{"customer_id": id_, "zone": "UTC", "facts_at": NOW} for id_ in ("C1", "C2", "C3")]
        )
        await imports.add(conn, "accounts", {**owners, **of_all})
        await conn.execute(delete(changed_customers))
        of_each = {
            "instalment_id": [f"I{n}" for n in range(5)],
            "account_id": accounts_of,
            "amount_due": list(range(5)),
        }
        await imports.add(conn, "instalments", {**of_each, **word})
        noted = (await conn.execute(select(changed_customers.c.customer_id))).scalars().all()
    assert sorted(noted) == ["C1", "C2"]


async def test_rows_that_were_added_go_with_their_transaction(db: Database) -> None:
    async with db.read() as conn:
        await imports.add(conn, "customers", {"customer_id": ["C1"], "zone": ["UTC"], "facts_at": [NOW]})
        await conn.rollback()
    async with db.read() as conn:
        assert not await imports.known(conn, "customers", ["C1"])


async def test_saving_over_a_row_keeps_the_columns_that_are_not_the_wallets(db: Database) -> None:
    async with db.write() as conn:
        row = {"customer_id": "C1", "name": "Anna", "zone": "UTC", "facts_at": NOW}
        await imports.save(conn, "customers", [{**row, "stopped_at": NOW}])
        await imports.save(conn, "customers", [{**row, "name": "Anne"}])
        found = (await imports.known(conn, "customers", ["C1"]))["C1"]
    assert (found["name"], found["stopped_at"]) == ("Anne", NOW)


async def test_a_payable_tells_the_currency_and_when_the_word_came(db: Database) -> None:
    async with db.write() as conn:
        await save_wallet(conn, amount_paid=500)
        alike = Alike(has_payments=False, times=(NOW, None, False))
        assert dict(await payables(conn, ["I1"])) == {"I1": Payable("TWD", 500, alike)}
        await save_payment(conn, "P1", 200, "with")
        assert (await payables(conn, ["I1"]))["I1"].alike.has_payments


@pytest.mark.postgresql_one_in(1)
async def test_each_of_many_payables_has_what_is_its_own(db: Database) -> None:
    async with db.write() as conn:
        await save_wallet(conn, amount_paid=300)
        account = {"customer_id": "C1", "currency": "USD", "balance": 0, "facts_at": NOW}
        await imports.save(conn, "accounts", [{**account, "account_id": id_} for id_ in ("A2", "A3")])
        word = {"due_date": TODAY, "amount_due": 1000, "amount_paid": 300, "amount_paid_at": NOW, "facts_at": NOW}
        said = {"I2": ("A1", 300), "I3": ("A2", 300), "I4": ("A3", 300), "I5": ("A3", 400), "I6": ("A3", 300)}
        of_each = [{"instalment_id": id_, "account_id": of, "paid": paid} for id_, (of, paid) in said.items()]
        await imports.save(conn, "instalments", [{**word, **one} for one in of_each])
        await save_payment(conn, "P1", 300, "with")  # of I1, and in its word
        found = await payables(conn, ["I6", "I5", "I4", "I3", "I1", "I0", "I4"])
    assert {id_: (one.currency, one.alike.has_payments) for id_, one in found.items()} == {
        "I1": ("TWD", True),
        "I3": ("USD", False),
        "I4": ("USD", False),
        "I5": ("USD", True),
        "I6": ("USD", False),
    }
    assert {(one.amount_paid, one.alike.times) for one in found.values()} == {(300, (NOW, None, False))}


@pytest.mark.new_postgresql  # what it has counted decides on plans
async def test_postgresql_reads_no_accounts_but_those_of_the_payments(postgresql_db: Database) -> None:
    """Else each batch of a file would take longer than the one before."""
    many = range(5000)
    ids = [f"A{n:05}" for n in many]
    of_all = {"facts_at": [NOW] * len(many), "currency": ["TWD"] * len(many), "balance": [0] * len(many)}
    word = {"due_date": [TODAY] * len(many), "facts_at": [NOW] * len(many), "amount_paid_at": [NOW] * len(many)}
    asked: list[tuple[str, Any]] = []
    async with postgresql_db.write() as conn:
        await save_wallet(conn)
        await imports.add(conn, "accounts", {"account_id": ids, "customer_id": ["C1"] * len(many), **of_all})
        of_each = {"instalment_id": [f"I{id_}" for id_ in ids], "account_id": ids, "amount_due": list(many)}
        await imports.add(conn, "instalments", {**of_each, **word})
        await imports.analyze(conn)
        event.listen(conn.sync_connection, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
        assert len(await payables(conn, of_each["instalment_id"][:1000])) == 1000
        for statement, given in list(asked):
            plan = (await conn.exec_driver_sql(f"EXPLAIN {statement}", given)).scalars().all()
            assert not [line for line in plan if "Seq Scan on accounts" in line], plan
    assert len(asked) > 1


async def test_paid_is_the_word_and_what_is_on_top(db: Database) -> None:
    async with db.write() as conn:
        await save_wallet(conn, amount_paid=500)
        await save_payment(conn, "P1", 300, "before")
        await save_payment(conn, "P2", 200, "after")
        await save_payment(conn, "P3", 250, "with")
        await save_payment(conn, "P4", 100, "with")
        await imports.settle(conn, ["I1"])
        assert ((await instalment(conn)).paid, (await instalment(conn)).outstanding) == (950, 50)
        assert await counted(conn) == ["P1", "P4"]


async def test_covered_payments_are_on_top_no_longer(db: Database) -> None:
    async with db.write() as conn:
        await save_wallet(conn, amount_paid=500)
        await save_payment(conn, "P1", 200, "after")
        await imports.cover_payments(conn, ["I1"])
        await imports.settle(conn, ["I1"])
        assert (await instalment(conn)).paid == 500
        assert await counted(conn) == ["P1"]


async def test_more_taken_back_than_was_paid_is_nothing_paid(db: Database) -> None:
    async with db.write() as conn:
        await save_wallet(conn, amount_paid=100)
        await save_payment(conn, "P1", -300, "after")
        await imports.settle(conn, ["I1"])
        assert ((await instalment(conn)).paid, (await instalment(conn)).outstanding) == (0, 1000)


async def test_the_stamp_counts_up(db: Database) -> None:
    async with db.write() as conn:
        assert await imports.facts_stamp(conn) == 0
        await imports.bump_facts_stamp(conn, NOW)
        await imports.bump_facts_stamp(conn, NOW)
        assert await imports.facts_stamp(conn) == 2


async def test_an_import_goes_on_with_one_that_was_cut_off(db: Database) -> None:
    later = NOW + timedelta(minutes=5)
    async with db.write() as conn:
        assert await imports.start(conn, NOW) == NOW
        assert await imports.start(conn, later) == NOW
        await imports.finish(conn)
        assert await imports.start(conn, later) == later


def test_seen_ids_remember_the_first_line() -> None:
    seen = SeenIds()
    seen.add({"C1": Sighting(2, 11), "C2": Sighting(3, -(2**63))})
    seen.add({"C1": Sighting(9, 12)})
    assert seen.among(["C1", "C2", "C3"]) == {"C1": Sighting(2, 11), "C2": Sighting(3, -(2**63))}
    seen.close()


@pytest.mark.parametrize("order", [list, reversed, sorted, lambda pieces: sorted(pieces, key=lambda n: n % 3)])
def test_seen_ids_are_found_in_whatever_order_they_came(order: Callable[[Iterable[int]], Iterable[int]]) -> None:
    seen = SeenIds()
    for piece in order(range(8)):
        ids = [f"C{n}" for n in range(100 * piece, 100 * piece + 101)]  # one of each piece is in the next as well
        earlier = seen.among(ids)
        assert set(earlier) <= {ids[0], ids[-1]}
        fresh = [id_ for id_ in ids if id_ not in earlier]
        seen.add_many(fresh, [int(id_[1:]) for id_ in fresh], [piece] * len(fresh))
    found = seen.among([f"C{n}" for n in range(0, 1000, 7)])
    assert {id_: sighting.line for id_, sighting in found.items()} == {f"C{n}": n for n in range(0, 801, 7)}
    assert not seen.among(["B1", "C9999", "D1", ""])
    assert not seen.among([])
    seen.close()


def test_seen_ids_answer_for_more_than_a_statement_takes() -> None:
    seen = SeenIds()
    seen.add({f"C{n}": Sighting(n, n) for n in range(40_000)})
    assert len(seen.among([f"C{n}" for n in range(50_000)])) == 40_000
    seen.close()
