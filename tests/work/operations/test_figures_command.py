"""`duebot figures`: which days it takes, and what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app, figures
from bot.clock import ManualClock
from storage.runtime.engine import Database
from tests.conftest import filled
from tests.work.facts.wallets import take, write

FILES = {
    "customers": "customer_id,name,time_zone\nC1,Anna,Asia/Taipei\n",
    "accounts": "account_id,customer_id,currency,balance\nA1,C1,TWD,0\n",
    "instalments": "instalment_id,account_id,due_date,amount_due\nI1,A1,2026-02-20,1234.50\n",
}


@pytest.fixture(autouse=True)
def wallet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock, imported: Path) -> None:
    """Anna is ten days late."""
    shutil.copy(imported, tmp_path / "wallet.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUEBOT_DATABASE_URL", f"sqlite:///{tmp_path / 'wallet.db'}")
    monkeypatch.setattr(figures, "clock", clock)


@pytest.fixture(scope="module")
def imported(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of this wallet, made once."""

    async def fill(db: Database, clock: ManualClock, folder: Path) -> None:
        assert (await take(db, clock.now(), write(folder / "files", **FILES))).ok

    return filled(sqlite_template, tmp_path_factory.mktemp("figures"), fill)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def test_it_says_the_same_in_words_and_as_json() -> None:
    said = run("figures", "--by", "week")
    assert said.exit_code == 0
    assert "2026-02-01 to 2026-03-02" in said.stdout
    assert "1,234.50" in said.stdout
    told = json.loads(run("figures", "--by", "week", "--json").stdout)
    assert told["aging"]["TWD"]["1-29"] == {"customers": 1, "instalments": 1, "amount": "1234.50"}
    assert len(told["periods"]) == 6


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        (["--to", "2026-02-10"], "2026-01-12", "2026-02-10"),
        (["--from", "2026-03-01"], "2026-03-01", "2026-03-02"),
        (["--from", "0001-01-01", "--to", "0001-01-02"], "0001-01-01", "0001-01-02"),
        (["--from", "9999-12-30", "--to", "9999-12-31", "--by", "month"], "9999-12-30", "9999-12-31"),
        (["--to", "0001-01-02", "--by", "day"], "0001-01-01", "0001-01-02"),
    ],
)
def test_days_that_are_left_out_are_as_usual(given: list[str], first: str, last: str) -> None:
    told = json.loads(run("figures", *given, "--json").stdout)
    assert (told["from"], told["to"]) == (first, last)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--from", "2026-03-03"], "--to: expected 2026-03-03 or a later day, not 2026-03-02"),
        (["--from", "2025-03-01"], "--from: expected at most 366 days, not 367"),
        (["--from", "1.3.2026"], "--from: expected a day as YYYY-MM-DD, not '1.3.2026'"),
        (["--by", "year"], "--by: expected day, week or month, not 'year'"),
    ],
)
def test_what_cannot_be_asked_says_what_was_expected(given: list[str], said: str) -> None:
    ran = run("figures", *given)
    assert (ran.exit_code, ran.stdout, ran.stderr.strip()) == (2, "", said)
