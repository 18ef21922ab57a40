"""What went to a group within the last minute, as all processes, also those that were killed, wrote it down before.

Telegram's limit is the group's and the bot's, whichever process sends; the rule itself is in
`bot.channels.rate_windows`.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.app_state import write_mark
from storage.runtime.engine import insert
from storage.schema import marks


async def take_places(
    conn: AsyncConnection, chat: int | str, number: int, now: datetime, limit: int, span: timedelta
) -> timedelta:
    """Takes so many of the `limit` places that a chat has within `span`, and gives timedelta(); where too many are
    taken, takes none and gives the time until there are enough."""
    name = f"pace.{chat}"
    there = insert(conn, marks).values(name=name, value="[]", at=now)  # so that whoever comes second has to wait
    await conn.execute(there.on_conflict_do_nothing())
    taken: str = (await conn.execute(select(marks.c.value).where(marks.c.name == name).with_for_update())).scalar_one()
    # What is far ahead was written by a clock that has been set back since, and would keep its place for hours.
    instants = sorted(datetime.fromisoformat(at) for at in json.loads(taken))
    within = [at for at in instants if abs(now - at) < span]
    if (too_many := len(within) + number - limit) > 0:
        return within[too_many - 1] + span - now
    await write_mark(conn, name, json.dumps([at.isoformat() for at in (*within, *[now] * number)]), now)
    return timedelta()
