"""An import that tells of each batch when it is in the database, and waits for a word before the next: a process of its
own, which a test kills."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from bot.work.facts.import_run import import_paths
from storage.runtime.engine import Database


def main(address: str, folder: str, now: str, words: str) -> None:
    """`words` is a pipe by its name."""
    with Path(words).open() as said:

        def progress(path: Path, _done: int, _size: int) -> None:
            print(path.name, flush=True)
            said.readline()

        at = datetime.fromisoformat(now)
        asyncio.run(import_paths(Database(address), [Path(folder)], at, progress=progress, batch=20))


if __name__ == "__main__":
    main(*sys.argv[1:])
