"""A command that only reads creates no database, and does not claim that an empty one proves anything."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from bot.cli import app
from storage.runtime.engine import Database
from tests.conftest import Postgres

READS = (
    ["audit"],
    ["audit", "--from", "2026-03-01", "--to", "2026-03-02"],
    ["forecast", "--days", "3"],
    ["figures", "--by", "week"],
    ["show", "C1"],
    ["forgotten"],
    ["prune", "--dry-run"],
    ["prune"],
    ["export", "customers", "-"],
)
OF_AGENTS = (["agent", "list"], ["agent", "passkeys", "7"])
TOLD_AS_JSON = [command for command in READS if command[0] != "export"]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUEBOT_DATABASE_URL", f"sqlite:///{tmp_path / 'wallet.db'}")
    return tmp_path / "wallet.db"


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("command", READS, ids=" ".join)
def test_where_there_is_no_database_none_is_made(path: Path, command: list[str]) -> None:
    ran = run(*command)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "there is no database yet" in ran.stderr
    assert "duebot import PATH" in ran.stderr
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("command", TOLD_AS_JSON, ids=" ".join)
def test_a_program_reads_one_object_with_the_error(path: Path, command: list[str]) -> None:
    ran = run(*command, "--json")
    assert ran.exit_code == 2
    assert "there is no database yet" in json.loads(ran.stdout)["error"]


@pytest.mark.parametrize("command", [*TOLD_AS_JSON, *OF_AGENTS, ["plan"], ["import", "."]], ids=" ".join)
def test_a_program_reads_it_too_where_the_database_cannot_be_used(path: Path, command: list[str]) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE customers (x)")
    ran = run(*command, "--json")
    assert ran.exit_code == 1
    assert json.loads(ran.stdout) == {"error": ran.stderr.rstrip("\n")}
    assert "another program's" in ran.stderr


@pytest.mark.parametrize("setting", ["DUEBOT_LISTEN", "DUEBOT_POLICY"])
def test_a_program_reads_it_too_where_a_setting_is_wrong(
    path: Path, sqlite_template: Path, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sqlite_template, path)
    path.with_name("customers.csv").write_text("customer_id,name\nC1,Anna\n")
    assert run("import", str(path.with_name("customers.csv"))).exit_code == 0
    monkeypatch.setenv(setting, "nope")
    ran = run("audit", "--json")
    assert ran.exit_code == 2
    assert setting in json.loads(ran.stdout)["error"]


@pytest.mark.parametrize("command", READS, ids=" ".join)
def test_a_database_into_which_nothing_was_imported_proves_nothing(
    path: Path, sqlite_template: Path, command: list[str]
) -> None:
    shutil.copy(sqlite_template, path)
    ran = run(*command)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "nothing was imported yet" in ran.stderr


def test_a_file_without_tables_stays_without(path: Path) -> None:
    path.touch()
    assert run("audit").exit_code == 2
    assert path.stat().st_size == 0


@pytest.mark.parametrize("command", [["doctor"], *OF_AGENTS], ids=" ".join)
def test_looking_around_makes_none_either(path: Path, command: list[str]) -> None:
    assert run(*command).exit_code in (1, 2)
    assert not path.exists()


def test_after_an_import_it_is_told(path: Path) -> None:
    customers = path.parent / "customers.csv"
    customers.write_text("customer_id,name\nC1,Anna\n")
    assert run("import", str(customers)).exit_code == 0
    assert run("audit").exit_code == 0
    assert sqlite3.connect(path).execute("SELECT count(*) FROM customers").fetchone() == (1,)


@pytest.fixture
def behind(postgresql: Postgres, postgresql_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL database of an earlier release."""

    async def make() -> str:
        address = postgresql.address(await postgresql.create(postgresql_template))
        db = Database(address)
        async with db.write() as conn:
            await conn.execute(text("UPDATE alembic_version SET version_num = '0009'"))
        await db.close()
        return address

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUEBOT_DATABASE_URL", asyncio.run(make()))


@pytest.mark.parametrize(
    "command", [*READS, ["agent", "list"], ["plan"], ["import", "."], ["link", "C1"]], ids=" ".join
)
@pytest.mark.usefixtures("behind")
def test_before_it_was_migrated_every_command_says_so_alike(command: list[str]) -> None:
    ran = run(*command)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "run `duebot migrate` first" in ran.stderr
