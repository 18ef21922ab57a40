"""Large libraries that others load only because they are installed, for what this program does not use: they are not
loaded for that. It keeps 11 MB out of each process.

python-telegram-bot loads `cryptography` for Telegram Passport, and httpx, which it brings, loads `rich` and `pygments`
for a command. structlog draws tracebacks with them, which duebot's log never has. Code that uses one of these libraries
itself loads it as always.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

UNUSED = {
    "telegram": ("cryptography", "pygments", "rich"),
    "structlog": ("pygments", "rich"),
}  # by: what it can do without


class _Without(Loader):
    """Loads a module as its own loader does, while some libraries seem to be missing."""

    def __init__(self, own: Loader, libraries: Sequence[str]) -> None:
        self._own, self._libraries = own, libraries

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._own  # what asks for its files later, asks this one
        with _missing(self._libraries):
            self._own.exec_module(module)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        libraries = UNUSED.get(fullname, ())
        spec = PathFinder.find_spec(fullname, path, target) if libraries else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Without(spec.loader, libraries)
        return spec


@contextmanager
def _missing(libraries: Sequence[str]) -> Iterator[None]:
    """Those that are loaded already are not touched."""
    hidden = [library for library in libraries if library not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: importing it fails
    try:
        yield
    finally:
        for library in hidden:
            del sys.modules[library]


def leave_unloaded() -> None:
    """From now on; a second call changes nothing."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
