"""A dead channel is tried again only for a reason. Push, whose only address is the customer's id, is tried again after
a sign of life, or if the wallet still has the customer after a long time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.work.customers.customer_activity import Activity, record_activity
from bot.work.facts.import_run import import_paths
from storage.customers.reachability import is_dead, mark_channel_dead
from storage.runtime.engine import Database
from tests.work.lives import ANNA, ANNAS_PHONE, customer, linked


@pytest.fixture
async def without_push(db: Database, clock: ManualClock) -> Database:
    """Nothing is behind Anna's push any more, and her e-mail came back."""
    await customer(db, clock.now())
    await linked(db, clock.now())
    async with db.write() as conn:
        await mark_channel_dead(conn, ANNA, "push", "bad_address", clock.now())
        await mark_channel_dead(conn, ANNA, "email", "bounced", clock.now())
    return db


async def dead(db: Database) -> list[str]:
    async with db.read() as conn:
        return [channel for channel in ("telegram", "email", "push") if await is_dead(conn, ANNA, channel)]


async def the_wallet_names(db: Database, clock: ManualClock, folder: Path, customer_id: str = ANNA) -> None:
    path = folder / f"{customer_id}.csv"
    path.write_text(f"customer_id,name\n{customer_id},Anna Lee\n", encoding="utf-8")
    assert (await import_paths(db, [path], clock.now())).ok


async def test_writing_to_the_bot_brings_push_back_and_no_address_that_is_wrong(
    without_push: Database, clock: ManualClock
) -> None:
    await record_activity(without_push, Activity(ANNAS_PHONE, "en", "word", clock.now(), "hello"))
    assert await dead(without_push) == ["email"]


async def test_a_file_that_names_them_within_a_month_does_not(
    without_push: Database, clock: ManualClock, tmp_path: Path
) -> None:
    clock.move(timedelta(days=29))
    await the_wallet_names(without_push, clock, tmp_path)
    assert await dead(without_push) == ["email", "push"]


async def test_a_file_that_names_them_after_a_month_brings_push_back(
    without_push: Database, clock: ManualClock, tmp_path: Path
) -> None:
    clock.move(timedelta(days=31))
    await the_wallet_names(without_push, clock, tmp_path, "C2")
    assert await dead(without_push) == ["email", "push"]
    await the_wallet_names(without_push, clock, tmp_path)
    assert await dead(without_push) == ["email"]
