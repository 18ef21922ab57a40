"""SQLAlchemy's cache of compiled statements, quick for those that are run again and again.

Its key is a tuple with all parts of the statement, and to look it up is to hash each of them: for one of the planner's
statements that takes longer than to run it. A prepared statement (`storage.runtime.prepared`) gives the same tuple each
time, so its identity is enough.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Compiled
from sqlalchemy.util import LRUCache

Key = tuple[Any, ...]  # the dialect, the statement's parts, and its form: names of values, one set of them or several

KEPT = 1000  # the program has some 800 statements


class CompiledStatements(LRUCache[Key, Compiled]):
    """For the execution option `compiled_cache`."""

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__(kept)
        # The tuples are kept, so that no other one has the same id meanwhile.
        self._seen: dict[Key, tuple[object, Compiled]] = {}

    def get(self, key: Key, default: Compiled | None = None) -> Compiled | None:  # type: ignore[override]
        dialect, parts, *form = key
        at = (id(parts), dialect, *form)
        seen = self._seen.get(at)
        if seen is not None and seen[0] is parts:
            return seen[1]
        compiled = super().get(key, default)
        if compiled is not None:
            if len(self._seen) >= self.capacity:
                self._seen.clear()
            self._seen[at] = parts, compiled
        return compiled
