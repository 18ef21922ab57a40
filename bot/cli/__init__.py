"""The commands: one short function each. What they do is in the rooms below."""

from bot.cli.commands import main

__all__ = ["main"]
