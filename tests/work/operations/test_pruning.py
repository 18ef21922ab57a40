"""Old records are removed, and nothing that anybody decides by."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from typer.testing import CliRunner

from bot.cli import app
from bot.policies import load_policy
from bot.rules.operations.retention import Keeping
from bot.work.guarantee import guard
from bot.work.operations import pruning
from bot.work.outlook.customer_timeline import story
from bot.work.policy.audiences import Crowd, by_hours
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import whose_turn
from storage.agreements.told_debts import NAMES, paid, waived
from storage.facts import imports, looks
from storage.guarantee import states
from storage.reminders import notices as sent
from storage.runtime.customer_sets import for_chosen
from storage.runtime.engine import Database
from storage.schema import (
    accounts,
    case_events,
    contacts,
    customers,
    day_states,
    instalments,
    notice_items,
    notices,
    receipt_items,
    told_debts,
)
from tests.random_worlds import CHANNELS, EARLIER, POLICY, a_world, write

NOW = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
BOOK = PolicyBook(POLICY, (EARLIER,))
KEEPING = Keeping(days=8, wished=8)  # caps look back for a week


async def decisions(db: Database) -> dict[str, Any]:
    """What planning, the guard and the caps go by, today and on some days to come."""
    found: dict[str, Any] = {}
    async with db.read() as conn:
        await for_chosen(conn)
        everybody = list((await conn.execute(select(customers.c.customer_id))).scalars())
        crowd = Crowd.of(await looks.persons(conn, everybody))
        caps = await sent.accepted_since(conn, everybody, NOW - WEEK)
        found["caps"] = {who: sorted(at) for who, at in caps.items()}
        for ahead in (0, 1, 3):
            now = NOW + timedelta(days=ahead)
            found[f"planning {ahead}"] = sorted(await whose_turn(conn, BOOK, crowd, CHANNELS, now))
            for audience, _ in by_hours(POLICY, crowd, now):
                terms = guard.terms_of(POLICY.for_segment(audience.segment), CHANNELS)
                found[f"guard {ahead} {audience}"] = await states.states(conn, audience, terms, audience.today)
    return found


async def an_old_world(db: Database, seed: int) -> None:
    """A random wallet of which much is long settled."""
    chance = random.Random(seed)
    world = a_world(seed, NOW)
    for row in world.rows["instalments"]:
        row["due_date"] -= timedelta(days=chance.choice((0, 0, 7, 20)))
        row["amount_paid_at"] = NOW - timedelta(days=chance.choice((1, 9, 9, 20)))
    for row in world.rows["holds"]:
        row["ended_at"] = row["ended_at"] or (NOW if chance.random() < 0.5 else None)
    for row in (*world.rows["contacts"], *world.rows["payments"]):
        row["at" if "at" in row else "facts_at"] -= timedelta(days=chance.choice((0, 5, 30)))
    for row in world.rows["notices"]:
        if row["ended_at"] is not None:
            row["ended_at"] -= timedelta(days=chance.choice((0, 5, 30)))
            if chance.random() < 0.5:
                contact = {"customer_id": row["customer_id"], "at": row["ended_at"], "channel": "telegram"}
                contact |= {"direction": "out", "kind": "reminder", "state": "accepted"}
                world.rows["contacts"].append({**contact, "notice_id": row["notice_id"]})
    # Ids follow time, as in a database that has grown.
    world.rows["contacts"].sort(key=lambda row: row["at"])
    await write(db, world)
    async with db.write() as conn:  # all was spoken of, and some of it had a receipt
        now = (instalments.c.due_date, instalments.c.amount_due, paid().label("paid"), waived().label("waived"))
        told = select(instalments.c.instalment_id, accounts.c.customer_id, *now).join(accounts)
        await conn.execute(insert(told_debts).from_select(NAMES, told))
        item = select(notice_items.c.notice_id, notice_items.c.instalment_id, *now).join(instalments).distinct()
        columns = ["notice_id", "instalment_id", *NAMES[2:]]
        await conn.execute(insert(receipt_items).from_select(columns, item))
    await wallet_speaks(db)


async def wallet_speaks(db: Database, at: datetime = NOW) -> None:
    async with db.write() as conn:
        await imports.wallet_spoke(conn, at)


async def rows(db: Database) -> dict[str, int]:
    async with db.read() as conn:
        tables = (contacts, notices, notice_items, case_events, day_states)
        return {t.name: (await conn.execute(select(func.count()).select_from(t))).scalar_one() for t in tables}


@pytest.mark.postgresql_one_in(3)
@pytest.mark.parametrize("seed", range(3))
async def test_what_is_removed_changes_no_decision(db: Database, seed: int) -> None:
    await an_old_world(db, seed)
    before, counted = await decisions(db), await rows(db)

    would = await pruning.would_remove(db, KEEPING, NOW)
    assert await rows(db) == counted
    done = await pruning.prune(db, KEEPING, NOW)

    assert done.rows == would.rows
    assert done.rows["contacts"] > 10 and done.rows["notices"] > 10
    after = await rows(db)
    assert after["contacts"] == counted["contacts"] - done.rows["contacts"]
    assert after["notices"] == counted["notices"] - done.rows["notices"]
    assert await decisions(db) == before


async def test_a_run_that_is_killed_again_and_again_removes_the_same(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "SLICE", 20)
    monkeypatch.setattr(pruning, "PAUSE_S", 0)
    await an_old_world(db, 1)
    would, parts = await pruning.would_remove(db, KEEPING, NOW), []
    while not parts or not parts[-1].done:
        parts.append(await pruning.prune(db, KEEPING, NOW, most_slices=3))

    assert len(parts) > 3
    assert {name: sum(part.rows[name] for part in parts) for name in would.rows} == would.rows
    again = await pruning.prune(db, KEEPING, NOW + timedelta(hours=1))
    assert again.done and not any(again.rows.values())


async def test_the_audit_and_the_story_say_from_when_on_records_are_kept(db: Database) -> None:
    old, kept = (NOW - timedelta(days=9)).date(), (NOW - timedelta(days=8)).date()
    async with db.write() as conn:
        who = {"customer_id": "C1", "zone": "Asia/Taipei", "facts_at": NOW}
        await conn.execute(insert(customers).values(**who))
        said = {"customer_id": "C1", "channel": "telegram", "direction": "in", "kind": "word", "state": "answered"}
        days = [{"customer_id": "C1", "day": day, "state": "reached"} for day in (old, kept)]
        await conn.execute(insert(day_states), days)
        await conn.execute(insert(contacts), [{**said, "at": NOW - timedelta(days=n)} for n in (20, 1)])
    await wallet_speaks(db)
    assert (await guard.past_audit(db, POLICY, old, kept, NOW)).proves

    await pruning.prune(db, KEEPING, NOW)

    held = await guard.past_audit(db, POLICY, old, kept, NOW)
    assert not held.proves and held.counts["reached"] == 1
    assert [(u.day, str(u.cause)[:32]) for u in held.unwritten] == [(old, f"what was written down before {kept}"[:32])]
    assert (await guard.past_audit(db, POLICY, kept, kept, NOW)).proves
    told = await story(db, POLICY, "C1", NOW)
    assert told is not None and [entry.kind for entry in told.entries] == ["removed", "contact"]


async def test_at_night_a_part_is_done_and_by_day_nothing(db: Database) -> None:
    await an_old_world(db, 2)
    assert await pruning.prune_at_night(db, KEEPING, NOW) is None  # half past six, UTC
    done = await pruning.prune_at_night(db, KEEPING, NOW.replace(hour=3))
    assert done is not None and done.rows["contacts"]


async def test_the_command_counts_first_and_keeps_what_a_pack_asks_for(
    sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    async with sqlite_db.write() as conn:
        await conn.execute(insert(customers).values(customer_id="C1", zone="Asia/Taipei", facts_at=now))
        days = [(now - timedelta(days=ago)).date() for ago in (100, 200, 1200)]
        rows = [{"customer_id": "C1", "day": day, "state": "reached"} for day in days]
        await conn.execute(insert(day_states), rows)
    await wallet_speaks(sqlite_db, now)
    policy = tmp_path / "us.toml"
    policy.write_text(load_policy("humane").text.replace("packs = []", 'packs = ["us"]'), encoding="utf-8")
    monkeypatch.setenv("DUEBOT_DATABASE_URL", str(sqlite_db.url).replace("+aiosqlite", ""))
    monkeypatch.setenv("DUEBOT_KEEP_DAYS", "150")

    async def ran(*words: str, of: str = "humane") -> Any:
        monkeypatch.setenv("DUEBOT_POLICY", of)
        return await asyncio.to_thread(CliRunner().invoke, app, ["prune", *words])

    counted = json.loads((await ran("--dry-run", "--json")).stdout)
    assert counted["rows"]["day_states"] == 2 and counted["dry_run"] is True and counted["kept_days"] == 150
    strict = await ran(of=str(policy))
    assert strict.exit_code == 0 and "1 day_states" in strict.stdout
    assert "the rules of us ask for 1096 days" in strict.stderr
    assert "1 day_states" in (await ran()).stdout
    assert "nothing from before" in (await ran()).stdout
    monkeypatch.setenv("DUEBOT_KEEP_DAYS", "30")
    refused = await ran()
    assert (refused.exit_code, refused.stderr) == (2, "DUEBOT_KEEP_DAYS: expected 90 to 36500 days, not 30\n")
