"""What a pack requires of a forgotten customer is locked away until its day, seen by nobody, and then goes by itself:
five years later no byte of it is left."""

from __future__ import annotations

import ast
import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_pack, load_policy
from bot.rules.policy.packs import tighten
from bot.work.facts.export import export
from bot.work.facts.forgetting import Forgotten, asked_to_keep, forget, overwrite_pending
from bot.work.facts.locked_records import drop_over, write_out
from bot.work.facts.privacy import copy_of
from storage.facts.exports import EXPORTS
from storage.runtime.engine import Database
from storage.schema import locked_readings, locked_records
from tests.sources import parsed
from tests.work.facts.stored_bytes import held_by, in_tables
from tests.work.lives import ANNA, a_life, everything

pytestmark = pytest.mark.new_postgresql  # reads what lies in its files

ROOT = Path(__file__).parents[3]
MAY_READ = {"storage/facts/locked_records.py", "storage/runtime/overwriting.py", "storage/schema.py"}
FIVE_YEARS = timedelta(days=1827)


async def forgotten_in_china(db: Database, clock: ManualClock) -> Forgotten:
    await a_life(db, clock.now())
    policy = tighten(load_policy("humane"), [load_pack("cn")], clock.now().date())
    keep = await asked_to_keep(db, policy, ANNA, clock.now())
    assert keep is not None
    return await forget(db, ANNA, clock.now(), keep)


async def words(db: Database) -> list[str]:
    async with db.read() as conn:
        return list((await conn.execute(select(locked_records.c.body))).scalars())


async def an_hour(db: Database, clock: ManualClock) -> None:
    """What the running program does each hour, twice: what was erased is overwritten by the next."""
    for _ in range(2):
        await drop_over(db, clock.now())
        clock.move(timedelta(hours=1))
        await overwrite_pending(db, clock.now())


async def test_words_are_locked_away_until_their_day_and_then_go_by_themselves(
    db: Database, clock: ManualClock
) -> None:
    done = await forgotten_in_china(db, clock)
    locked = await words(db)
    assert locked and done.left[0].startswith(f"{len(locked)} messages that the rules of cn require, locked away until")
    clock.move(FIVE_YEARS - timedelta(days=2))
    await an_hour(db, clock)
    assert await words(db) == locked
    clock.move(timedelta(days=3))
    await an_hour(db, clock)
    assert await words(db) == []
    held = held_by(db.path) if db.path is not None else await in_tables(db)
    for trace in locked:
        assert trace.encode() not in held
    assert b"Anna" not in held


async def test_nothing_but_the_words_is_locked_away(db: Database, clock: ManualClock) -> None:
    await forgotten_in_china(db, clock)
    left = await everything(db)
    for trace in ("+886912345678", "anna@example.com", "Asia/Taipei"):  # their name is in what was written to them
        assert trace not in left


async def test_no_export_and_no_copy_shows_it(db: Database, clock: ManualClock) -> None:
    await forgotten_in_china(db, clock)
    locked = await words(db)
    for table in EXPORTS:
        out = io.BytesIO()
        await export(db, table, "-", out)
        assert not [trace for trace in locked if trace.encode() in out.getvalue()]
    copy = (await copy_of(db, ANNA, clock.now())).decode()
    assert not [trace for trace in locked if trace in copy]


def test_only_what_locks_it_away_reads_the_table() -> None:
    """No handler, agent, export or API: nothing else in the program names the tables."""
    reads = set()
    for room in ("bot", "handlers", "storage"):
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if name.startswith(("storage/migrations", "storage/tables")):
                continue
            source = path.read_text("utf-8")
            if "locked_re" not in source:  # so most of them need not be parsed
                continue
            for node in ast.walk(parsed(source)):
                if isinstance(node, ast.ImportFrom) and node.module in ("storage.schema", "storage.tables.facts"):
                    reads |= {name} if {a.name for a in node.names} & {"locked_records", "locked_readings"} else set()
    assert reads == MAY_READ
    uses = {
        str(path.relative_to(ROOT))
        for room in ("bot", "handlers", "storage")
        for path in (ROOT / room).rglob("*.py")
        if "locked_records" in path.read_text("utf-8") and not str(path.relative_to(ROOT)).startswith("storage/")
    }
    assert uses == {
        "bot/cli/locked.py",
        "bot/sides/housekeeping.py",
        "bot/work/facts/forgetting.py",
        "bot/work/facts/locked_records.py",
    }


async def test_who_reads_it_leaves_a_reason(sqlite_db: Database, clock: ManualClock) -> None:
    await forgotten_in_china(sqlite_db, clock)
    out = io.StringIO()
    count = await write_out(sqlite_db, ANNA, "court order 12/34", out, clock.now())
    assert count == len(await words(sqlite_db)) and out.getvalue().count("\n") > count - 1
    async with sqlite_db.read() as conn:
        rows = (await conn.execute(select(locked_readings))).all()
    assert [(row.because, row.records) for row in rows] == [("court order 12/34", count)]
    assert await write_out(sqlite_db, "C9", "curious", io.StringIO(), clock.now()) == 0


@pytest.mark.parametrize("later", [timedelta(), FIVE_YEARS + timedelta(days=9)])
async def test_without_a_pack_or_after_its_time_nothing_is_locked_away(
    sqlite_db: Database, clock: ManualClock, later: timedelta
) -> None:
    await a_life(sqlite_db, clock.now())
    pack = [load_pack("cn")] if later else []
    policy = tighten(load_policy("humane"), pack, clock.now().date())
    clock.move(later)
    await forget(sqlite_db, ANNA, clock.now(), await asked_to_keep(sqlite_db, policy, ANNA, clock.now()))
    assert await words(sqlite_db) == []
