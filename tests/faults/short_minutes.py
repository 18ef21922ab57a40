"""The program as it is, but that a group's minute, in which it may be sent so many messages, is over in seconds:
`python -m tests.faults.short_minutes run`. For tests that send a group more than that, and are not about it."""

from __future__ import annotations

from datetime import timedelta

from bot.channels import rate_windows
from bot.work.topics import group_rate

SECONDS = 3.0

if __name__ == "__main__":
    from bot.cli import main

    rate_windows.MINUTE_S = SECONDS
    group_rate.MINUTE = timedelta(seconds=SECONDS)
    main()
