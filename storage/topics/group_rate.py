"""What went to a group within the last minute, as all processes, also those that were killed, wrote it down before.

Telegram's limit is the group's and the bot's, no matter which process sends; the rule itself is in
`bot.channels.rate_windows`. A group has as many places as it takes messages in that time; a message takes one.
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
    """Takes so many of the `limit` places that a chat has within `span`, and gives timedelta(); where too many are
    taken, takes none and gives the time until there are enough. `number` is `limit` at most."""
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
    """When each place was last taken; nobody else takes one before the transaction ends. They are locked in their
    order, so that two who want them at once wait for each other's first and not crosswise."""
    query = select(places.c.place, places.c.taken_at).where(places.c.chat == chat, places.c.place < limit)
    query = query.order_by(places.c.place).with_for_update()
    rows = (await conn.execute(query)).all()
    if len(rows) < limit:
        missing = [{"chat": chat, "place": place} for place in range(limit)]
        await conn.execute(insert(conn, places).on_conflict_do_nothing(), missing)
        rows = (await conn.execute(query)).all()
    return {row.place: row.taken_at for row in rows}
