"""One clock for several processes, ahead of or behind the machine's by the offset in a small file; and the program on
that clock.

duebot reads the time only from the clock that its command line passes on, so this is the only difference to `duebot
COMMAND …`: `python -m benchmarks.endurance_clock FILE COMMAND …`. Waiting (timeouts, the sending rate) uses the
machine's monotonic clock as usual, which no file moves.
"""

from __future__ import annotations

import os
import struct
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

_AHEAD = struct.Struct("<d")  # seconds


class SharedClock:
    """Runs like the machine's clock; `move_to` sets it for all who share the file. To be moved while nobody works."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_AHEAD.pack(0.0))
        self._path = path
        self._file = os.open(path, os.O_RDWR)

    def now(self) -> datetime:
        (ahead_s,) = _AHEAD.unpack(os.pread(self._file, _AHEAD.size, 0))
        return datetime.now(UTC) + timedelta(seconds=ahead_s)

    def move_to(self, at: datetime) -> None:
        os.pwrite(self._file, _AHEAD.pack((at - datetime.now(UTC)).total_seconds()), 0)

    def close(self) -> None:
        os.close(self._file)


def main() -> None:
    from bot.cli import main as duebot
    from bot.clock import SystemClock

    clock = SharedClock(Path(sys.argv.pop(1)))
    SystemClock.now = lambda self: clock.now()  # type: ignore[method-assign]
    duebot()


if __name__ == "__main__":
    main()
