"""Stored times in the future, left by a clock that was ahead, and how they are corrected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.guarantee.unwritten_evenings import NotRun
from bot.rules.operations.troubles import Trouble
from bot.settings import Settings
from bot.work.operations.clock_steps import correct_clock_steps
from bot.work.operations.monitoring import look
from bot.work.operations.readiness import _faults
from bot.work.policy.policies import PolicyBook
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.customers import link_attempts
from storage.facts import imports
from storage.guarantee import guarantee_history
from storage.operations import clock_steps
from storage.reminders import notices
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat
from storage.schema import contacts, customers, day_states, link_payloads, metadata
from storage.schema import notices as table_of_notices
from tests.work.lives import ANNA, add, customer

pytestmark = pytest.mark.postgresql_one_in(3)

PARTS = ("planner", "sender", "guard", "attending", "watch")
SETTINGS = Settings(_env_file=None)
STEPS = (timedelta(hours=1), timedelta(days=1), timedelta(days=400))


@pytest.fixture(params=STEPS, ids=["an hour", "a day", "400 days"])
async def ahead(request: pytest.FixtureRequest, db: Database, clock: ManualClock) -> timedelta:
    """The clock was ahead by so much, and every part did its round then."""
    by: timedelta = request.param
    await customer(db, clock.now())
    clock.move(by)
    async with db.write() as conn:
        for part in PARTS:
            await beat(conn, part, clock.now())
        await imports.wallet_spoke(conn, clock.now())
    return by


async def troubles(db: Database, clock: ManualClock) -> list[Trouble]:
    return await look(db, PolicyBook(load_policy("humane")), SETTINGS, ("telegram",), clock.now())


async def test_it_is_noticed_told_for_an_hour_and_mended(db: Database, clock: ManualClock, ahead: timedelta) -> None:
    clock.set_back(ahead)
    minutes = round(ahead / timedelta(minutes=1))
    assert Trouble("clock_back", count=minutes, at=clock.now()) in await troubles(db, clock)
    assert await _faults(db, clock.now())  # a planner that was there tomorrow is not there now
    noticed_at = clock.now()
    assert await correct_clock_steps(db, clock.now()) == ahead
    assert await correct_clock_steps(db, clock.now()) is None
    assert not await _faults(db, clock.now())
    assert Trouble("clock_back", count=minutes, at=noticed_at) in await troubles(db, clock)
    clock.move(timedelta(minutes=61))
    assert "clock_back" not in {t.kind for t in await troubles(db, clock)}


async def test_a_step_that_leases_outlast_is_none(db: Database, clock: ManualClock) -> None:
    async with db.write() as conn:
        await beat(conn, "sender", clock.now() + timedelta(minutes=4))
    assert await correct_clock_steps(db, clock.now()) is None


async def notice(db: Database, clock: ManualClock, state: str, **more: Any) -> int:
    now = clock.now()
    row = {"customer_id": ANNA, "local_day": now.date(), "state": state, "send_after": now, "policy": "p"}
    row |= {"expires_at": now + timedelta(hours=8), "policy_version": "v", "planned_at": now}
    return int(await add(db, table_of_notices, **{**row, **more}))


async def fates(db: Database) -> list[tuple[str, str | None]]:
    async with db.read() as conn:
        query = select(table_of_notices.c.state, table_of_notices.c.reason).order_by(table_of_notices.c.notice_id)
        return [(row.state, row.reason) for row in (await conn.execute(query)).all()]


async def test_what_was_planned_ahead_is_planned_again(db: Database, clock: ManualClock, ahead: timedelta) -> None:
    await notice(db, clock, "planned")
    await notice(db, clock, "not_sent", reason="hours_ended", ended_at=clock.now())
    await notice(db, clock, "not_sent", reason="paid", ended_at=clock.now())
    clock.set_back(ahead)
    await correct_clock_steps(db, clock.now())
    assert await fates(db) == [("not_sent", "clock_back"), ("not_sent", "clock_back"), ("not_sent", "paid")]
    async with db.read() as conn:
        assert (await notices.next_due(conn)) is None


async def test_a_claim_from_the_future_is_lost_after_its_time(
    db: Database, clock: ManualClock, ahead: timedelta
) -> None:
    await notice(db, clock, "claimed", claimed_by="another", claimed_at=clock.now())
    clock.set_back(ahead)
    await correct_clock_steps(db, clock.now())
    clock.move(timedelta(minutes=1))
    async with db.write() as conn:
        assert await notices.free_lost_claims(conn, "me", clock.now() - timedelta(seconds=30)) == 1


async def test_facts_contacts_links_and_failures_count_from_now(
    db: Database, clock: ManualClock, ahead: timedelta
) -> None:
    now = clock.now()
    contact = {"customer_id": ANNA, "at": now, "channel": "telegram", "direction": "out", "kind": "reminder"}
    await add(db, contacts, **contact, state="accepted")
    await add(db, link_payloads, payload_hash="h", customer_id=ANNA, expires_at=now + timedelta(hours=24))
    async with db.write() as conn:
        await link_attempts.add_failure(conn, 5, now)
        await conn.execute(customers.update().values(facts_at=now))
        await holds.set_hold(conn, Hold(ANNA, "hold", now.date() + timedelta(days=30)), now)
        await guarantee_history.leave_unwritten(
            conn, now.date() + timedelta(days=3), NotRun(now, now, "facts_changed"), now
        )
    await add(db, day_states, day=now.date() + timedelta(days=3), customer_id=ANNA, state="reached")
    clock.set_back(ahead)
    now = clock.now()
    await correct_clock_steps(db, now)
    async with db.read() as conn:
        assert (await conn.execute(select(contacts.c.at))).scalar_one() == now
        assert (await conn.execute(select(customers.c.facts_at))).scalar_one() == now
        assert (await conn.execute(select(link_payloads.c.expires_at))).scalar_one() == now + timedelta(hours=24)
        assert (await link_attempts.failures_since(conn, 5, now - timedelta(hours=1)))[1] == now
        assert [hold.until for hold in await holds.in_force(conn, ANNA)] == [now.date() + timedelta(days=30)]
        assert (await imports.wallet_spoke_at(conn)) == now
        assert (await conn.execute(select(day_states.c.day))).all() == []
        assert not await guarantee_history.unwritten(conn, now.date(), now.date() + timedelta(days=500))


def test_every_instant_either_happened_or_is_to_come() -> None:
    named = {f"{table.name}.{column.name}" for table, columns in clock_steps.happened() for column in columns}
    known = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.c}
    assert known >= clock_steps.TO_COME
    assert not named & clock_steps.TO_COME
    assert all("expires" not in name and "until" not in name and "due" not in name for name in named), named
