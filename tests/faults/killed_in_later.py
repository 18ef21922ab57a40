"""The program with desk upkeep every second, which once is killed within the transaction that hands over words for
later: `python -m tests.faults.killed_in_later run`."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from bot.sides import bot_side
from bot.work.topics import scheduled_messages

ONCE = Path("killed")  # in the program's folder


def _die_once() -> None:
    if not ONCE.exists():
        ONCE.touch()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    from bot.cli import main

    patched: Any = scheduled_messages
    say_in = patched.say_in

    async def killed_after(*given: Any) -> Any:
        said = await say_in(*given)
        _die_once()
        return said

    bot_side.DESK_UPKEEP_EVERY_S = 1
    patched.say_in = killed_after
    main()
