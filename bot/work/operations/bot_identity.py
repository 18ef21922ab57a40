"""The bot that a database belongs to: its chats, its updates and its group cannot be used by another one."""

from __future__ import annotations

from datetime import datetime

from bot.settings import Settings, WrongSettings
from storage.runtime import program_state, updates
from storage.runtime.engine import Connection, Database

MEND = (
    "use that bot's token, or give this wallet a database of its own in DUEBOT_DATABASE_URL; if you replaced the bot "
    "on purpose, run `duebot adopt` once"
)


async def require_own_bot(db: Database, settings: Settings) -> None:
    """Raises `WrongSettings` if the database belongs to another bot than the token's. A database that belongs to none
    belongs to this one from now on. Without a token nothing is checked."""
    if settings.bot_id is None:
        return
    async with db.write() as conn:
        owner = await program_state.claim_for_bot(conn, settings.bot_id)
    if owner != settings.bot_id:
        raise WrongSettings(f"DUEBOT_TOKEN: {_words(owner, settings.bot_id)}; {MEND}")


async def other_bot(conn: Connection, settings: Settings) -> str | None:
    """Says that the database belongs to another bot than the token's; None if it does not."""
    owner = await program_state.bot_id(conn)
    return None if owner in (None, settings.bot_id) or settings.bot_id is None else _words(owner, settings.bot_id)


async def adopt(db: Database, bot_id: int, now: datetime) -> int | None:
    """Gives the database to this bot. Returns the id of the bot that it belonged to, None if there was none.

    Handled updates are forgotten, because a bot's own numbers may be the same; what still waits is handled."""
    async with db.write() as conn:
        before = await program_state.bot_id(conn)
        if before != bot_id:
            await program_state.change_bot(conn, bot_id)
            await updates.forget_before(conn, now)
    return before


def _words(owner: int | None, bot_id: int) -> str:
    return f"this database belongs to the bot {owner}, and the token is that of the bot {bot_id}"
