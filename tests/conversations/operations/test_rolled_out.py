"""A newer version adds to the database while this one runs: it goes on to plan, to send and to answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, Person
from storage.runtime.engine import Database
from storage.schema import metadata
from tests.conversations.operations.test_roles import running
from tests.work.lives import customer, linked, owes


@pytest.mark.slow
async def test_a_running_program_does_not_mind_what_a_newer_one_adds(
    telegram: LocalTelegram, clock: ManualClock, postgresql_db: Database, anna: Person
) -> None:
    db, now = postgresql_db, clock.now()
    today = now.date()
    await customer(db, now)
    await owes(db, now, today)
    await linked(db, now, anna.user_id)
    anna.started = True
    async with running("all", telegram, clock, db) as app:
        await app.catch_up()
        await anna.hears("2 Mar")
        anna.say("/due")
        await anna.hears("2 Mar")
        for table in metadata.tables:  # each by itself, as a step that locks few tables does
            async with db.write() as conn:
                await conn.execute(text(f"ALTER TABLE {table} ADD COLUMN newer TEXT"))
        async with db.write() as conn:
            await conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        clock.move(timedelta(days=1))
        await app.catch_up()
        await anna.hears("2 Mar")
        anna.say("/due")
        await anna.hears("2 Mar")
    async with running("all", telegram, clock, db):
        anna.say("/balance")
        await anna.hears("500.00")
