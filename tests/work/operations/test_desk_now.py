"""The desk at this moment, against plain SQL that is written here by itself, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import text, update

from bot.clock import ManualClock
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import SendingHours
from bot.work.operations.desk_now import read_now
from storage.cases import agents
from storage.cases.absences import set_shifts
from storage.runtime.engine import Database
from storage.schema import cases
from tests.work.operations.figures_world import World

DESK = Desk(time_zone="Asia/Taipei")
HOUR = timedelta(hours=1)


async def share_out(db: Database, now: datetime) -> None:
    """Of the open cases one agent has some in time, late and resting, and another the rest of those."""
    async with db.write() as conn:
        for place, changes in enumerate(
            (
                {"owner_id": 1, "state": "claimed", "due_at": now + HOUR, "due_kind": "next_action"},
                {"owner_id": 1, "state": "claimed", "due_at": now - HOUR, "due_kind": "first_answer"},
                {"owner_id": 2, "state": "claimed", "snoozed_until": now + HOUR},
                {"owner_id": 2, "state": "claimed", "due_at": now - HOUR},  # its deadline is still to be computed
            )
        ):
            open_ones = cases.c.state == "waiting", cases.c.case_id % 7 == place
            await conn.execute(update(cases).where(*open_ones).values(**changes))


async def test_what_waits_and_what_each_agent_has_is_what_plain_sql_says(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await World(db, now).fill()
    await share_out(db, now)
    found = await read_now(db, DESK, now)
    async with db.read() as conn:

        async def count(where: str) -> int:
            query = text(f"SELECT count(*) FROM cases WHERE state <> 'closed' AND {where}")
            return int((await conn.execute(query)).scalar_one())

        for load in found.loads:
            theirs = f"owner_id = {load.agent_id}"
            resting = await count(f"{theirs} AND snoozed_until IS NOT NULL")
            with_deadline = f"{theirs} AND snoozed_until IS NULL AND due_kind IS NOT NULL"
            late = await count(f"{with_deadline} AND due_kind = 'first_answer'")  # as it was shared out
            assert (load.resting, load.late, load.has) == (resting, late, await count(theirs))
        for reason, n in found.waiting_for.items():
            assert n == await count(f"state = 'waiting' AND reason = '{reason}'")
    assert [load.name for load in found.loads] == ["A1", "A2"]
    assert sum(found.waiting_for.values()) == found.waiting.waiting
    assert all(load.has for load in found.loads)
    assert any(load.late for load in found.loads)
    assert found.on_duty == 2


async def test_on_duty_is_who_is_not_away_in_the_desks_hours_and_their_shift(
    sqlite_db: Database, clock: ManualClock
) -> None:
    now = clock.now()
    await World(sqlite_db, now, people=5).fill()
    async with sqlite_db.write() as conn:
        await agents.set_away(conn, 1, now)
        await set_shifts(conn, 2, "mon-sun 00:00-00:10")
    assert [(one.name, one.is_away, one.is_on_duty) for one in (await read_now(sqlite_db, DESK, now)).loads] == [
        ("A1", True, False),
        ("A2", False, False),
    ]
    async with sqlite_db.write() as conn:
        await agents.set_away(conn, 1, None)
    closed = replace(DESK, hours=SendingHours(time(1), time(2)))
    assert (await read_now(sqlite_db, DESK, now)).on_duty == 1
    assert (await read_now(sqlite_db, closed, now)).on_duty == 0
