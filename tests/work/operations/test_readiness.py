"""`/readyz` says whether the database accepts a write, and costs little however often it is requested."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import event, select, text

from bot.clock import ManualClock
from bot.settings import Settings
from bot.web import shared_answers
from bot.web.server import build
from bot.web.shared_answers import SharedAnswers
from bot.work.operations import write_probe
from bot.work.operations.database_checks import examine_database
from bot.work.operations.write_probe import IS_BUSY, TAKES_NONE, WriteProbe
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts
from storage.runtime.engine import Connection, Database
from storage.schema import program_state
from tests.work.lives import POLICY


def web(db: Database, clock: ManualClock) -> httpx.AsyncClient:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    parts = Parts(settings, clock, db, PoliciesInForce(POLICY, clock.now()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(build(parts, asyncio.Event())), base_url="http://duebot")


async def only_reading(db: Database) -> None:
    """Makes the database one that only reads, as a standby is, or a disk that is mounted so."""
    if db.is_sqlite:

        @event.listens_for(db.engine.sync_engine, "begin")
        def _hold(connection: object) -> None:
            connection.exec_driver_sql("PRAGMA query_only = ON")  # type: ignore[attr-defined]

        return
    async with db.engine.connect() as conn:
        outside = await conn.execution_options(isolation_level="AUTOCOMMIT")
        name = (await outside.execute(text("SELECT current_database()"))).scalar_one()
        await outside.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    await db.close()  # the next connections are new


async def probed_at(conn: Connection) -> datetime | None:
    at: datetime | None = (await conn.execute(select(program_state.c.write_probed_at))).scalar()
    return at


async def test_a_database_that_takes_writes_is_ready(db: Database, clock: ManualClock) -> None:
    async with web(db, clock) as asked:
        answer = await asked.get("/readyz")
    assert answer.status_code == 200
    async with db.read() as conn:
        assert await probed_at(conn) == clock.now()


@pytest.mark.new_postgresql
async def test_a_database_that_only_reads_is_not_ready(db: Database, clock: ManualClock) -> None:
    await only_reading(db)
    async with web(db, clock) as asked:
        answer = await asked.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == [TAKES_NONE]


@pytest.mark.new_postgresql
async def test_the_doctor_finds_what_readyz_does(db: Database, clock: ManualClock) -> None:
    well = await examine_database(db, clock)
    assert next(finding for finding in well if finding.what == "database").ok
    await only_reading(db)
    (found,) = await examine_database(db, clock)
    assert (found.what, found.ok) == ("database", False)
    assert TAKES_NONE in found.words


async def test_a_full_disk_is_not_ready_until_there_is_room(sqlite_db: Database, clock: ManualClock) -> None:
    probe = WriteProbe(sqlite_db, clock)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # no file of this process has room for more
    try:
        assert await probe.fault() == TAKES_NONE
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await probe.fault() is None


async def test_a_lock_of_a_moment_is_no_fault_and_one_of_a_minute_is(
    sqlite_db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_probe, "WAITED_FOR_S", 0.05)
    probe = WriteProbe(sqlite_db, clock)
    other = sqlite3.connect(str(sqlite_db.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert await probe.fault() is None
        monkeypatch.setattr(write_probe, "BUSY_FOR_S", 0.0)
        assert await probe.fault() == IS_BUSY
    finally:
        other.execute("ROLLBACK")
        other.close()
    monkeypatch.setattr(write_probe, "WAITED_FOR_S", 40.0)
    assert await probe.fault() is None


async def test_a_flood_of_questions_makes_one_write(db: Database, clock: ManualClock) -> None:
    async with web(db, clock) as asked:
        await asked.get("/readyz")
        first = clock.now()
        clock.move(timedelta(seconds=1))
        await asyncio.gather(*(asked.get("/readyz") for _ in range(50)))
    async with db.read() as conn:
        assert await probed_at(conn) == first


async def test_who_ask_at_once_get_one_answer() -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return made

    spared = SharedAnswers(make)
    assert await asyncio.gather(*(spared.answer() for _ in range(100))) == [1] * 100
    assert await spared.answer() == 2


async def test_what_costs_much_is_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_answers, "AHEAD_S", 0.02)
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0.03)
        return made

    spared = SharedAnswers(make)
    assert [await spared.answer() for _ in range(100)] == [1] * 100
    monkeypatch.setattr(shared_answers, "OLDEST_S", 0.0)
    assert await spared.answer() == 2


async def test_a_fault_is_told_to_all_who_asked_and_not_kept() -> None:
    faults = [ValueError(), None]

    async def make() -> str:
        await asyncio.sleep(0)
        if (fault := faults.pop(0)) is not None:
            raise fault
        return "well"

    spared = SharedAnswers(make)
    told = await asyncio.gather(*(spared.answer() for _ in range(3)), return_exceptions=True)
    assert all(isinstance(error, ValueError) for error in told)
    assert await spared.answer() == "well"
