"""Whatever changes something that planning goes by makes the customer due, whoever writes it; a slice that is looked at
loses no change, and one that is given up has taken none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import cases_opening
from storage.customers import reachability
from storage.facts import forgetting, looks
from storage.runtime.engine import Database
from storage.schema import accounts, cases, changed_customers, customer_looks, customers, instalments, notices
from tests.work.lives import customer, linked, notice, owes, rows

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
TODAY = date(2026, 3, 2)
LATER = NOW + timedelta(hours=12)


async def due(db: Database, now: datetime = NOW) -> set[str]:
    """Who is due, as planning would take them."""
    async with db.read() as conn:
        found = {*await looks.changed(conn, "", 100), *await looks.come(conn, now, 100)}
        assert bool(found) == await looks.is_anybody_due(conn, now)
    return found


async def look_at_all(db: Database, at: dict[str, datetime] | None = None) -> None:
    """A round that finds nothing to do."""
    async with db.write() as conn:
        ids = sorted(await due_here(conn))
        await looks.take(conn, ids)
        await looks.look_again(conn, ids, at or {})


async def due_here(conn: AsyncConnection) -> set[str]:
    return {*await looks.changed(conn, "", 100), *await looks.come(conn, LATER + timedelta(days=9), 100)}


@pytest.fixture
async def quiet(db: Database) -> Database:
    """Anna and Ben, of whom everything was looked at."""
    for name, user_id in (("C1", 111), ("C2", 222)):
        await customer(db, NOW, name)
        await owes(db, NOW, TODAY, "I1" if name == "C1" else "I2", name)
        await linked(db, NOW, user_id, name)
    await notice(db, NOW)
    async with db.write() as conn:
        await cases_opening.open_asked(conn, "C1", TODAY, NOW)
        await holds.set_hold(conn, Hold("C1", "hold", TODAY, "I1"), NOW)
        await reachability.mark_channel_dead(conn, "C1", "email", "bounced", NOW)
    await look_at_all(db)
    assert await due(db) == set()
    return db


def of_anna(table: Any, **values: Any) -> Any:
    return update(table).where(table.c.customer_id == "C1").values(**values)


def of_her_debt(**values: Any) -> Any:
    return update(instalments).where(instalments.c.instalment_id == "I1").values(**values)


CHANGES: dict[str, Callable[[], Any]] = {
    "zone": lambda: of_anna(customers, zone="Asia/Tokyo"),
    "segment": lambda: of_anna(customers, segment="trusted"),
    "email": lambda: of_anna(customers, email="new@example.com"),
    "phone": lambda: of_anna(customers, phone=None),
    "stopped": lambda: of_anna(customers, stopped_at=NOW),
    "paused": lambda: of_anna(customers, paused_until=NOW.date()),
    "wants fewer": lambda: of_anna(customers, how_often="fewer"),
    "forgotten": lambda: of_anna(customers, forgotten_at=NOW),
    "currency": lambda: of_anna(accounts, currency="USD"),
    "due date": lambda: of_her_debt(due_date=TODAY + timedelta(days=1)),
    "sum": lambda: of_her_debt(amount_due=5),
    "payment": lambda: of_her_debt(paid=5),
    "status": lambda: of_her_debt(status="waived"),
    "hold ended": lambda: text("UPDATE holds SET ended_at = set_at WHERE customer_id = 'C1'"),
    "hold longer": lambda: text("UPDATE holds SET until = '2026-04-01' WHERE customer_id = 'C1'"),
    "promise counted again": lambda: text("UPDATE holds SET paid_before = 7 WHERE customer_id = 'C1'"),
    "link ended": lambda: text("UPDATE links SET ended_at = linked_at WHERE customer_id = 'C1'"),
    "address revived": lambda: text("DELETE FROM dead_channels WHERE customer_id = 'C1'"),
    "address died again": lambda: text("UPDATE dead_channels SET since = '2026-03-03 00:00:00.000000'"),
    "notice not sent": lambda: of_anna(notices, state="not_sent", reason="on_hold", ended_at=NOW),
    "case closed": lambda: of_anna(cases, state="closed"),
    "case about an earlier debt": lambda: of_anna(cases, due_since=TODAY - timedelta(days=9)),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_a_change_makes_its_customer_due_and_nobody_else(quiet: Database, what: str) -> None:
    async with quiet.write() as conn:
        await conn.execute(CHANGES[what]())
    assert await due(quiet) == {"C1"}


NO_CHANGES: dict[str, Callable[[], Any]] = {
    "the same again": lambda: of_her_debt(paid=instalments.c.paid, status="open"),
    "newer facts": lambda: of_her_debt(facts_at=LATER),
    "a name": lambda: of_anna(customers, name="Anna Chen"),
    "a sign of life": lambda: of_anna(customers, seen_at=NOW),
    "a claim": lambda: of_anna(cases, state="claimed"),
    "a notice that was accepted": lambda: of_anna(notices, state="accepted", ended_at=NOW),
}


@pytest.mark.parametrize("what", NO_CHANGES)
async def test_what_changes_nothing_for_planning_makes_nobody_due(quiet: Database, what: str) -> None:
    async with quiet.write() as conn:
        await conn.execute(NO_CHANGES[what]())
    assert await due(quiet) == set()


async def test_new_rows_make_their_customers_due(quiet: Database) -> None:
    await owes(quiet, NOW, TODAY, "I3", "C2")
    assert await due(quiet) == {"C2"}
    await customer(quiet, NOW, "C3")
    assert await due(quiet) == {"C2", "C3"}
    await look_at_all(quiet)
    async with quiet.write() as conn:
        await holds.set_hold(conn, Hold("C3", "hold", TODAY), NOW)
        await reachability.mark_channel_dead(conn, "C2", "telegram", "blocked", NOW)
    assert await due(quiet) == {"C2", "C3"}


async def test_an_account_that_changes_hands_makes_both_due(quiet: Database) -> None:
    async with quiet.write() as conn:
        await conn.execute(update(accounts).where(accounts.c.account_id == "A-C1").values(customer_id="C2"))
    assert await due(quiet) == {"C1", "C2"}


async def test_a_change_that_is_undone_makes_nobody_due(quiet: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with quiet.write() as conn:
            await conn.execute(of_her_debt(paid=5))
            raise ZeroDivisionError
    assert await due(quiet) == set()


async def test_what_planning_writes_itself_makes_nobody_due(quiet: Database) -> None:
    async with quiet.write() as conn:
        await looks.take(conn, ["C1", "C2"])
        await conn.execute(of_anna(notices, state="not_sent", reason="on_hold", ended_at=NOW))
        await looks.look_again(conn, ["C1", "C2"], {})
    assert await due(quiet) == set()
    async with quiet.write() as conn:  # another transaction's writing is its own again
        await conn.execute(of_her_debt(paid=5))
    assert await due(quiet) == {"C1"}


async def test_a_slice_that_is_given_up_has_taken_nobody(quiet: Database) -> None:
    async with quiet.write() as conn:
        await conn.execute(of_her_debt(paid=5))
    with pytest.raises(ZeroDivisionError):
        async with quiet.write() as conn:
            await looks.take(conn, ["C1"])
            raise ZeroDivisionError
    assert await due(quiet) == {"C1"}


async def test_a_change_while_planning_looks_is_not_lost(postgresql_db: Database) -> None:
    """On SQLite nobody writes meanwhile."""
    db = postgresql_db
    await customer(db, NOW)
    await owes(db, NOW, TODAY)
    async with db.write() as planning:
        await looks.take(planning, ["C1"])
        async with db.write() as other:
            await other.execute(of_her_debt(paid=5))  # waits for nothing
        await looks.look_again(planning, ["C1"], {})
    assert await due(db) == {"C1"}


async def test_time_makes_due_who_was_to_be_looked_at_then(quiet: Database) -> None:
    async with quiet.write() as conn:
        await looks.take(conn, ["C1", "C2"])
        await looks.look_again(conn, ["C1", "C2"], {"C1": LATER, "C2": LATER + timedelta(days=1)})
    assert await due(quiet) == set()
    assert await due(quiet, LATER) == {"C1"}
    async with quiet.write() as conn:
        await looks.take(conn, ["C1"])
        await looks.look_again(conn, ["C1"], {})
    assert [row.customer_id for row in await rows(quiet, customer_looks)] == ["C2"]


async def test_who_is_forgotten_is_due_once_and_never_again(quiet: Database) -> None:
    async with quiet.write() as conn:
        await looks.look_again(conn, ["C1"], {"C1": LATER})
        await forgetting.forget_person(conn, "C1", NOW)
    assert await due(quiet) == {"C1"}
    async with quiet.write() as conn:
        assert await looks.take(conn, ["C1"]) == []
        await looks.look_again(conn, ["C1"], {})
    assert await due(quiet, LATER) == set()


async def test_who_is_due_is_told_of_some_customers(quiet: Database) -> None:
    async with quiet.write() as conn:
        await conn.execute(of_her_debt(paid=5))
    async with quiet.read() as conn:
        assert await looks.who_is_due(conn, ["C1", "C2"], NOW) == {"C1"}
        assert await looks.who_is_due(conn, ["C2"], NOW) == set()
    async with quiet.write() as conn:
        await conn.execute(delete(changed_customers))
        await looks.set_terms(conn, "{}", swept_to="C1")
        assert await looks.who_is_due(conn, ["C1", "C2"], NOW) == {"C2"}
        await looks.swept(conn, None)
        assert await looks.who_is_due(conn, ["C1", "C2"], NOW) == set()
