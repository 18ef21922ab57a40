"""The guard's way through all customers: in parts where they are many, a slice at a time, each evening once more; and
whom planning had overlooked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.rules.guarantee.walks import Walk
from bot.rules.policy.policy import read_policy
from bot.work.guarantee import guard_walk
from bot.work.guarantee.guard import look
from bot.work.guarantee.guard_walk import Walked
from bot.work.policy.policies import open_book
from bot.work.runtime.planning_round import guard, plan, plan_due
from storage.guarantee import walks
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat, last_beat
from storage.schema import cases, changed_customers, customer_looks, customers, day_states, instalments, overlooked
from tests.work import lives
from tests.work.lives import customer, owes, rows

NOON, TODAY = datetime(2026, 3, 2, 4, tzinfo=UTC), date(2026, 3, 2)  # in Taipei
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TAIPEI, MANILA, LIMA = "Asia/Taipei", "Asia/Manila", "America/Lima"
POLICY = read_policy(
    """
grace_days = 2
sending_hours = { from = "09:00", to = "20:00" }

[[step]]
id = "due"
day = 0
message = "due_today"

[[step]]
id = "person"
day = 9
escalate = "overdue"

[segment.patient]
sending_hours = { from = "09:00", to = "17:00" }
""",
    "mine.toml",
)


async def many(db: Database, number: int, zone: str = TAIPEI, initial: str = "T") -> None:
    """Customers who owe nothing: T001, T002, …"""
    people = [{"customer_id": f"{initial}{n:03}", "zone": zone, "facts_at": NOON} for n in range(1, number + 1)]
    async with db.write() as conn:
        await conn.execute(customers.insert(), people)


async def silent(db: Database, *customer_ids: str) -> None:
    for customer_id in customer_ids:
        await customer(db, NOON, customer_id)
        await owes(db, NOON, TODAY - timedelta(days=30), f"I-{customer_id}", customer_id)


async def walk(db: Database, now: datetime, apart: timedelta = MINUTE, **more: Any) -> Walked:
    """A round, the one before it so long ago."""
    async with db.write() as conn:
        await beat(conn, "guard", now - apart)
    return await guard_walk.walk(db, POLICY, ("telegram",), now, **more)


async def here(db: Database) -> dict[str, Walk]:
    async with db.read() as conn:
        return await walks.walks(conn)


async def with_cases(db: Database) -> set[str]:
    return {case.customer_id for case in await rows(db, cases)}


async def killed(*_: object) -> None:
    raise KeyboardInterrupt


class Looked:
    """Whom the guard looks at, slice by slice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slices: list[list[str]] = []

        async def noted(conn: Any, policy: Any, crowd: Any, *given: Any, **more: Any) -> Any:
            self.slices.append(sorted(crowd.customer_ids))
            return await look(conn, policy, crowd, *given, **more)

        monkeypatch.setattr(guard_walk, "look", noted)

    @property
    def sizes(self) -> list[int]:
        return [len(ids) for ids in self.slices]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    return Looked(monkeypatch)


# --- In parts --------------------------------------------------------------------------------------------------------


async def test_of_many_a_part_is_looked_at_where_it_is_worth_a_round_and_all_within_fifty_minutes(
    sqlite_db: Database,
) -> None:
    await silent(sqlite_db, "S01", "T252a", "T252b", "T599a")
    await many(sqlite_db, 599)  # with those: 603
    looked_at, opened = {}, {}
    for minute in (0, 19, 20, 40, 41, 48, 49):
        done = await walk(sqlite_db, NOON + minute * MINUTE)
        looked_at[minute], opened[minute] = done.looked_at, done.opened
        if minute == 20:
            assert await here(sqlite_db) == {TAIPEI: Walk(TAIPEI, NOON, "T252a", 603, 254, NOON - MINUTE)}
    assert looked_at == {0: 0, 19: 0, 20: 254, 40: 0, 41: 253, 48: 0, 49: 96}
    assert opened == {0: 0, 19: 0, 20: 2, 40: 0, 41: 1, 48: 0, 49: 1}
    assert await here(sqlite_db) == {TAIPEI: Walk(TAIPEI, NOON, None, 603, 603, NOON)}
    assert (await walk(sqlite_db, NOON + 50 * MINUTE)).looked_at == 0  # the next one, which has counted nobody yet
    async with sqlite_db.read() as conn:
        assert await walks.counts(conn) == {"in_queue": 4}


async def test_where_rounds_come_seldom_more_is_looked_at_in_each(sqlite_db: Database) -> None:
    await many(sqlite_db, 600)
    assert (await walk(sqlite_db, NOON, apart=25 * MINUTE)).looked_at == 300
    assert (await walk(sqlite_db, NOON + 25 * MINUTE, apart=25 * MINUTE)).looked_at == 300


async def test_few_are_all_looked_at_in_each_round_a_slice_of_all_zones_at_a_time(
    sqlite_db: Database, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_walk, "SLICE", 100)
    await silent(sqlite_db, "T000", "T150")
    await many(sqlite_db, 148)
    await many(sqlite_db, 130, MANILA, "M")
    for minute, opened in ((0, 2), (1, 0)):
        looked.slices.clear()
        assert await walk(sqlite_db, NOON + minute * MINUTE) == Walked(280, opened, {})
        assert looked.sizes == [100, 100, 80]
        assert len({each for ids in looked.slices for each in ids}) == 280
        assert {walk_.is_done for walk_ in (await here(sqlite_db)).values()} == {True}


async def test_a_round_of_few_is_written_whole_or_not_at_all(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: that the walks begin, whom it found, how far it came, and that it came round."""
    await silent(db, "T1")
    await many(db, 3, MANILA, "M")
    before = NOON - MINUTE
    with monkeypatch.context() as patch:
        patch.setattr(walks, "count", killed)
        with pytest.raises(KeyboardInterrupt):
            await walk(db, NOON)
    async with db.read() as conn:
        assert (await walks.walks(conn), await last_beat(conn, "guard")) == ({}, before)
    assert await with_cases(db) == set()
    written: list[Database] = []
    write = Database.write
    monkeypatch.setattr(Database, "write", lambda self: written.append(self) or write(self))
    assert await guard_walk.walk(db, POLICY, ("telegram",), NOON) == Walked(4, 1, {})
    assert len(written) == 1
    assert await with_cases(db) == {"T1"}
    assert {each.is_done for each in (await here(db)).values()} == {True}
    async with db.read() as conn:
        assert await last_beat(conn, "guard") == NOON


async def test_a_part_of_each_zone_is_looked_at_in_slices(
    sqlite_db: Database, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_walk, "SLICE", 37)
    await many(sqlite_db, 500)
    await many(sqlite_db, 500, MANILA, "M")
    await walk(sqlite_db, NOON)
    done = await walk(sqlite_db, NOON + 25 * MINUTE)  # 260 in each
    assert (done.looked_at, looked.sizes) == (520, [*[37] * 14, 2])
    assert {walk_.walked_to for walk_ in (await here(sqlite_db)).values()} == {"M260", "T260"}


async def test_each_is_looked_at_by_the_states_of_one_view_and_counted(sqlite_db: Database) -> None:
    await silent(sqlite_db, "S1", "S2")
    await customer(sqlite_db, NOON, "M1", zone=MANILA)
    await owes(sqlite_db, NOON, TODAY - timedelta(days=1), "I-M1", "M1")
    await walk(sqlite_db, NOON)
    async with sqlite_db.read() as conn:
        assert await walks.counts(conn) == {"in_queue": 2, "in_grace": 1}
        assert await last_beat(conn, "guard") == NOON


# --- When a walk begins ----------------------------------------------------------------------------------------------


async def test_in_the_evening_of_each_segment_everybody_is_walked_through_once_more(sqlite_db: Database) -> None:
    await many(sqlite_db, 600)
    five = NOON + 5 * HOUR
    since, began = five - 10 * MINUTE, []
    for now in (since, five - MINUTE, five, five + MINUTE):
        await walk(sqlite_db, now)
        began.append((await here(sqlite_db))[TAIPEI].began_at)
    assert began == [since, since, five, five]


async def test_the_walk_of_a_zone_where_nobody_lives_any_more_is_forgotten(sqlite_db: Database) -> None:
    await silent(sqlite_db, "S1")
    await many(sqlite_db, 1, MANILA, "M")
    await walk(sqlite_db, NOON)
    assert set(await here(sqlite_db)) == {TAIPEI, MANILA}
    async with sqlite_db.write() as conn:
        await conn.execute(update(customers).values(zone=MANILA))
    await walk(sqlite_db, NOON + MINUTE)
    assert {zone: one.customers for zone, one in (await here(sqlite_db)).items()} == {MANILA: 2}
    async with sqlite_db.read() as conn:
        assert await walks.counts(conn) == {"in_queue": 1}


async def test_of_a_zone_that_is_new_no_evening_is_missed_since_the_guard_last_came_round(sqlite_db: Database) -> None:
    await many(sqlite_db, 1)
    await guard_walk.walk(sqlite_db, POLICY, ("telegram",), NOON)
    await customer(sqlite_db, NOON, "M1", zone=MANILA)
    await owes(sqlite_db, NOON, TODAY - timedelta(days=1), "I-M1", "M1")
    await guard_walk.walk(sqlite_db, POLICY, ("telegram",), NOON + 24 * HOUR)
    assert [(row.day, row.customer_id) for row in await rows(sqlite_db, day_states)] == [(TODAY, "M1")]


async def test_nothing_is_settled_ahead_where_the_clock_was_set_back(sqlite_db: Database) -> None:
    await many(sqlite_db, 600)
    await walk(sqlite_db, NOON + 2 * HOUR)
    await walk(sqlite_db, NOON, apart=-2 * HOUR)
    assert await here(sqlite_db) == {TAIPEI: Walk(TAIPEI, NOON, "", 600, 0, NOON)}


async def test_where_an_evening_was_missed_everybody_is_looked_at_from_the_start(sqlite_db: Database) -> None:
    await many(sqlite_db, 300)
    await many(sqlite_db, 300, LIMA, "L")
    eleven_pm = NOON + 11 * HOUR  # in the morning of Lima
    async with sqlite_db.write() as conn:
        late, early = NOON - 12 * HOUR, eleven_pm - 10 * MINUTE
        on_its_way = Walk(LIMA, early, "L250", 300, 250, early)
        await walks.begin(conn, [Walk(TAIPEI, early, "T250", 300, 250, late - 9 * HOUR), on_its_way])
        await walks.count(conn, {(TAIPEI, "silent"): 7, (LIMA, "silent"): 1}, ())
    await walk(sqlite_db, eleven_pm)
    assert await here(sqlite_db) == {
        TAIPEI: Walk(TAIPEI, eleven_pm, "", 300, 0, eleven_pm),
        LIMA: on_its_way,
    }
    async with sqlite_db.read() as conn:
        assert await walks.counts(conn) == {"silent": 1}


# --- Whom planning had overlooked ------------------------------------------------------------------------------------


async def forget_marks(db: Database) -> None:
    """As if somebody had written past the triggers."""
    async with db.write() as conn:
        await conn.execute(delete(changed_customers))
        await conn.execute(delete(customer_looks))


async def test_a_forgotten_mark_is_found_told_and_healed(db: Database) -> None:
    due = {"C1": 40, "C2": 40, "C3": -30}
    for n, customer_id in enumerate(due, 111):
        await customer(db, NOON, customer_id)
        await owes(db, NOON, TODAY + timedelta(days=40), f"I-{customer_id}", customer_id)
        await lives.linked(db, NOON, n, customer_id)
    book = await open_book(db, lives.POLICY, NOON)
    await plan(db, book, NOON)
    async with db.write() as conn:
        for customer_id, days in {"C2": 0, "C3": -30}.items():
            theirs = update(instalments).where(instalments.c.instalment_id == f"I-{customer_id}")
            await conn.execute(theirs.values(due_date=TODAY + timedelta(days=days)))
    await forget_marks(db)
    assert not await plan_due(db, book, NOON + MINUTE)
    found = await guard(db, book, NOON + MINUTE)
    assert found == Walked(3, 1, {"C2": "planning", "C3": "silent"})
    assert [(row.customer_id, row.what, row.at) for row in await rows(db, overlooked)] == [
        ("C2", "planning", NOON + MINUTE),
        ("C3", "silent", NOON + MINUTE),
    ]
    assert await with_cases(db) == {"C3"}
    assert not (await guard(db, book, NOON + MINUTE)).overlooked  # planning knows of them now
    assert (await plan_due(db, book, NOON + HOUR)).notices == 1
    async with db.read() as conn:
        assert await walks.overlooked_since(conn, NOON) == walks.Overlooked(2, "C2", "planning")
        assert await walks.overlooked_since(conn, NOON + 2 * MINUTE) == walks.Overlooked()


async def nobody(conn: Any, crowd: Any) -> Collection[str]:
    return ()


async def not_begun(conn: Any, crowd: Any) -> None:
    return None


async def test_who_is_silent_was_overlooked_unless_planning_knows_or_has_not_begun(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard_walk, "SLICE", 2)
    await silent(sqlite_db, "S1", "S2", "S3")
    await customer(sqlite_db, NOON, "tomorrow")  # silent from then on, and it is evening
    await owes(sqlite_db, NOON, TODAY - timedelta(days=2), "I-tomorrow", "tomorrow")
    await forget_marks(sqlite_db)
    async with sqlite_db.write() as conn:
        await conn.execute(changed_customers.insert(), [{"customer_id": "S2"}])
    evening = NOON + 9 * HOUR

    async def found(inspect: Any) -> dict[str, str]:
        async with sqlite_db.write() as conn:
            await conn.execute(update(cases).values(state="closed", closed_at=NOON))
            await conn.execute(delete(changed_customers).where(changed_customers.c.customer_id != "S2"))
        return dict((await walk(sqlite_db, evening, inspect=inspect)).overlooked)

    assert await found(None) == await found(nobody) == {"S1": "silent", "S3": "silent"}
    assert await found(not_begun) == {}
    assert await with_cases(sqlite_db) == {"S1", "S2", "S3", "tomorrow"}
