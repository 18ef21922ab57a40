"""The commands: one short function each, by subject. The other packages do their work."""

import gc

from bot.cli import (  # noqa: F401  each adds some
    auditing,
    auditors,
    facts,
    figures,
    forecasting,
    forgotten,
    histories,
    hooks,
    keys,
    locked,
    passkeys,
    people,
    policies,
    pruning,
    running,
    surveys,
    words,
)
from bot.cli.opening import app

# Objects made at the start stay: collecting garbage after every 700 of them takes a seventh of the start.
GARBAGE = (50_000, 20, 20)


def main() -> None:
    gc.set_threshold(*GARBAGE)
    try:
        app()
    finally:
        gc.freeze()  # when the interpreter ends, it would look through all of them, which takes a third of a command
