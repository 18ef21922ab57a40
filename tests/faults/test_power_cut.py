"""The power fails: updates that were confirmed to Telegram, and messages about to be sent, are on disk by then."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from sqlalchemy import text

from tests.faults.last_sync import ENDING, keep, library
from tests.faults.program import until
from tests.faults.world import World

pytestmark = pytest.mark.skipif(library() is None, reason="Python's SQLite is no library of the system's")


async def started(world: World) -> None:
    """The program runs on a disk that keeps what it was told to, from here on."""
    async with world.db.outside_transactions() as conn:
        await conn.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    keep(str(world.folder / "duebot.db"))
    world.program.module = "tests.faults.last_sync"
    await world.program.start()


def left(world: World, query: str) -> set[int]:
    """What the disk has after the cut."""
    after = world.folder / "after"
    after.mkdir()
    for name in ("duebot.db", "duebot.db-wal"):
        if (synced := world.folder / (name + ENDING)).exists():
            shutil.copy(synced, after / name)
    found = sqlite3.connect(after / "duebot.db")
    try:
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {int(row[0]) for row in found.execute(query)}
    finally:
        found.close()


@pytest.mark.slow
async def test_what_telegram_was_told_was_received_is_there(world: World) -> None:
    people = await world.customers(20)
    await started(world)
    for person in people:
        person.say("/due")

    async def confirmed() -> bool:
        return not world.telegram.updates.pending

    await until(confirmed, "Telegram was told that all was received")
    await world.program.killed()
    lanes = left(world, "SELECT lane FROM updates")
    assert lanes >= {person.user_id for person in people}


@pytest.mark.slow
async def test_what_leaves_was_written_down_before(world: World) -> None:
    await world.customers(40, due_in_days=0)
    cut = world.telegram.when("sendMessage", world.program.kill, moment="arrived", number=10)
    await started(world)
    await cut.has_sprung()
    await world.program.killed()
    sent = {call.chat_id for call in world.telegram.arrived if call.method == "sendMessage"}
    assert len(sent) >= 10
    tried = left(world, "SELECT substr(customer_id, 2) FROM contacts WHERE direction = 'out'")
    assert tried >= sent


@pytest.mark.slow
async def test_what_has_arrived_is_soon_known_to_have(world: World) -> None:
    people = await world.customers(10, due_in_days=0)
    await started(world)
    await until(world.all_accepted, "a reminder to everybody")
    await world.program.killed()
    accepted = left(world, "SELECT substr(customer_id, 2) FROM notices WHERE state = 'accepted'")
    assert accepted == {person.user_id for person in people}
