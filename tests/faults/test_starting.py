"""A command does not load parts of the program that it does not use; and what loading it changes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults.preloaded import ROOT, Forked

HEAVY = {
    "aiohttp",
    "alembic",
    "apprise",
    "babel",
    "fastapi",
    "holidays",
    "pydantic_settings",
    "rich",
    "sqlalchemy",
    "telegram",
}
COMMANDS = {
    "--help": {"rich"},
    "run --role sideways": {"rich"},
    "policy check humane": {"babel", "holidays"},
    "agent list": {"pydantic_settings", "sqlalchemy", "babel"},
    "import customers.csv": {"pydantic_settings", "sqlalchemy", "babel", "rich"},
    "plan": {"pydantic_settings", "sqlalchemy", "babel"},
}
FOR_SOME_REQUESTS = {
    "alembic",
    "apprise",
    "asyncpg",
    "bot.views.operations.chart_drawing",
    "bot.web.server",
    "bot.work.facts.import_files",
    "bot.work.facts.import_run",
    "cryptography",
    "fastapi",
    "fido2",
    "holidays",
    "icalendar",
    "pygments",
    "resvg_py",
    "rich",
    "uvicorn",
}
BARE = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
LOADED = "import atexit, sys; atexit.register(lambda: print('loaded:', *sys.modules)); from bot.cli import main; main()"


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    """Where there is a database that is up to date, and a file to import."""
    (tmp_path / "duebot.db").write_bytes(sqlite_template.read_bytes())
    (tmp_path / "customers.csv").write_text("customer_id,name\nC1,Anna\n", encoding="utf-8")
    return tmp_path


def started(command: str, folder: Path, own: Mapping[str, str]) -> tuple[int, str, set[str]]:
    """The exit code, what it said on standard error, and the modules that it had loaded at its end."""
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *command.split()],
        cwd=folder,
        env={**BARE, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    _, _, loaded = ran.stdout.rpartition("loaded:")
    assert "bot.cli" in loaded.split(), ran.stderr
    return ran.returncode, ran.stderr, set(loaded.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_what_it_needs(command: str, folder: Path) -> None:
    _, _, loaded = started(command, folder, {})
    assert HEAVY & loaded <= COMMANDS[command]


def test_faulty_words_of_the_wallets_own_are_told_before_the_program_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "phrases.toml").write_text("[due]\nfr = 1\n", encoding="utf-8")
    own = {"DUEBOT_TOKEN": "123456789:AAH-starting_x0x0x0x0x0x0x0x0x0x0x0", "DUEBOT_PHRASES": "phrases.toml"}
    code, told, loaded = started("run", tmp_path, own)
    assert (code, told.partition(" ")[0]) == (2, "DUEBOT_PHRASES:")
    assert HEAVY & loaded <= {"pydantic_settings", "babel"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What `loading.py` noted."""

    async def ask() -> bytes:
        program = await Forked.start("tests.faults.loading_told", [], tmp_path_factory.mktemp("loading"), BARE)
        said, _, _ = await asyncio.gather(program.stdout.read(), program.stderr.read(), program.wait())
        return said

    answer: dict[str, list[str]] = json.loads(asyncio.run(ask()))
    return answer


@pytest.mark.in_one_process("loading")
def test_the_bot_loads_only_what_every_request_may_need(told: dict[str, list[str]]) -> None:
    assert "bot.sides.bot_side" in told["with the app"]
    assert FOR_SOME_REQUESTS.isdisjoint(told["with the app"])


@pytest.mark.in_one_process("loading")
def test_what_was_left_unloaded_is_there_for_who_uses_it(told: dict[str, list[str]]) -> None:
    assert [loader.count("SourceFileLoader") for loader in told["loaders"]] == [1, 1]


@pytest.mark.in_one_process("loading")
def test_no_import_sets_a_variable_of_the_environment(told: dict[str, list[str]]) -> None:
    assert told["changed"] == []
