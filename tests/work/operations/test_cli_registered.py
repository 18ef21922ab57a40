"""Every command of the program is in its list of commands and in the documents."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import typer

from bot.cli import app
from tests.sources import parsed

ROOT = Path(__file__).parents[3]
COMMANDS = ROOT / "bot" / "cli"


def names(of: typer.Typer, before: str = "duebot ") -> list[str]:
    own = [before + (command.name or command.callback.__name__) for command in of.registered_commands]  # type: ignore[union-attr]
    return own + [
        name for group in of.registered_groups for name in names(group.typer_instance, f"{before}{group.name} ")
    ]  # type: ignore[arg-type]


def test_every_file_of_commands_is_in_the_list() -> None:
    listed = {
        name.name
        for node in ast.walk(_read(COMMANDS / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and node.module == "bot.cli"
        for name in node.names
    }
    commands = {path.stem for path in COMMANDS.glob("*.py") if _has_commands(path)}
    assert commands and commands <= listed, f"not in bot/cli/__init__.py: {commands - listed}"


def _has_commands(path: Path) -> bool:
    """Whether a function in it is under `@….command(…)`."""
    calls = (
        d for node in ast.walk(_read(path)) for d in getattr(node, "decorator_list", ()) if isinstance(d, ast.Call)
    )
    return any(isinstance(call.func, ast.Attribute) and call.func.attr == "command" for call in calls)


def _read(path: Path) -> ast.Module:
    return parsed(path.read_text("utf-8"))


def test_every_command_is_in_the_documents() -> None:
    told = (ROOT / "docs" / "operate.md").read_text("utf-8")
    assert not [name for name in names(app) if not re.search(rf"`?{name.replace('_', '-')}\b", told)]
