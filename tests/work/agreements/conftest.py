"""The wallet of these tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.work.cases import casework
from storage.cases.agents import add_agent
from storage.customers.telegram_links import start_link
from storage.runtime.engine import Database
from tests.conftest import filled
from tests.kept_postgresql import kept_at
from tests.kept_sqlite import KeptFile
from tests.work.agreements.agreed import MEI, plan
from tests.work.facts.wallets import take, write_wallet

INSTALMENTS = (
    "instalment_id,account_id,due_date,amount_due,amount_paid\n"
    "I1,A1,2026-02-24,1000.00,0\nI2,A1,2026-02-25,200.00,0\nI3,A1,2026-06-08,50.00,0\n"
)


@pytest.fixture
async def wallet(
    db: Database, clock: ManualClock, tmp_path: Path, sqlite_wallet: Path, kept_file: KeptFile
) -> Database:
    """Anna owes 1,000.00 and 200.00 for some days, and 50.00 in June; Mei has her case."""
    if db.is_sqlite:
        kept_file.fill(sqlite_wallet)
    elif kept := kept_at(db.url):
        await kept.fill(prepare, lambda: prepare(db, clock, tmp_path))
    else:
        await prepare(db, clock, tmp_path)
    return db


@pytest.fixture(scope="session")
def sqlite_wallet(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of this wallet, made once: that takes longer than most of these tests."""
    return filled(sqlite_template, tmp_path_factory.mktemp("agreements"), prepare)


async def prepare(db: Database, clock: ManualClock, folder: Path) -> None:
    assert (await take(db, clock.now(), write_wallet(folder / "wallet", instalments=INSTALMENTS))).ok
    async with db.write() as conn:
        await add_agent(conn, MEI, clock.now())
        await start_link(conn, "C1", 1001, "payload", clock.now())
    await plan(db, clock)
    await casework.claim_next(db, MEI, clock.now())
