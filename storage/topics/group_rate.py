"""What was sent to a group within the last minute, by all processes, including killed ones.

Telegram's limit is for the group and the bot, no matter which process sends; the rule is in
`bot.channels.rate_windows`. A group has as many places as it allows messages in that time; a message takes one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import group_rate_places as places


async def take_places(
    conn: AsyncConnection, chat: int | str, number: int, now: datetime, limit: int, span: timedelta
) -> timedelta:
    """Takes `number` (at most `limit`) of the `limit` places that a chat has within `span`, and returns timedelta(). If
    too few are free, it takes none and returns the time until there are enough."""
    taken = await _locked(conn, str(chat), limit)
    # What is far ahead was written by a clock that has been set back since, and would keep its place for hours.
    within = sorted(at for at in taken.values() if at is not None and abs(now - at) < span)
    if (too_many := len(within) + number - limit) > 0:
        return within[too_many - 1] + span - now
    free = [place for place, at in taken.items() if at is None or abs(now - at) >= span]
    these = (places.c.chat == str(chat), places.c.place.in_(free[:number]))
    await conn.execute(update(places).where(*these).values(taken_at=now))
    return timedelta()


async def _locked(conn: AsyncConnection, chat: str, limit: int) -> dict[int, datetime | None]:
    """When each place was last taken; nobody else takes one before the transaction ends. The rows are locked in order,
    so that two processes cannot block each other."""
    query = select(places.c.place, places.c.taken_at).where(places.c.chat == chat, places.c.place < limit)
    query = query.order_by(places.c.place).with_for_update()
    rows = (await conn.execute(query)).all()
    if len(rows) < limit:
        missing = [{"chat": chat, "place": place} for place in range(limit)]
        await conn.execute(insert(conn, places).on_conflict_do_nothing(), missing)
        rows = (await conn.execute(query)).all()
    return {row.place: row.taken_at for row in rows}
