"""Every command of the program is in its list of commands and in the documents."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import typer

from bot.cli import app

ROOT = Path(__file__).parents[3]
COUNTED = (
    "import bot.cli, pathlib, importlib; from bot.cli.opening import app;"
    "count = lambda: [len(a.registered_commands) for a in (app, *(g.typer_instance for g in app.registered_groups))];"
    "before = count();"
    "files = pathlib.Path(bot.cli.__path__[0]).glob('*.py');"
    "files = [file.stem for file in files if 'command(' in file.read_text('utf-8')];"
    "assert len(files) > 10;"
    "[importlib.import_module(f'bot.cli.{name}') for name in files];"
    "assert count() == before, 'a file of bot/cli is not in bot/cli/__init__.py'"
)


def names(of: typer.Typer, before: str = "duebot ") -> list[str]:
    own = [before + (command.name or command.callback.__name__) for command in of.registered_commands]  # type: ignore[union-attr]
    return own + [
        name for group in of.registered_groups for name in names(group.typer_instance, f"{before}{group.name} ")
    ]  # type: ignore[arg-type]


def test_every_file_of_commands_is_in_the_list() -> None:
    subprocess.run([sys.executable, "-c", COUNTED], cwd=ROOT, check=True)


def test_every_command_is_in_the_documents() -> None:
    told = (ROOT / "docs" / "operate.md").read_text("utf-8")
    assert not [name for name in names(app) if not re.search(rf"`?{name.replace('_', '-')}\b", told)]
