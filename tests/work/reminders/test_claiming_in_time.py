"""A claimed reminder arrives within its hours: none is sent that might be read after they have ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.clock import ManualClock
from storage.reminders import notices
from storage.runtime.engine import Database
from tests.work.lives import customer, notice, owes

pytestmark = pytest.mark.postgresql_one_in(3)

ON_ITS_WAY = timedelta(seconds=15)


@pytest.mark.parametrize(("left", "leaves"), [(15, False), (16, True), (14, False)])
async def test_what_would_arrive_as_its_hours_end_is_left(
    db: Database, clock: ManualClock, left: int, leaves: bool
) -> None:
    now = clock.now()
    await customer(db, now)
    await owes(db, now, now.date() - timedelta(days=1))
    number = await notice(db, now, expires_at=now + timedelta(seconds=left))
    async with db.write() as conn:
        claimed = await notices.claim(conn, "w", now, 10, arrives_by=now + ON_ITS_WAY)
    assert [one.notice_id for one in claimed] == ([number] if leaves else [])


@pytest.mark.parametrize(("waits", "leaves"), [(0, True), (1, False)])
async def test_what_is_due_this_instant_leaves(db: Database, clock: ManualClock, waits: int, leaves: bool) -> None:
    now = clock.now()
    await customer(db, now)
    await owes(db, now, now.date() - timedelta(days=1))
    await notice(db, now, send_after=now + timedelta(seconds=waits))
    async with db.write() as conn:
        claimed = await notices.claim(conn, "w", now, 10, arrives_by=now + ON_ITS_WAY)
    assert bool(claimed) is leaves


async def test_no_more_are_claimed_than_were_asked_for_however_the_database_goes_about_it(
    postgresql_db: Database, clock: ManualClock
) -> None:
    now = clock.now()
    for number in range(8):
        await customer(postgresql_db, now, f"C{number}")
        if not number:
            await owes(postgresql_db, now, now.date() - timedelta(days=1), customer_id="C0")
        await notice(postgresql_db, now, customer_id=f"C{number}")
    async with postgresql_db.write() as conn:
        for way in ("hashagg", "hashjoin", "mergejoin", "material", "indexscan", "bitmapscan", "sort"):
            await conn.execute(text(f"SET LOCAL enable_{way} = off"))
        assert len(await notices.claim(conn, "w", now, 3, arrives_by=now + ON_ITS_WAY)) == 3
