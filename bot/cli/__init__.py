"""The commands: one short function each, by subject. What they do is in the rooms below."""

from bot.cli import auditing, facts, forecasting, people, policies, running  # noqa: F401  each adds its commands
from bot.cli.opening import app


def main() -> None:
    app()
