"""The commands: one short function each, by subject. What they do is in the rooms below."""

import gc

from bot.cli import auditing, facts, forecasting, people, policies, running  # noqa: F401  each adds its commands
from bot.cli.opening import app


def main() -> None:
    # What a start makes is there to stay: looking for rubbish in it at every 700 objects takes a seventh of the start.
    gc.set_threshold(50_000, 20, 20)
    app()
