"""What loading the program brings with it and what it changes, noted by the process that loads it for the others
(`preloaded.py`) and told by a fork of it (`loading_told.py`)."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

ROOMS = ("bot", "handlers", "locales", "storage")
RUN_WHEN_IMPORTED = {"bot.__main__", "locales.extract", "locales.check", "storage.migrations.env"}

before = dict(os.environ)
with_the_app: frozenset[str] = frozenset()  # modules
changed: set[str] = set()  # variables of the environment


def load_the_app() -> None:
    """Loads what the bot needs for every request, and notes what else came with it."""
    global with_the_app
    importlib.import_module("bot.app")
    with_the_app = frozenset(sys.modules)


def note_changes() -> None:
    """Notes which variables were changed since they were looked at."""
    changed.update(name for name in before.keys() | os.environ.keys() if before.get(name) != os.environ.get(name))


def load_all() -> None:
    """Loads each module of the program that nobody has loaded yet."""
    before.clear()
    before.update(os.environ)  # a fork has its own
    for room in map(importlib.import_module, ROOMS):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if module.name not in RUN_WHEN_IMPORTED:
                importlib.import_module(module.name)
    note_changes()


def told() -> dict[str, list[str]]:
    """All of it, once all is loaded, and what python-telegram-bot did without."""
    load_all()
    import cryptography  # noqa: F401
    import pygments  # noqa: F401
    import rich  # noqa: F401
    from telegram import __loader__, __spec__

    return {
        "with the app": sorted(with_the_app),
        "changed": sorted(changed),
        "loaders": [repr(__loader__), repr(__spec__.loader)],
    }
