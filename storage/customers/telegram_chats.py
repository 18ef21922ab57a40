"""Chats with the bot, by Telegram account: in which language to write, and what was written while no case was open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put, put_all
from storage.runtime.prepared import prepared
from storage.schema import chats

MOST_WORDS = 3000  # characters kept of what was written while no case was open: they fit into one message


async def note_client_language(conn: AsyncConnection, user_id: int, language: str | None) -> None:
    """Stores the language of a person's Telegram."""
    await note_client_languages(conn, {user_id: language})


async def note_client_languages(conn: AsyncConnection, language_of: Mapping[int, str | None]) -> None:
    """Stores the languages of several people."""
    rows = [{"user_id": user_id, "client_language": language} for user_id, language in sorted(language_of.items())]
    await put_all(conn, chats, ["user_id"], rows)


async def choose_language(conn: AsyncConnection, user_id: int, language: str) -> None:
    await put(conn, chats, ["user_id"], {"user_id": user_id, "chosen_language": language})


async def keep_message(conn: AsyncConnection, user_id: int, words: str, now: datetime) -> int:
    """Keeps what a person wrote while no case was open, a line each, so that an agent can read it if a case opens.
    Returns how many are kept."""
    before = await _words(conn, user_id)
    said = " ".join(words.split())
    kept = f"{before}\n{said}" if before else said
    await put(conn, chats, ["user_id"], {"user_id": user_id, "last_words": kept[-MOST_WORDS:], "last_words_at": now})
    return kept.count("\n") + 1


async def take_messages(conn: AsyncConnection, user_id: int) -> str | None:
    """Returns what was kept, and deletes it; None if nothing was."""
    words = await _words(conn, user_id)
    if words:
        await conn.execute(update(chats).where(chats.c.user_id == user_id).values(last_words=None, last_words_at=None))
    return words


async def drop_messages(conn: AsyncConnection, user_id: int) -> None:
    """Deletes what was kept, because the account is no longer linked to the customer about whom it was written."""
    await conn.execute(update(chats).where(chats.c.user_id == user_id).values(last_words=None, last_words_at=None))


async def _words(conn: AsyncConnection, user_id: int) -> str | None:
    return (await conn.execute(_last_words(), {"given_user_id": user_id})).scalar()


@prepared
def _last_words() -> Select[*tuple[Any, ...]]:
    return select(chats.c.last_words).where(chats.c.user_id == bindparam("given_user_id", type_=BigInteger()))
