"""A command does not load parts of the program that it does not use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
LOADED = "import atexit, sys; atexit.register(lambda: print('loaded:', *sys.modules)); from bot.cli import main; main()"


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> Path:
    """Where there is a database that is up to date, and a file to import."""
    (tmp_path / "duebot.db").write_bytes(sqlite_template.read_bytes())
    (tmp_path / "customers.csv").write_text("customer_id,name\nC1,Anna\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_what_it_needs(command: str, folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, *command.split()],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    _, _, loaded = ran.stdout.rpartition("loaded:")
    assert "bot.cli" in loaded.split(), ran.stderr
    assert HEAVY & set(loaded.split()) <= COMMANDS[command]


def test_the_bot_loads_only_what_every_request_may_need() -> None:
    asked = "import sys, bot.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert "bot.sides.bot_side" in loaded
    assert FOR_SOME_REQUESTS.isdisjoint(loaded)


def test_what_was_left_unloaded_is_there_for_who_uses_it() -> None:
    asked = (
        "import bot.app, cryptography, pygments, rich, telegram; print(telegram.__loader__, telegram.__spec__.loader)"
    )
    loaders = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert loaders.count("SourceFileLoader") == 2
