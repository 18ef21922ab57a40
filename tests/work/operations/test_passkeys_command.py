"""`duebot agent passkeys`, and what `duebot agent list` says of passkeys."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from storage.cases.agents import Agent, add_agent
from storage.operations import passkeys
from storage.runtime.engine import Database

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["agent", *words])


async def three_passkeys(address: str) -> None:
    db = Database(address)
    async with db.write() as conn:
        for number, name in ((7, "Mei"), (8, "Bob"), (9, "Tom")):
            await add_agent(conn, Agent(number, name, ("en",), "agent"), NOW)
        for number, name in ((7, "laptop"), (7, "phone"), (8, "tablet")):
            await passkeys.add(conn, number, name, b"", 0, name, NOW)
    await db.close()


def test_operators_see_and_remove_passkeys(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(sqlite_template, tmp_path / "wallet.db")
    monkeypatch.chdir(tmp_path)
    address = f"sqlite:///{tmp_path / 'wallet.db'}"
    monkeypatch.setenv("DUEBOT_DATABASE_URL", address)
    asyncio.run(three_passkeys(address))
    listed = run("list").stdout.splitlines()
    assert [line.split("\t")[4:] for line in listed] == [["2 passkeys"], ["1 passkey"], []]
    assert [one["passkeys"] for one in json.loads(run("list", "--json").stdout)["agents"]] == [2, 1, 0]
    assert run("passkeys", "7").stdout.splitlines()[0] == "1\tlaptop\tadded 2026-03-02 04:00 UTC\tnever used"
    wrong = run("passkeys", "7", "--remove", "3")
    assert (wrong.exit_code, "7 has no passkey 3" in wrong.stderr) == (1, True)
    left = run("passkeys", "7", "--remove", "1", "--json")
    assert (left.exit_code, [one["number"] for one in json.loads(left.stdout)["passkeys"]]) == (0, [2])
    gone = run("passkeys", "7", "--remove-all")
    assert (gone.exit_code, gone.stdout) == (0, "")
    assert "7 has no passkeys" in gone.stderr
    assert "tablet" in run("passkeys", "8").stdout
