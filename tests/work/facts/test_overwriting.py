"""What could not be overwritten after a customer was forgotten, as somebody still reads it, is overwritten later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.clock import ManualClock
from bot.work.facts.forgetting import forget, overwrite_pending
from storage.runtime.engine import Database
from storage.schema import cases
from tests.conftest import Postgres, opened
from tests.work.facts.stored_bytes import held_by, in_tables
from tests.work.lives import ANNA, a_life

pytestmark = pytest.mark.new_postgresql  # reads what lies in its files


async def test_what_could_not_be_overwritten_is_done_later(sqlite_db: Database, clock: ManualClock) -> None:
    path = sqlite_db.path
    assert path is not None
    await a_life(sqlite_db, clock.now())
    async with sqlite_db.read() as conn:
        await conn.execute(select(cases))  # somebody reads all the while, such as a backup
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.work.facts.forgetting.AGAIN_AFTER_S", 0.0)
            done = await forget(sqlite_db, ANNA, clock.now())
    assert not done.overwritten
    assert "could not be overwritten" in done.left[0]
    assert b"hospital" in held_by(path)
    clock.move(timedelta(hours=1))
    await overwrite_pending(sqlite_db, clock.now())
    assert b"hospital" not in held_by(path)


async def test_on_postgresql_too_what_somebody_still_reads_is_done_later(
    postgresql_db: Database, clock: ManualClock
) -> None:
    await a_life(postgresql_db, clock.now())
    async with postgresql_db.read() as conn:
        await conn.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        await conn.execute(select(cases))  # somebody reads all the while, such as a backup
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.work.facts.forgetting.AGAIN_AFTER_S", 0.0)
            patch.setattr("bot.work.facts.forgetting.TRIES", 1)
            done = await forget(postgresql_db, ANNA, clock.now())
    assert not done.overwritten
    assert "could not be overwritten" in done.left[0]
    clock.move(timedelta(hours=1))
    await overwrite_pending(postgresql_db, clock.now())
    assert b"hospital" not in await in_tables(postgresql_db)


async def test_a_transaction_in_another_database_of_the_server_keeps_rows_too(
    postgresql_db: Database, postgresql: Postgres, postgresql_template: str, clock: ManualClock
) -> None:
    await a_life(postgresql_db, clock.now())
    async with postgresql.database(postgresql_template) as address, opened(address) as other:
        async with other.write() as conn:
            await conn.execute(text("SELECT pg_current_xact_id()"))  # somebody writes there all the while
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("bot.work.facts.forgetting.TRIES", 1)
                done = await forget(postgresql_db, ANNA, clock.now())
        assert not done.overwritten
        clock.move(timedelta(hours=1))
        await overwrite_pending(postgresql_db, clock.now())
    assert b"hospital" not in await in_tables(postgresql_db)
